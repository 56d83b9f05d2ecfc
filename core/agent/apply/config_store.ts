/**
 * The `cluster.yaml` of one server as `baton apply` changes it: the next version beside it until it counts, the version
 * before as a copy, and in the state folder which generation it is. Everything is synced before anybody hears of it.
 *
 * @module
 */
import { dirname, join } from "node:path";
import * as z from "zod/mini";
import { count } from "../schemas.ts";
import { digestOf, sameRights, syncFolder, writeSynced } from "./file_text.ts";
import { beforePath, Trial } from "./trial.ts";

/** Which version of the file a server has, and how the servers take it up. */
export interface Applied {
  /** Counts the files that were applied; 0: none ever was. */
  generation: number;
  /** SHA-256 of its bytes in hex. */
  digest: string;
  /** In which order the agents start again with it. */
  order: string[];
  /** An agent that carries groups may start again too: they move, or are down for that time. */
  mayMove: boolean;
  by: string;
  /** It is the way back from a file with which a server could not start; there is none from it. */
  back?: boolean | undefined;
}

/** The longest `by` of an {@linkcode Applied}, in characters. */
export const MAX_BY = 256;

/** Of what is on disk. */
export const appliedSchema: z.ZodMiniType<Applied> = z.object({
  generation: count,
  digest: z.string().check(z.maxLength(64)),
  order: z.array(z.string()).check(z.maxLength(64)),
  mayMove: z.boolean(),
  by: z.string().check(z.maxLength(MAX_BY)),
  back: z.optional(z.boolean()),
});

/** The file of one server. */
export class ConfigStore {
  readonly nextPath: string;
  readonly beforePath: string;
  readonly #recordPath: string;

  constructor(readonly path: string, stateDir: string) {
    this.nextPath = `${path}.next`;
    this.beforePath = beforePath(path);
    this.#recordPath = join(stateDir, "applied.json");
  }

  /** What was applied last; generation 0 when nothing was, or when it can't be read. */
  async recall(): Promise<Applied> {
    try {
      const parsed = appliedSchema.safeParse(JSON.parse(await Deno.readTextFile(this.#recordPath)));
      if (parsed.success) return parsed.data;
    } catch {
      // None yet, or torn: the file counts as one that nobody applied, and a newer one of a peer goes before it.
    }
    return { generation: 0, digest: "", order: [], mayMove: false, by: "" };
  }

  /** The text that is on disk. */
  read(): Promise<string> {
    return Deno.readTextFile(this.path);
  }

  /** The text that was the file before the one that is. */
  readBefore(): Promise<string> {
    return Deno.readTextFile(this.beforePath);
  }

  /** An agent runs with the file: what was before is no longer needed. */
  async passed(): Promise<void> {
    await Trial.pass(this.path);
  }

  get #nextRecordPath(): string {
    return `${this.#recordPath}.next`;
  }

  /** Keeps a version beside the file, with its mode and owner; resolves once it would survive a power loss. */
  async writeNext(text: string): Promise<void> {
    // Who may read one that is left from before is nobody's business.
    await Deno.remove(this.nextPath).catch(() => {});
    await writeSynced(this.nextPath, text);
    await sameRights(this.nextPath, this.path);
  }

  /**
   * Writes what a commit will need in the state folder. Throws where that can't be done: a full disk has to be known while
   * everybody can still say no.
   */
  async reserve(applied: Applied): Promise<void> {
    try {
      await writeSynced(this.#nextRecordPath, JSON.stringify(applied));
    } catch (error) {
      throw new Error(
        `the state folder can't take the note of it, ${this.#nextRecordPath}: ${(error as Error).message}`,
      );
    }
  }

  async dropNext(): Promise<void> {
    await Deno.remove(this.nextPath).catch(() => {});
    await Deno.remove(this.#nextRecordPath).catch(() => {});
  }

  /**
   * The version that is kept beside the file becomes the file, and is remembered as what was applied. `onTrial`: an agent
   * that can't start with it starts with the one before. Whatever needs space on the disk comes before the rename that
   * counts, so that a full disk leaves everything as it was. `running`: the text that an agent runs, when the file may
   * have been changed by hand since.
   */
  async commit(applied: Applied, onTrial: boolean, running?: string): Promise<void> {
    if (await digestOf(await Deno.readTextFile(this.nextPath)) !== applied.digest) {
      throw new Error(`${this.nextPath} is not the file that was prepared`);
    }
    await Deno.remove(this.beforePath).catch(() => {});
    await writeSynced(this.beforePath, running ?? await Deno.readTextFile(this.path));
    await sameRights(this.beforePath, this.path);
    if (onTrial) await Trial.announce(this.path, applied.digest);
    else await Trial.pass(this.path);
    await this.reserve(applied);
    await Deno.rename(this.nextPath, this.path);
    await syncFolder(dirname(this.path));
    await Deno.rename(this.#nextRecordPath, this.#recordPath);
    await syncFolder(dirname(this.#recordPath));
  }
}
