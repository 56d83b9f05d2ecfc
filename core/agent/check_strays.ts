/**
 * What the checks of a monitor leave behind. One that starts something each time and does not end it fills the machine, and
 * is itself normal all the while; so it is looked for now and then, and told. Nothing is killed: it may be wanted.
 *
 * @module
 */
import { type Reason, warning } from "../cluster/reasons.ts";
import type { Os } from "../os/os.ts";
import type { PluginContext } from "../plugin/contract.ts";
import { bounded } from "./bounded.ts";
import { withMark } from "./mark.ts";
import { lasting, named } from "./strays.ts";

/** All processes of the machine are looked at, so not after every check. In milliseconds. */
const LOOK_MS = 60_000;
/** A look takes no longer than this. In milliseconds. */
const LOOKING_MS = 3_000;

/** The strays of one monitor. */
export class CheckStrays {
  #nextMs = -Infinity;
  /** How many were told of. */
  #told = 0;

  constructor(
    private readonly monitor: string,
    private readonly mark: string,
    private readonly os: Pick<Os, "marked">,
    private readonly note: (reasons: Reason[]) => void,
    private readonly everyMs = LOOK_MS,
  ) {}

  /** The context of a check: whatever it runs can be found again. */
  context(context: PluginContext): PluginContext {
    return withMark(context, this.mark);
  }

  /** After a check, when it is time; resolves when it has looked. Tells what is new, and again when it has doubled. */
  async look(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#nextMs) return;
    this.#nextMs = performance.now() + this.everyMs;
    // A process that hangs in the kernel can hold up whoever looks at it; checks must not wait for that.
    const left = await bounded(signal, LOOKING_MS, (within) => lasting(this.mark, this.os, within)).catch(() => []);
    if (signal.aborted || left.length < Math.max(1, 2 * this.#told)) return;
    this.#told = left.length;
    const processes = left.length === 1 ? "a process" : `${left.length} processes`;
    this.note([
      warning(
        "monitor",
        `The checks of ${this.monitor} have left ${processes} behind: ${
          named(left)
        }. Let its program end what it starts, ` +
          "or they become more with every check.",
        { monitor: this.monitor },
      ),
    ]);
  }
}
