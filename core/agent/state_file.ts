/**
 * The durable memory of an agent on disk. A vote that was given must not be forgotten, so a state is synced before anybody
 * hears of it: one sync for each, because each step of a claim waits for it.
 *
 * There are two files, and each state goes into the one that does not have the latest. A write that is interrupted tears
 * that one, and the other still has what was synced last. When nothing more waits to be written, the first is made the same
 * as the second, unsynced and awaited by nobody: so one that is damaged later costs nothing. Each carries its number and a
 * checksum over both; the highest number that is whole is the memory. A file that is torn is named and set aside.
 *
 * What is read at the start need not be on the disk: an agent that was killed during a sync, and one whose sync failed, have
 * left a state that only the kernel has. An agent that took it for its memory would promise what a power loss forgets. So
 * what was read is written once more where it is, byte for byte, and synced, before it counts; the other file, which may
 * be the only one that a disk has, is not touched before that.
 *
 * What that leaves out: a file that is damaged after it was synced, in the moment before the other has the same. That takes
 * a disk that loses what it has synced.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type DurableState, emptyDurableState } from "../cluster/durable.ts";
import { list } from "../cluster/reasons.ts";
import { atMost } from "./bounded.ts";
import { later } from "../plugin/callbacks.ts";
import type { MachineFacts } from "../os/os.ts";
import { lockFile } from "./file_lock.ts";
import { elsewhere } from "./same_machine.ts";
import { FolderWatch } from "./folder_watch.ts";
import { strangersIn } from "./state_folder.ts";
import { count, durableSchema, factsSchema, firstProblem, withoutBadWishes } from "./schemas.ts";

/** What was found at the start. */
export interface Recalled {
  state: DurableState;
  /**
   * False when the latest state is not there for certain: nothing at all, or one file where there have been two, or what
   * another machine wrote, which may lack the latest vote. The voter then waits out what it may have forgotten.
   */
  remembers: boolean;
  /** What was wrong with the files, for the journal. */
  complaints: string[];
}

/** Whose memory it is; another server's is not used. */
export interface Owner {
  cluster: string;
  server: string;
}

interface Envelope extends Owner {
  format: 1;
  /** Where it was written. */
  machine: MachineFacts;
  /** Counts the states that were written. */
  number: number;
  sha256: string;
  state: DurableState;
}

/** A state that is whole, and where it was written. */
type Found = Pick<Envelope, "number" | "state" | "machine"> & { forgotten: readonly string[]; text: string };

/** A file that holds no state: why, and whether a write that was interrupted explains it. */
interface Unusable {
  problem: string;
  interrupted: boolean;
}

/** A write that a disk still holds at the end is waited for, but not for long. In milliseconds. */
const LET_GO_MS = 300;
/** Nothing more has come to be written for so long: the other file is made the same. In milliseconds. */
const EVEN_MS = 50;

/** The two files, in the order in which a folder gets them. */
const FILES = ["state.json", "state.before.json"] as const;

/** A problem with the state folder that keeps the agent from starting. */
export class StateError extends Error {
  override name = "StateError";
}

/** The state of one agent, in one folder that it holds alone. */
export class StateFile {
  /** Whether the folder is still there and takes something. */
  readonly folder: FolderWatch;
  readonly #paths: readonly [string, string];
  /** Number of the latest state, and which of the two files has it; null before anybody has looked. */
  #latest: { number: number; file: 0 | 1 } | null = null;
  /** When the other file is made the same, and that being done. */
  #evenTimer: ReturnType<typeof setTimeout> | undefined;
  #evening: Promise<void> = Promise.resolve();
  /** Writes under way. */
  #saves = 0;
  #closed = false;
  readonly #letGo = Promise.withResolvers<void>();

  private constructor(
    private readonly dir: string,
    private readonly owner: Owner,
    private readonly machine: MachineFacts,
    private readonly lock: Deno.FsFile,
  ) {
    this.folder = new FolderWatch(dir);
    this.#paths = [join(dir, FILES[0]), join(dir, FILES[1])];
  }

  /**
   * Opens the folder, making it when it is missing. Throws a {@linkcode StateError} when another agent has it. `machine`:
   * what tells this machine, and the volume under the folder, from copies.
   */
  static async open(
    dir: string,
    owner: Owner,
    machine: (dir: string) => MachineFacts = () => ({}),
  ): Promise<StateFile> {
    try {
      await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new StateError(
        `the state folder ${dir} can't be made: ${(error as Error).message}; set \`state\` in cluster.yaml`,
      );
    }
    const strange = await strangersIn(dir);
    if (strange !== undefined) throw new StateError(strange);
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
    return new StateFile(dir, owner, machine(await Deno.realPath(dir)), lock);
  }

  /** Reads the memory of the run before. */
  async recall(): Promise<Recalled> {
    const complaints: string[] = [];
    const found: (Found | null)[] = [];
    // A file that is missing, or that no interrupted write explains, may have had a later state.
    let certain = true;
    for (const path of this.#paths) {
      const read = await this.#read(path);
      found.push(read !== undefined && "state" in read ? read : null);
      if (read === undefined || "state" in read) continue;
      certain &&= read.interrupted;
      complaints.push(`${read.problem}; it is kept as ${path}.torn`);
      await Deno.rename(path, `${path}.torn`).catch(() => {});
    }
    const [first, second] = found;
    const file = (second?.number ?? 0) >= (first?.number ?? 0) ? 1 : 0;
    const latest = found[file];
    this.#latest = { number: latest?.number ?? 0, file };
    if (!latest) return { state: emptyDurableState(), remembers: false, complaints };
    if (complaints.length === 0 && latest.number > 1 && !found[1 - file]) {
      certain = false;
      complaints.push(`${this.#paths[file === 0 ? 1 : 0]} is missing: it may have had a later state`);
    }
    await this.#keep(this.#paths[file], latest);
    const foreign = this.#foreign(this.#paths[file], latest);
    if (foreign !== undefined) complaints.push(foreign);
    if (latest.forgotten.length > 0) {
      const what = `what was wanted of ${list(latest.forgotten)} can't be true`;
      complaints.push(`${this.#paths[file]}: ${what} and is forgotten: the other servers tell it, or cluster.yaml`);
    }
    return { state: latest.state, remembers: certain && foreign === undefined, complaints };
  }

