/**
 * The network between the servers: single directions can be cut, beats are lost, doubled and delayed. Each link draws for
 * itself and the same number of times for every beat, so what happens on one does not depend on another.
 *
 * @module
 */
import type { Random, Streams } from "./random.ts";

/** What the network does to a beat. */
export interface Weather {
  /** Share of beats that are lost, and that come twice. */
  loss: number;
  duplicates: number;
  delayMs: [number, number];
}

/** A link with nothing on top. */
const PROMPTLY: readonly [number, number] = [0, 0];

/** The weather of a good network. */
export const CLEAR: Weather = { loss: 0, duplicates: 0, delayMs: [0.2, 2] };

interface Link {
  cut: boolean;
  /** What it takes on top of the weather. */
  lateMs: readonly [number, number];
  random: Random;
}

/** All links. */
export class Network {
  weather: Weather = { ...CLEAR, delayMs: [...CLEAR.delayMs] };
  /** Beats sent so far, also those that were lost. */
  beats = 0;
  readonly #links = new Map<string, Map<string, Link>>();

  constructor(private readonly streams: Streams) {}

  /** Nothing that `from` sends reaches `to`. */
  cut(from: string, to: string): void {
    this.#link(from, to).cut = true;
  }

  /** What `from` sends reaches `to` again. */
  mend(from: string, to: string): void {
    this.#link(from, to).cut = false;
  }

  /** What `from` sends takes `lateMs` longer to reach `to`; drawn for each beat, so that they overtake each other. */
  delay(from: string, to: string, lateMs: readonly [number, number]): void {
    this.#link(from, to).lateMs = lateMs;
  }

  /** No link is slow. */
  hurry(): void {
    for (const links of this.#links.values()) for (const link of links.values()) link.lateMs = PROMPTLY;
  }

  /** All is connected. */
  heal(): void {
    for (const links of this.#links.values()) for (const link of links.values()) link.cut = false;
  }

  /** Calls `arrive` for each copy of a beat that gets through, with its delay in milliseconds. */
  send(from: string, to: string, arrive: (delayMs: number) => void): void {
    this.beats += 1;
    const { cut, lateMs, random } = this.#link(from, to);
    const { loss, duplicates, delayMs: [least, most] } = this.weather;
    const lost = random.chance(loss);
    const twice = random.chance(duplicates);
    const delayMs = random.between(least, most);
    const secondMs = random.between(least, most);
    if (cut || lost) return;
    const [from0, to0] = lateMs;
    const lateness = to0 > 0 ? random.between(from0, to0) : 0;
    arrive(delayMs + lateness);
    if (twice) arrive(secondMs + lateness);
  }

  #link(from: string, to: string): Link {
    let links = this.#links.get(from);
    if (!links) this.#links.set(from, links = new Map());
    let link = links.get(to);
    if (!link) links.set(to, link = { cut: false, lateMs: PROMPTLY, random: this.streams(`network ${from} ${to}`) });
    return link;
  }
}
