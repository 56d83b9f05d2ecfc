/**
 * What several acknowledgement devices say together.
 *
 * `any`: each answer of a device is an answer; silence is that of all of them. `all`: there is an answer when the latest
 * question to each of them was answered, and it counts from the oldest of these questions, for that long ago is the
 * latest moment at which all of them were known to be in reach. After a silence, questions from before it don't count:
 * the engine takes what follows for an unbroken run, and an older question would make that run begin before its gap.
 *
 * @module
 */

/** What came of one question to one device. Times on the clock of who asks, in milliseconds. */
export interface DeviceAnswer {
  name: string;
  startedMs: number;
  endedMs: number;
  reached: boolean;
  message: string;
}

/** What the devices say together. */
export interface Together {
  /** From when it counts. */
  startedMs: number;
  reached: boolean;
  message: string;
}

/** Keeps the latest answer of each device. */
export class CombinedAnswer {
  readonly #latest = new Map<string, DeviceAnswer>();
  /** When a device was last found silent. */
  #silentMs = -Infinity;

  constructor(private readonly devices: readonly string[], private readonly mode: "any" | "all") {}

  /** Adds an answer. Undefined when nothing can be said of them together yet. */
  add(answer: DeviceAnswer): Together | undefined {
    this.#latest.set(answer.name, answer);
    if (!answer.reached) this.#silentMs = answer.endedMs;
    return this.mode === "any" ? this.#any(answer) : this.#all(answer);
  }

  #any(answer: DeviceAnswer): Together | undefined {
    const { startedMs, reached } = answer;
    // One that has yet to be asked may still answer; if it does not, it says so itself.
    const others = this.devices.some((name) => name !== answer.name && this.#latest.get(name)?.reached !== false);
    return reached || !others ? { startedMs, reached, message: said([answer]) } : undefined;
  }

  #all({ startedMs }: DeviceAnswer): Together | undefined {
    const known = this.devices.flatMap((name) => this.#latest.get(name) ?? []);
    const silent = known.filter(({ reached }) => !reached);
    if (silent.length > 0) return { startedMs, reached: false, message: said(silent) };
    if (known.length < this.devices.length) return undefined;
    const oldestMs = Math.min(...known.map((answer) => answer.startedMs));
    return oldestMs < this.#silentMs ? undefined : { startedMs: oldestMs, reached: true, message: said(known) };
  }
}

function said(answers: readonly DeviceAnswer[]): string {
  return answers.map(({ name, message }) => `${name}: ${message}`).join("; ");
}
