/**
 * What an agent does when something in it has failed that must not: a callback threw that nobody waits for, a promise was
 * rejected that nobody holds. What is left of it may be wrong, and a service must not depend on that: it says what and
 * where, leaves in order (its groups go down under their permits, another server takes over), and ends with status 1, so
 * that a service manager starts it afresh. When it can't leave, or the same happens again, it ends at once, and its dead
 * man's switches do the rest.
 *
 * @module
 */
import { error, type Reason } from "../cluster/reasons.ts";
import { later } from "../plugin/callbacks.ts";

/** It has left by then, or it ends without order. In milliseconds. */
const LEAVE_MS = 60_000;

/** What it needs of the agent. */
export interface BreakdownPorts {
  note(reasons: readonly Reason[]): void;
  /** Leaves in order; may throw. */
  leave(): void;
  /** Ends at once. */
  abandon(reason: string): void;
}

/** The breakdown of one agent. */
export class Breakdown {
  /** What failed first; undefined while nothing has. */
  reason: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ports: BreakdownPorts, private readonly leaveMs = LEAVE_MS) {}

  /** Something was thrown that had nobody to be thrown to. Throws nothing itself. */
  report(thrown: unknown): void {
    const what = `something in the agent failed that must not: ${wordsOf(thrown)}`;
    const again = this.reason !== undefined;
    this.reason ??= what;
    try {
      this.ports.note([error("broken", `${capital(what)}; the agent ${again ? "ends at once" : "leaves in order"}.`)]);
      if (again) return this.ports.abandon(what);
      this.#timer = later("the end of a broken agent", this.leaveMs, () => {
        this.ports.abandon(`${what}; it could not leave within ${this.leaveMs} ms`);
      });
      this.ports.leave();
    } catch (second) {
      this.ports.abandon(`${what}; it could not leave: ${wordsOf(second)}`);
    }
  }

  /** The agent has ended. */
  close(): void {
    clearTimeout(this.#timer);
  }
}

/** What was thrown, and where: the first line of the stack that is code of a file. */
function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause instanceof Error ? thrown.cause : thrown;
  const frame = /^\s+at .*?([^/\\(]+:\d+:\d+)\)?$/m.exec(cause.stack ?? "")?.[1];
  return frame === undefined ? thrown.message : `${thrown.message} (at ${frame})`;
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
