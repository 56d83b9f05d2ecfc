/**
 * Carries out what was drawn, and notes what was broken when. What is noted begins before the blow and ends after the
 * mending, so that nothing counts as whole that was not.
 *
 * @module
 */
import type { LabCluster } from "../cluster.ts";
import { nowMs, signalTo, sleep, until } from "../commands.ts";
import { WITNESS } from "../kinds.ts";
import type { Direction } from "../network.ts";
import type { LabServer } from "../server.ts";
import type { Broken } from "./ability.ts";
import { from, nameOf, type Part, type Strike, to, type Way } from "./draw.ts";

/** An agent that was started says so within this. In milliseconds. */
const STARTED_MS = 20_000;

/** Who plays which part. */
export type Cast = Readonly<Record<Part, LabServer>>;

/** What one strike really did. Times in milliseconds, as Unix time. */
export interface Struck {
  name: string;
  fromMs: number;
  toMs: number;
}

/** Strikes one cluster. */
export class Striker {
  /** All that was broken since {@linkcode forget}. */
  readonly broken: Broken[] = [];
  readonly #cuts: Direction[][] = [];
  #cutting: Promise<void> = Promise.resolve();

  constructor(private readonly cluster: LabCluster) {}

  forget(): void {
    this.broken.length = 0;
  }

  /** Waits for its time, strikes, and mends. */
  async strike(strike: Strike, cast: Cast, startMs: number): Promise<Struck> {
    await sleep(startMs + strike.fromMs - nowMs());
    const fromMs = nowMs();
    const notes = this.#broken(strike, cast).map((what): Broken => ({ what, fromMs, toMs: Infinity }));
    this.broken.push(...notes);
    await this.#carryOut(strike, cast);
    const toMs = nowMs();
    for (const note of notes) note.toMs = toMs;
    return { name: nameOf(strike), fromMs, toMs };
  }

  async #carryOut(strike: Strike, cast: Cast): Promise<void> {
    const { witness } = this.cluster;
    const last = () => sleep(strike.lastsMs);
    switch (strike.kind) {
      case "kill": {
        const server = cast[strike.part];
        await server.kill();
        await last();
        server.start();
        const up = await until(STARTED_MS, async () => (await server.status()) !== null);
        if (!up) throw new Error(`the agent of ${server.name} does not answer ${STARTED_MS} ms after its start`);
        return;
      }
      case "pause":
        cast[strike.part].signal("SIGSTOP");
        await last();
        return cast[strike.part].signal("SIGCONT");
      case "stall":
        return await this.#stall(cast[strike.part], strike.lastsMs);
      case "link":
        return await this.#cut(directions(cast[from(strike)].name, cast[to(strike)].name, strike.way), last);
      case "witness link":
        return await this.#cut(directions(cast[strike.part].name, WITNESS.name, strike.way, strike.way === "in"), last);
      case "witness stop":
        await witness?.kill();
        await last();
        return await witness?.start();
      case "witness pause":
        witness?.pause();
        await last();
        return await witness?.resume();
    }
  }

  /** Everything on a server stands still, as when its hypervisor does not run it. */
  async #stall(server: LabServer, ms: number): Promise<void> {
    const pids = await this.cluster.network.processes(server.name);
    const fromMs = nowMs();
    for (const pid of pids) signalTo(pid, "SIGSTOP");
    await sleep(fromMs + ms - nowMs());
    for (const pid of pids) signalTo(pid, "SIGCONT");
  }

  /** Cuts of several strikes add up. */
  async #cut(cut: Direction[], last: () => Promise<void>): Promise<void> {
    this.#cuts.push(cut);
    await this.#applyCuts();
    await last();
    this.#cuts.splice(this.#cuts.indexOf(cut), 1);
    await this.#applyCuts();
  }

  /** One change after the other; each brings about what is wanted by then. */
  #applyCuts(): Promise<void> {
    return this.#cutting = this.#cutting.then(() => this.cluster.network.cut(this.#cuts.flat()));
  }

  #broken(strike: Strike, cast: Cast): Broken["what"][] {
    switch (strike.kind) {
      case "kill":
      case "pause":
      case "stall":
        return [{ host: cast[strike.part].name }];
      case "link":
        return directions(cast[from(strike)].name, cast[to(strike)].name, strike.way)
          .map((direction) => ({ direction }));
      case "witness link":
        return directions(cast[strike.part].name, WITNESS.name, strike.way, strike.way === "in")
          .map((direction) => ({ direction }));
      case "witness stop":
      case "witness pause":
        return [{ host: WITNESS.name }];
    }
  }
}

function directions(sender: string, receiver: string, way: Way, turned = false): Direction[] {
  const there: Direction = turned ? [receiver, sender] : [sender, receiver];
  return way === "both" ? [there, [there[1], there[0]]] : [there];
}
