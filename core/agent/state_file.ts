/**
 * The durable memory of an agent on disk. A vote that was given must not be forgotten, so a new state is written beside
 * the old one, synced, renamed over it, and the folder is synced as well; the state before stays as a second copy. Each
 * carries a checksum. A file that is torn is named, set aside, and survived with the copy.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type DurableState, emptyDurableState } from "../cluster/durable.ts";
import { list } from "../cluster/reasons.ts";
import { lockFile } from "./file_lock.ts";
import { durableSchema, firstProblem, withoutBadWishes } from "./schemas.ts";

/** What was found at the start. */
export interface Recalled {
  state: DurableState;
  /**
   * False when the latest state is not there for certain: nothing at all, or only the copy, or what another machine
   * wrote, which may lack the latest vote. The voter then waits out what it may have forgotten.
   */
  remembers: boolean;
  /** What was wrong with the files, for the journal. */
  complaints: string[];
}

/** Whose memory it is; another server's is not used. */
export interface Owner {
  cluster: string;
  server: string;
  /**
   * The machine itself, where it can be told. A folder that came here with an image or a snapshot is as old as that;
   * this server may have voted since.
   */
  machine?: string;
}

interface Envelope extends Owner {
  format: 1;
  sha256: string;
  state: DurableState;
}

/** A state that is whole, and where it was written. */
type Found = Pick<Envelope, "state" | "machine"> & { forgotten: readonly string[] };

/** A problem with the state folder that keeps the agent from starting. */
export class StateError extends Error {
  override name = "StateError";
}

/** The state of one agent, in one folder that it holds alone. */
export class StateFile {
  readonly #path: string;
  readonly #copy: string;
  /** Writes under way. */
  #saves = 0;
  #closed = false;

  private constructor(
    private readonly dir: string,
    private readonly owner: Owner,
    private readonly lock: Deno.FsFile,
  ) {
    this.#path = join(dir, "state.json");
    this.#copy = join(dir, "state.before.json");
  }

  /** Opens the folder, making it when it is missing. Throws a {@linkcode StateError} when another agent has it. */
  static async open(dir: string, owner: Owner): Promise<StateFile> {
    try {
      await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new StateError(
        `the state folder ${dir} can't be made: ${(error as Error).message}; set \`state\` in cluster.yaml`,
      );
    }
    let lock: Deno.FsFile;
    try {
      lock = await Deno.open(join(dir, "lock"), { create: true, write: true, mode: 0o600 });
    } catch (error) {
      throw new StateError(`the state folder ${dir} can't be written: ${(error as Error).message}`);
    }
    if (!await lockFile(lock)) {
      lock.close();
      throw new StateError(`another agent is running with the state folder ${dir}; stop it first`);
    }
    return new StateFile(dir, owner, lock);
  }

  /** Reads the memory of the run before. */
  async recall(): Promise<Recalled> {
    const complaints: string[] = [];
    for (const path of [this.#path, this.#copy]) {
      const found = await this.#read(path);
      if (found === undefined) continue;
      if (typeof found !== "string") {
        const foreign = this.#foreign(path, found);
        if (foreign !== undefined) complaints.push(foreign);
        if (found.forgotten.length > 0) {
          const what = `what was wanted of ${list(found.forgotten)} can't be true`;
          complaints.push(`${path}: ${what} and is forgotten: the other servers tell it, or cluster.yaml`);
        }
        return { state: found.state, remembers: path === this.#path && foreign === undefined, complaints };
      }
      complaints.push(`${found}; it is kept as ${path}.torn`);
      await Deno.rename(path, `${path}.torn`).catch(() => {});
    }
    return { state: emptyDurableState(), remembers: false, complaints };
  }

  /** Writes the memory; resolves once it would survive a power loss. */
  async save(state: DurableState): Promise<void> {
    if (this.#closed) {
      throw new StateError(`the state folder ${this.dir} was let go: nothing is written there any more`);
    }
    this.#saves += 1;
    try {
      await this.#write(state);
    } finally {
      this.#saves -= 1;
      if (this.#closed && this.#saves === 0) this.lock.close();
    }
  }

  async #write(state: DurableState): Promise<void> {
    const envelope: Envelope = { format: 1, ...this.owner, sha256: digest(state), state };
    const next = join(this.dir, "state.next.json");
    {
      using file = await Deno.open(next, { create: true, write: true, truncate: true, mode: 0o600 });
      const bytes = new TextEncoder().encode(JSON.stringify(envelope));
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
      await file.syncData();
    }
    await this.#keepCopy();
    await Deno.rename(next, this.#path);
    // The rename itself must survive as well; Windows has no handle of a folder to sync, and journals renames.
    if (Deno.build.os !== "windows") {
      using folder = await Deno.open(this.dir);
      await folder.sync();
    }
  }

  /**
   * Makes the state before the copy. At no moment is there less than one usable file, and without a state to copy (it
   * was torn) the copy stays what it is. A file system without hard links does without a copy.
   */
  async #keepCopy(): Promise<void> {
    const spare = join(this.dir, "state.spare.json");
    try {
      await Deno.remove(spare).catch(ignoreMissing);
      await Deno.link(this.#path, spare);
      await Deno.rename(spare, this.#copy);
    } catch {
      // What is wrong with the disk itself is said by the rename of the state, which must succeed.
    }
  }

  /**
   * Lets another agent have the folder, once a write that is under way has ended: a disk that was slow must not put an
   * old state over what the next agent has written.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#saves === 0) this.lock.close();
  }

  /** Why a state that is whole is still no memory. */
  #foreign(path: string, { machine }: Found): string | undefined {
    const here = this.owner.machine;
    if (machine === undefined || here === undefined || machine === here) return undefined;
    return `${path} was written on ${machine}, and this is ${here}: it may be older than the latest vote of ` +
      `${this.owner.server}, so it counts as no memory`;
  }

  /** The state, or what is wrong with the file; undefined when there is none. */
  async #read(path: string): Promise<Found | string | undefined> {
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      return `${path} can't be read: ${(error as Error).message}`;
    }
    let envelope: Partial<Envelope> | null;
    try {
      envelope = JSON.parse(text);
    } catch {
      return `${path} is torn (${text.length} characters that are not whole JSON)`;
    }
    if (envelope?.format !== 1 || !envelope.state) return `${path} is not a state file of this version`;
    if (envelope.cluster !== this.owner.cluster || envelope.server !== this.owner.server) {
      throw new StateError(
        `${path} belongs to ${envelope.server} of the cluster ${envelope.cluster}, not to ${this.owner.server} of ` +
          `${this.owner.cluster}; set another \`state\` folder, or remove the file if that server is gone for good`,
      );
    }
    if (envelope.sha256 !== digest(envelope.state)) return `${path} is torn (its checksum does not match)`;
    const { state: sound, groups: forgotten } = withoutBadWishes(envelope.state);
    const state = durableSchema.safeParse(sound);
    if (!state.success) return `${path} is not a state file of this version (${firstProblem(state.error)})`;
    return { state: state.data, forgotten, ...(envelope.machine === undefined ? {} : { machine: envelope.machine }) };
  }
}

function digest(state: DurableState): string {
  return createHash("sha256").update(JSON.stringify(state)).digest("hex");
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
