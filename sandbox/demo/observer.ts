/**
 * The truth about a cluster of the demo, seen from outside all agents: where the service runs, where the address is,
 * where clients are sent. Looked at every few milliseconds for as long as the demo runs.
 */
import type { Kind } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** What is looked at. */
export interface Observed {
  kind: Kind;
  machines: readonly Machine[];
  machine(name: string): Machine;
  /** Where clients are sent; null when that is not one server. */
  target(): string | null;
}

/** How often, in milliseconds. */
const EVERY_MS = 10;

/** Watches one cluster. */
export class Observer {
  /** Looks at which two servers carried at once. Must stay 0. */
  overlaps = 0;
  /** The same while nothing else was promised: with a weak vote, when both sides of a partition reach the device. */
  toleratedOverlaps = 0;
  /** True while that lasts. */
  tolerates = false;
  looks = 0;
  /** The last time a client got an answer, and from whom. */
  answered: { server: string; atMs: number } | null = null;
  /** How long clients got no answer before the current one, in milliseconds. */
  outageMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly cluster: Observed) {}

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Servers with anything of the group on them. */
  carriers(): string[] {
    return this.cluster.machines.filter((machine) => machine.appRuns() || machine.addresses().length > 0)
      .map(({ name }) => name);
  }

  /** The server that answers clients now. */
  answering(): string | null {
    const target = this.cluster.target();
    if (target === null) return null;
    const machine = this.cluster.machine(target);
    if (!machine.appRuns()) return null;
    return this.cluster.kind === "eip" || machine.addresses().includes("10.1.0.20") ? target : null;
  }

  #look(): void {
    this.looks += 1;
    if (this.carriers().length > 1) {
      if (this.tolerates) this.toleratedOverlaps += 1;
      else this.overlaps += 1;
    }
    const server = this.answering();
    if (server === null) return;
    const atMs = performance.now();
    const gapMs = this.answered ? atMs - this.answered.atMs : 0;
    if (gapMs > 5 * EVERY_MS) this.outageMs = gapMs;
    this.answered = { server, atMs };
  }
}
