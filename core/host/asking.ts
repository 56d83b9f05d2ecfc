import { errorOf } from "./failure.ts";
import type { Reply } from "./protocol.ts";
import type { FromThread } from "./thread_messages.ts";

/** Asks for something outside the plugins' thread. Rejects with the reason of `signal` as soon as that aborts. */
export type AskFor = (what: string, args: unknown[], signal: AbortSignal) => Promise<unknown>;

/** Questions of one thread that may wait for their answers. */
const MAX_WAITING = 64;

/** What the plugins' thread wants to know of others. */
export class Asking {
  #next = 1;
  readonly #waiting = new Map<number, (reply: Reply) => void>();

  constructor(private readonly post: (message: FromThread) => void) {}

  /** The questions of one call. */
  of(call: number): AskFor {
    return (what, args, signal) => {
      signal.throwIfAborted();
      if (this.#waiting.size >= MAX_WAITING) throw new Error(`${MAX_WAITING} questions wait for their answers already`);
      const id = this.#next++;
      return new Promise((resolve, reject) => {
        const settle = () => {
          this.#waiting.delete(id);
          signal.removeEventListener("abort", onAbort);
        };
        const onAbort = () => {
          settle();
          this.post({ t: "unask", id });
          reject(signal.reason);
        };
        this.#waiting.set(id, ({ value, failure }) => {
          settle();
          if (failure) reject(errorOf(failure));
          else resolve(value);
        });
        signal.addEventListener("abort", onAbort, { once: true });
        this.post({ t: "ask", id, call, what, args });
      });
    };
  }

  answer(reply: Reply): void {
    this.#waiting.get(reply.id)?.(reply);
  }
}
