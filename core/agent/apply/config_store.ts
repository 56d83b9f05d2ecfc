/**
 * The `cluster.yaml` of one server as `baton apply` changes it: the next version beside it until it counts, the version
 * before as a copy, and in the state folder which generation it is. Everything is synced before anybody hears of it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import * as z from "zod/mini";

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
}

/** Of what is on disk. */
export const appliedSchema: z.ZodMiniType<Applied> = z.object({
  generation: z.int().check(z.minimum(0)),
  digest: z.string().check(z.maxLength(64)),
  order: z.array(z.string()).check(z.maxLength(64)),
  mayMove: z.boolean(),
  by: z.string().check(z.maxLength(256)),
});

/** The file of one server. */
export class ConfigStore {
  readonly nextPath: string;
  readonly beforePath: string;
  readonly #recordPath: string;

  constructor(readonly path: string, stateDir: string) {
    this.nextPath = `${path}.next`;
    this.beforePath = `${path}.before`;
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

  /** Keeps a version beside the file; resolves once it would survive a power loss. */
  async writeNext(text: string): Promise<void> {
    await writeSynced(this.nextPath, text);
  }

  async dropNext(): Promise<void> {
    await Deno.remove(this.nextPath).catch(() => {});
  }

  /** The version that is kept beside the file becomes the file, and is remembered as what was applied. */
  async commit(applied: Applied): Promise<void> {
    if (await digestOf(await Deno.readTextFile(this.nextPath)) !== applied.digest) {
      throw new Error(`${this.nextPath} is not the file that was prepared`);
    }
    await Deno.remove(this.beforePath).catch(() => {});
    await Deno.copyFile(this.path, this.beforePath);
    await Deno.rename(this.nextPath, this.path);
    await syncFolder(dirname(this.path));
    await this.note(applied);
  }

  /** Remembers which version the file is. */
  async note(applied: Applied): Promise<void> {
    const next = `${this.#recordPath}.next`;
    await writeSynced(next, JSON.stringify(applied));
    await Deno.rename(next, this.#recordPath);
    await syncFolder(dirname(this.#recordPath));
  }
}

/** SHA-256 of a text in hex, as `ClusterConfig.digest` has it. */
export async function digestOf(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toString("hex");
}

async function writeSynced(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true, truncate: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  await file.syncData();
}

/** The rename itself must survive as well; Windows has no handle of a folder to sync, and journals renames. */
async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await folder.sync();
}
