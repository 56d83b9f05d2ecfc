/**
 * What the programs of the latest activations have printed last: where the reason stands for a service that came up and
 * does not work.
 *
 * @module
 */
import type { ExecResult } from "../os/os.ts";
import { plainText } from "../plugin/plain_text.ts";
import type { PluginContext } from "../plugin/contract.ts";

/** What a program of an activation has printed. */
export interface StartOutput {
  program: string;
  status: number;
  /** When it ended, wall clock, ISO 8601. */
  at: string;
  /** The last lines, the latest last. */
  lines: string[];
}

/** Longer lines are cut. In characters. */
const MAX_LINE = 300;
/** Lines of both streams together. */
const MAX_LINES = 10;

/** The latest of each resource. */
export class StartOutputs {
  readonly #latest = new Map<string, StartOutput>();

  /** By the name of the resource. */
  get view(): Record<string, StartOutput> {
    return Object.fromEntries(this.#latest);
  }

  /** `exec` of an activation, which remembers what the program has printed. */
  watching(resource: string, exec: PluginContext["exec"]): PluginContext["exec"] {
    this.#latest.delete(resource);
    return async (command, options) => {
      const result = await exec(command, options);
      const lines = linesOf(result).map((line) => plainText(line, MAX_LINE)).slice(-MAX_LINES);
      this.#latest.set(resource, { program: command[0], status: result.status, at: new Date().toISOString(), lines });
      return result;
    };
  }
}

function linesOf({ lastLines, stdout, stderr }: ExecResult): string[] {
  return lastLines ?? `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
}
