/**
 * The faults of a long run, drawn from its seed before anything happens: the same seed and number are the same fault, on
 * whichever network it is carried out. Who is hit is told by the part that the server then plays.
 *
 * @module
 */
import { COVERED_PAUSE_MS } from "../bounds.ts";
import { randomOf } from "../random.ts";

/** Who is hit: whoever carries when the fault begins, or the other one. */
export type Part = "carrier" | "standby";

/** Which way a link is cut, seen from the server that is hit. */
export type Way = "both" | "out" | "in";

/** What is done to whom. */
export type Blow =
  /** kill -9 of the agent; it is started again afterwards. */
  | { kind: "kill"; part: Part }
  /** SIGSTOP of the agent, and of nothing else. */
  | { kind: "pause"; part: Part }
  /** SIGSTOP of every process of the server, for no longer than the timing covers. */
  | { kind: "stall"; part: Part }
  /** The link between the two servers. */
  | { kind: "link"; part: Part; way: Way }
  /** The link between a server and the witness. */
  | { kind: "witness link"; part: Part; way: Way }
  /** kill -9 of etcd; it is started again afterwards. */
  | { kind: "witness stop" }
  /** SIGSTOP of etcd. */
  | { kind: "witness pause" };

/** A blow, when it begins and how long it lasts, in milliseconds. Starting what has ended comes on top. */
export type Strike = Blow & { fromMs: number; lastsMs: number };

/** What happens between two times at which everything is well. */
export interface Drawn {
  number: number;
  /** How long all stays well before it, so that nothing is struck always at the same moment of its rounds. */
  calmMs: number;
  /** One, or two of which the second begins while the first one lasts. */
  strikes: readonly [Strike] | readonly [Strike, Strike];
}

/** How long a blow lasts: short ones are as likely as long ones. From the takeover's time on it makes little difference. */
const LASTS_MS: Readonly<Record<Blow["kind"], readonly [fromMs: number, toMs: number]>> = {
  kill: [50, 8_000],
  pause: [100, 30_000],
  stall: [20, COVERED_PAUSE_MS * 0.9],
  link: [100, 8_000],
  "witness link": [100, 8_000],
  "witness stop": [50, 6_000],
  "witness pause": [100, 6_000],
};

/** How often each is drawn, in shares of the sum. */
const SHARES: Readonly<Record<Blow["kind"], number>> = {
  kill: 4,
  pause: 4,
  stall: 2,
  link: 4,
  "witness link": 2,
  "witness stop": 1,
  "witness pause": 1,
};

/** One in so many is two faults at once. */
const DOUBLE_SHARE = 0.35;
const CARRIER_SHARE = 0.65;
const CALM_MS: readonly [number, number] = [100, 900];
/** The second of two begins no later than this after the first. In milliseconds. */
const MAX_APART_MS = 4_000;

/** Fault number `number` (from 0) of a seed. */
export function draw(seed: number, number: number): Drawn {
  // Numbers of their own for each, so that a run can be shared out and shortened.
  const random = randomOf(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(number + 1, 0xc2b2ae35));
  const calmMs = between(random, CALM_MS);
  const first: Strike = { ...blow(random), fromMs: 0, lastsMs: 0 };
  first.lastsMs = lasts(random, first.kind);
  if (random() >= DOUBLE_SHARE) return { number, calmMs, strikes: [first] };
  let other = blow(random);
  while (collide(first, other)) other = blow(random);
  const fromMs = Math.round(random() * Math.min(first.lastsMs, MAX_APART_MS));
  return { number, calmMs, strikes: [first, { ...other, fromMs, lastsMs: lasts(random, other.kind) }] };
}

/** What a blow is called in the table. */
export function nameOf(blow: Blow): string {
  switch (blow.kind) {
    case "kill":
      return `kill -9 of the agent, ${blow.part}`;
    case "pause":
      return `agent paused, ${blow.part}`;
    case "stall":
      return `all processes paused, ${blow.part}`;
    case "link":
      return blow.way === "both" ? "link cut" : `link cut one way, ${from(blow)} -> ${to(blow)}`;
    case "witness link":
      return `${blow.part} cut from the witness${blow.way === "both" ? "" : ", one way"}`;
    case "witness stop":
      return "witness killed";
    case "witness pause":
      return "witness paused";
  }
}

/** The sender of the direction that is cut. */
export function from({ part, way }: { part: Part; way: Way }): Part {
  return way === "in" ? otherPart(part) : part;
}

/** Its receiver. */
export function to(cut: { part: Part; way: Way }): Part {
  return otherPart(from(cut));
}

function otherPart(part: Part): Part {
  return part === "carrier" ? "standby" : "carrier";
}

function blow(random: () => number): Blow {
  const kinds = Object.keys(SHARES) as Blow["kind"][];
  let left = random() * kinds.reduce((sum, kind) => sum + SHARES[kind], 0);
  const kind = kinds.find((kind) => (left -= SHARES[kind]) < 0) ?? "kill";
  const part = random() < CARRIER_SHARE ? "carrier" : "standby";
  const chance = random();
  const way = chance < 0.5 ? "both" : chance < 0.75 ? "out" : "in";
  if (kind === "witness stop" || kind === "witness pause") return { kind };
  return kind === "link" || kind === "witness link" ? { kind, part, way } : { kind, part };
}

/** Two that hit the same processes would end each other; a link that is cut twice is cut once. */
function collide(one: Blow, other: Blow): boolean {
  return target(one) === target(other);
}

function target(blow: Blow): string {
  if (blow.kind === "kill" || blow.kind === "pause" || blow.kind === "stall") return `processes of the ${blow.part}`;
  if (blow.kind === "link") return "link";
  return blow.kind === "witness link" ? `witness link of the ${blow.part}` : "witness";
}

function lasts(random: () => number, kind: Blow["kind"]): number {
  const [fromMs, toMs] = LASTS_MS[kind];
  return Math.round(fromMs * (toMs / fromMs) ** random());
}

function between(random: () => number, [fromMs, toMs]: readonly [number, number]): number {
  return Math.round(fromMs + (toMs - fromMs) * random());
}
