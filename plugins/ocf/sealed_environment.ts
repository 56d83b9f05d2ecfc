/**
 * Environments with secrets for the dead man's switch: its commands are arguments of a process, which everybody can read
 * as long as it lives. So the environment lies in a file that only the agent's account can read.
 *
 * @module
 */
import { join } from "node:path";

/** Reads lines `NAME=value`, exports them as they are, and becomes the program behind them. */
const EXPORT = 'while IFS= read -r line; do export "$line"; done <"$0"; exec "$@"';

/** The files of one type. */
export class SealedEnvironment {
  readonly #folders = new Map<string, string>();

  /** The command that runs `command` with `env`, which is written to a file of the resource. */
  async command(
    resource: string,
    env: Readonly<Record<string, string>>,
    command: readonly string[],
  ): Promise<[string, ...string[]]> {
    await this.remove(resource);
    const folder = await Deno.makeTempDir({ prefix: "baton-ocf-" });
    this.#folders.set(resource, folder);
    const file = join(folder, "environment");
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
    await Deno.writeTextFile(file, lines.join(""), { mode: 0o600, createNew: true });
    return ["sh", "-c", EXPORT, file, ...command];
  }

  /** Removes the file of a resource that is down. */
  async remove(resource: string): Promise<void> {
    const folder = this.#folders.get(resource);
    this.#folders.delete(resource);
    if (folder !== undefined) await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}
