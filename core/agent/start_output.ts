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

  /** The context of an activation, which remembers what its programs have printed. */
  watching<Context extends PluginContext>(resource: string, context: Context): Context {
    this.#latest.delete(resource);
    return {
      ...context,
      ran: (program, { status, lastLines = [] }) => this.#note(resource, program, status, lastLines),
      exec: async (command, options) => {
        const result = await context.exec(command, options);
        this.#note(resource, command[0], result.status, linesOf(result));
        return result;
      },
    };
  }

  #note(resource: string, program: string, status: number, said: readonly string[]): void {
    const lines = said.slice(-MAX_LINES).map((line) => plainText(line, MAX_LINE));
    this.#latest.set(resource, { program: plainText(program, MAX_LINE), status, at: new Date().toISOString(), lines });
  }
}

function linesOf({ lastLines, stdout, stderr }: ExecResult): string[] {
  return lastLines ?? `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
}