  /** Makes certain that what was read is on the disk. */
  async #keep(path: string, { text }: Found): Promise<void> {
    try {
      await this.#put(path, new TextEncoder().encode(text), true);
      await this.#syncFolder();
    } catch (error) {
      throw new StateError(
        `${path} was read and can't be written to the disk (${
          (error as Error).message
        }), so nobody knows whether it is ` +
          `there; see whether the disk of ${this.dir} is full or broken`,
      );
    }
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
      this.#ended();
    }
  }

  async #write(state: DurableState): Promise<void> {
    clearTimeout(this.#evenTimer);
    await this.#evening;
    if (this.#latest === null) await this.recall();
    const { number: before, file: full } = this.#latest!;
    const number = before + 1;
    const file = full === 0 ? 1 : 0;
    const bytes = new TextEncoder().encode(
      JSON.stringify(
        {
          format: 1,
          ...this.owner,
          machine: this.machine,
          number,
          sha256: digest(number, state),
          state,
        } satisfies Envelope,
      ),
    );
    const isNew = await this.#put(this.#paths[file], bytes, true);
    if (isNew) await this.#syncFolder();
    this.#latest = { number, file };
    if (this.#closed) return;
    this.#evenTimer = later("the second copy of the state", EVEN_MS, () => {
      this.#evening = this.#even(this.#paths[full], bytes);
    });
  }

  /** Makes the other file the same. What is wrong with the disk is said by the next write, which must succeed. */
  async #even(path: string, bytes: Uint8Array): Promise<void> {
    this.#saves += 1;
    try {
      await this.#put(path, bytes, false);
    } catch {
      // The next state goes there in any case.
    } finally {
      this.#ended();
    }
  }

  /** Writes one file. True when it was not there before. */
  async #put(path: string, bytes: Uint8Array, synced: boolean): Promise<boolean> {
    const isNew = !await exists(path);
    using file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    await file.truncate(bytes.length);
    if (synced) await file.syncData();
    return isNew;
  }

  /** That there is such a file must survive as well; Windows has no handle of a folder to sync. */
  async #syncFolder(): Promise<void> {
    if (Deno.build.os === "windows") return;
    using folder = await Deno.open(this.dir);
    await folder.sync();
  }

  #ended(): void {
    this.#saves -= 1;
    if (this.#closed && this.#saves === 0) this.#unlock();
  }

  #unlock(): void {
    this.lock.close();
    this.#letGo.resolve();
  }

  /**
   * Lets another agent have the folder, once a write that is under way has ended: a disk that was slow must not put an
   * old state over what the next agent has written. Resolves when it is so, or after a moment.
   */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      clearTimeout(this.#evenTimer);
      if (this.#saves === 0) this.#unlock();
    }
    await atMost(LET_GO_MS, this.#letGo.promise);
  }

  /** Why a state that is whole is still no memory. */
  #foreign(path: string, { machine }: Found): string | undefined {
    const why = elsewhere(machine, this.machine);
    if (why === undefined) return undefined;
    return `${path} ${why}: it may be older than the latest vote of ${this.owner.server}, so it counts as no memory`;
  }

  /** The state, or what is wrong with the file; undefined when there is none. */
  async #read(path: string): Promise<Found | Unusable | undefined> {
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      return { problem: `${path} can't be read: ${(error as Error).message}`, interrupted: false };
    }
    let envelope: Partial<Envelope> | null;
    try {
      envelope = JSON.parse(text);
    } catch {
      return { problem: `${path} is torn (${text.length} characters that are not whole JSON)`, interrupted: true };
    }
    if (envelope?.format !== 1 || !envelope.state || !count.safeParse(envelope.number).success) {
      return { problem: `${path} is not a state file of this version`, interrupted: false };
    }
    const { number = 0 } = envelope;
    if (envelope.cluster !== this.owner.cluster || envelope.server !== this.owner.server) {
      throw new StateError(
        `${path} belongs to ${envelope.server} of the cluster ${envelope.cluster}, not to ${this.owner.server} of ` +
          `${this.owner.cluster}; set another \`state\` folder, or remove the file if that server is gone for good`,
      );
    }
    if (envelope.sha256 !== digest(number, envelope.state)) {
      return { problem: `${path} is torn (its checksum does not match)`, interrupted: true };
    }
    const { state: sound, groups: forgotten } = withoutBadWishes(envelope.state);
    const state = durableSchema.safeParse(sound);
    if (!state.success) {
      const problem = `${path} is not a state file of this version (${firstProblem(state.error)})`;
      return { problem, interrupted: false };
    }
    return { number, state: state.data, forgotten, machine: factsOf(envelope.machine), text };
  }
}

function factsOf(read: unknown): MachineFacts {
  const parsed = factsSchema.safeParse(read);
  return parsed.success ? parsed.data : {};
}

function digest(number: number, state: DurableState): string {
  return createHash("sha256").update(JSON.stringify([number, state])).digest("hex");
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
