/**
 * The end of this machine. A way to turn it off that says "done" has only promised it: as long as this process runs, the
 * machine does. So each way gets its part of the time, and then the next, harder one is tried.
 *
 * @module
 */
import { pause } from "../plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";

/** One way to end the machine. */
export interface PowerStep {
  name: string;
  /** Throws when it can't. It is told to end by its signal, and not waited for when it does not. */
  take(signal: AbortSignal): Promise<void>;
}

/** How long the last way may take to end the machine before that counts as failed. In milliseconds. */
const LAST_MS = 5_000;

/**
 * Takes the steps in order until one ends the machine; the last is taken `withinMs` from now at the latest. A step that
 * fails is followed by the next at once, and what it leaves of its time is that of the others. Throws when the machine
 * runs all the same.
 */
export async function endMachine(action: string, steps: readonly PowerStep[], withinMs: number): Promise<never> {
  const untilMs = performance.now() + withinMs;
  const failures: string[] = [];
  for (const [index, step] of steps.entries()) {
    const after = steps.length - 1 - index;
    const partMs = after === 0 ? LAST_MS : Math.max(0, untilMs - performance.now()) / after;
    failures.push(`${step.name}: ${await failureOf(step, partMs)}`);
  }
  throw new Fault(FAULT_CODES.internal, `the ${action} of this server failed: ${failures.join("; ")}`);
}

/** Takes one step. Resolves with why it was not the end, at once when it failed, otherwise after `ms`. */
async function failureOf(step: PowerStep, ms: number): Promise<string> {
  const own = new AbortController();
  const patience = new AbortController();
  const failed = (async () => await step.take(own.signal))().then(
    // It has said that it is done; now the machine has to be.
    () => new Promise<never>(() => {}),
    (error: unknown) => error instanceof Error ? error.message : String(error),
  );
  try {
    return await Promise.race([failed, pause(ms, patience.signal).then(() => `nothing ended in ${Math.ceil(ms)} ms`)]);
  } finally {
    patience.abort();
    own.abort(new DOMException("its time is over", "TimeoutError"));
  }
}
