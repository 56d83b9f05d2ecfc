/**
 * A file that was applied is on trial until an agent of this server has run with it for a while. Checking a file can't
 * find everything that keeps an agent from starting (an address that can't be bound, a port that somebody has), and no
 * file may leave a server down: an agent that can't start with the new one starts with the former one.
 *
 * What is remembered lies beside the file, so that it is found before the file has been read. A file that was changed by
 * hand is not on trial: whoever starts an agent with it sees at once what is wrong.
 *
 * @module
 */
import { atMost } from "../bounded.ts";
import { EXIT_STATUS } from "../exit_status.ts";
import { count } from "../schemas.ts";
import { digestOf, writeSynced } from "./file_text.ts";
import * as z from "zod/mini";

/** A file with which no agent can start on this server. */
export interface Rejected {
  /** SHA-256 of its bytes in hex. */
  digest: string;
  why: string;
}

interface Remembered extends Rejected {
  /** Agents that were started with it. */
  starts: number;
}

/** An agent that has run for so long has started. In milliseconds. */
const SETTLED_MS = 10_000;
/** An agent that ends without a word (power loss, out of memory) may not have ended because of the file: so often. */
const MAX_STARTS = 3;
/** Longer reasons are cut. In characters. */
const MAX_WHY = 1_000;

const schema: z.ZodMiniType<Remembered> = z.object({
  digest: z.string(),
  why: z.string(),
  starts: count,
});

/** Where the trial of a `cluster.yaml` is remembered. */
export function trialPath(path: string): string {
  return `${path}.trial`;
}

/** Where the version before it lies. */
export function beforePath(path: string): string {
  return `${path}.before`;
}

/** The trial of one file on one server. */
export class Trial {
  /** An agent runs with it: whatever ends it now is not its start. */
  started = false;

  private constructor(readonly path: string, private remembered: Remembered) {}

  /** Puts a version on trial before it becomes the file. Resolves once it would survive a power loss. */
  static async announce(path: string, digest: string): Promise<void> {
    await writeSynced(trialPath(path), JSON.stringify({ digest, why: "", starts: 0 }));
  }

  /** The trial of the file that lies there; null when it is on none. */
  static async open(path: string): Promise<Trial | null> {
    try {
      const parsed = schema.safeParse(JSON.parse(await Deno.readTextFile(trialPath(path))));
      if (!parsed.success || parsed.data.digest !== await digestOf(await Deno.readTextFile(path))) return null;
      return new Trial(path, parsed.data);
    } catch {
      // None, or torn: then the file counts as any other.
      return null;
    }
  }

  /** Counts a start. Resolves with why there should be none with this file; null: go on. */
  async begin(): Promise<Rejected | null> {
    const { digest, why, starts } = this.remembered;
    if (starts >= MAX_STARTS) {
      return { digest, why: why !== "" ? why : `${starts} agents ended within ${SETTLED_MS / 1_000} s of their start` };
    }
    await this.#remember({ digest, why, starts: starts + 1 });
    return null;
  }

  /** No agent could be started with it. */
  async failed(why: string): Promise<Rejected> {
    const { digest, starts } = this.remembered;
    const said = why.slice(0, MAX_WHY);
    await this.#remember({ digest, starts, why: said });
    return { digest, why: said };
  }

  /** An agent runs with it. Passes once it has for a while, or was stopped in order. `ended`: when and how it ends. */
  async settle(ended: Promise<{ status: number }>): Promise<void> {
    this.started = true;
    let forced = false;
    await atMost(SETTLED_MS, ended.then(({ status }) => void (forced = status === EXIT_STATUS.forced)));
    if (!forced) await Trial.pass(this.path);
  }

  /** The file is on trial no more. */
  static async pass(path: string): Promise<void> {
    await Deno.remove(trialPath(path)).catch(() => {});
  }

  /** A disk that takes nothing keeps nobody from starting: it only forgets. */
  async #remember(remembered: Remembered): Promise<void> {
    this.remembered = remembered;
    await writeSynced(trialPath(this.path), JSON.stringify(remembered)).catch(() => {});
  }
}
