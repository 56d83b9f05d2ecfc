/**
 * Grey is bounded: whatever the disks, processors and links of a minority do (slow, not dead), a majority of well servers
 * carries within the bound. When a history has come to rest, as many servers become slow as the others can do without, and
 * groups are made to move: by a monitor, by an operator, and by a pause or the loss of the carrier where that leaves a
 * majority. After each, every group has to be online again within the bound, and not to be lost again and again.
 *
 * With a tie-breaker the links of two servers are slow only as far as their round trip stays below a permit: above, each of
 * the two hears the other, neither is confirmed by it in time, and the device contradicts nobody who is heard.
 */
import { ail } from "../../core/simulation/ailment.ts";
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import type { Machine } from "../../core/simulation/machine.ts";
import type { Random } from "../../core/simulation/random.ts";
import { Violation } from "../../core/simulation/story.ts";
import type { World } from "../../core/simulation/world.ts";
import { HANGING_MS, LATEST_MS, LATEST_WEAK_MS, LONGEST_SYNC_MS, STEP_SHARE } from "./slow_faults.ts";

/** Moves of each history. */
const MOVES = 4;
/** Verdicts in a row that make a monitor ask for a failover: two for a reactivation, two more for the failover. */
const VERDICTS = 6;
/** Losses of a group by a move itself: a monitor has it activated again, and then moved. */
const LOSSES = 2;
/** Between two looks, in milliseconds. */
const LOOK_MS = 50;

/** Servers that may be slow while the others, with a third vote, are a majority. */
export function slowAtMost({ servers, tieBreaker, witness }: ClusterSpec): number {
  const total = servers.length + (tieBreaker || witness ? 1 : 0);
  return total - (Math.floor(total / 2) + 1);
}

/**
 * A move: what makes it necessary (a monitor needs some verdicts), the detection time where somebody was lost, the time in
 * which a slow server notices that it is one, and a claim of the next. In milliseconds.
 */
export function greyBoundMs({ timing }: ClusterSpec): number {
  return 400 * VERDICTS + 3 * timing.takeoverMs;
}

/** Makes a minority slow and groups move. */
export function grey(world: World): void {
  const most = slowAtMost(world.spec);
  if (most === 0) return;
  const random = world.streams("grey");
  const slow = chosen(world.machines, 1 + Math.floor(random.next() * most), random);
  for (const machine of slow) slowDown(world, machine, random);
  const spare = most - slow.length;
  for (let move = 0; move < MOVES; move++) {
    world.run(random.between(0, world.spec.timing.takeoverMs));
    const what = poke(world, slow, spare, random);
    carried(
      world,
      slow,
      `${what} while ${slow.map(({ name }) => name).join(" and ")} ${slow.length > 1 ? "are" : "is"} slow`,
    );
  }
  for (const machine of world.machines) {
    machine.relieve();
    machine.stepMs = 0;
    machine.start();
  }
  world.network.hurry();
}

function chosen(machines: readonly Machine[], count: number, random: Random): Machine[] {
  const rest = [...machines];
  return Array.from({ length: count }, () => rest.splice(Math.floor(random.next() * rest.length), 1)[0]!);
}

/** Its disk, its processor, its links, or several of them. */
function slowDown(world: World, machine: Machine, random: Random): void {
  const { timing, tieBreaker } = world.spec;
  const of = random.pick(["disk", "disk", "disk", "processor", "link", "disk and link"]);
  if (of.includes("disk")) {
    const most = random.chance(0.2) ? HANGING_MS : random.between(timing.permitMs / 20, LONGEST_SYNC_MS);
    machine.syncMs = [random.chance(0.5) ? most : 0, most];
    world.tell(`grey: the disk of ${machine.name} takes ${machine.syncMs.map(Math.round).join("..")} ms`);
  }
  if (of === "processor") {
    machine.stepMs = random.between(1, STEP_SHARE * timing.pauseMs);
    world.tell(`grey: each step of ${machine.name} takes ${Math.round(machine.stepMs)} ms`);
  }
  if (of.includes("link")) {
    const most = random.between(1, tieBreaker ? LATEST_WEAK_MS : LATEST_MS);
    const lateMs = [random.chance(0.5) ? most : 0, most] as const;
    world.tell(`grey: the links of ${machine.name} take ${lateMs.map(Math.round).join("..")} ms more`);
    for (const { name } of world.machines) {
      if (name === machine.name) continue;
      world.network.delay(machine.name, name, lateMs);
      world.network.delay(name, machine.name, lateMs);
    }
  }
}

/** Makes a group move. Returns what was done. */
function poke(world: World, slow: readonly Machine[], spare: number, random: Random): string {
  const group = random.pick(world.spec.groups).name;
  const [name] = world.online(group);
  const carrier = world.machines.find((machine) => machine.name === name);
  const kinds = ["monitor", "monitor", "operator", "pause", ...(spare > 0 ? ["crash"] : [])];
  const what = random.pick(kinds);
  const to = random.pick(world.spec.servers);
  const pauseMs = random.between(1, world.spec.timing.pauseMs);
  if (!carrier) return "nothing";
  world.tell(`grey: ${what} (${group} on ${carrier.name})`);
  if (what === "monitor") {
    const monitor = world.spec.monitors.find(({ recovery: { target } }) =>
      target.kind === "group" && target.group === group
    );
    // What it has counted in an earlier move is forgiven.
    const normal = { status: "normal", message: "the service answers" } as const;
    if (monitor) carrier.deliver({ type: "verdict", monitor: monitor.name, verdict: normal });
    if (monitor) ail(world, carrier, { monitor: monitor.name, status: "error", times: VERDICTS });
  } else if (what === "operator") {
    carrier.deliver({ type: "operator", request: { op: "move", group, to, by: "operator" } });
  } else if (what === "pause") carrier.pause(pauseMs);
  else if (!slow.includes(carrier)) {
    carrier.crash();
    world.after(world.spec.timing.takeoverMs * 2, () => carrier.start());
  }
  return what;
}

/**
 * Lets time pass, and asserts that no group is down for longer than the bound at a time, nor lost again and again: beside
 * the move, each slow server may lose it once, and then it is with one that is well. Not less than that: links that are
 * late by chance are prompt until they are not, so nobody can know a slow server before it has lost a permit. The second
 * one may get the group from the first, but neither gets it back. Who is well and was not told to loses nothing.
 */
function carried(world: World, slow: readonly Machine[], why: string): void {
  const boundMs = greyBoundMs(world.spec);
  const untilMs = world.nowMs + boundMs + world.spec.timing.takeoverMs;
  const downSinceMs = new Map<string, number>();
  const losses = new Losses(slow.map(({ name }) => name));
  while (world.nowMs < untilMs || downSinceMs.size > 0) {
    // A service that has been moved is well where it goes, and where it was.
    if (world.spec.groups.some(({ name }) => recovered(world, name))) world.ailments.clear();
    for (const { name } of world.spec.groups) {
      const [carrier, ...more] = world.online(name);
      const carried = carrier !== undefined && more.length === 0;
      if (carried) losses.carries(name, carrier);
      if (ordered(world, name) || carried || beyond(world, slow)) {
        downSinceMs.delete(name);
        continue;
      }
      let problem = downSinceMs.has(name) ? undefined : losses.lost(name);
      if (!downSinceMs.has(name)) downSinceMs.set(name, world.nowMs);
      const downMs = world.nowMs - downSinceMs.get(name)!;
      if (downMs > boundMs) problem = `${name} is down for ${Math.round(downMs)} ms`;
      if (problem !== undefined) throw new Violation(`grey is not bounded: ${problem}, ${why}; ${excuses(world)}`);
    }
    world.run(LOOK_MS);
  }
}

/** Who has lost which group after one move. */
class Losses {
  readonly #carriers = new Map<string, string>();
  readonly #losses = new Map<string, number>();
  /** Groups that somebody carried when the move was made, or before anybody did after it. */
  readonly #moved = new Map<string, string>();

  constructor(private readonly slow: readonly string[]) {}

  carries(group: string, server: string): void {
    this.#carriers.set(group, server);
    if (!this.#moved.has(group)) this.#moved.set(group, server);
  }

  /** A group has gone down. Returns what is wrong with that. */
  lost(group: string): string | undefined {
    const server = this.#carriers.get(group);
    // It was down before the move.
    if (server === undefined) return undefined;
    const key = `${group} on ${server}`;
    const times = (this.#losses.get(key) ?? 0) + 1;
    this.#losses.set(key, times);
    const most = (this.#moved.get(group) === server ? LOSSES : 0) + (this.slow.includes(server) ? 1 : 0);
    return times <= most ? undefined : `${server} loses ${group} for the ${times}. time`;
  }
}

/** A monitor has moved it away. */
function recovered(world: World, group: string): boolean {
  return world.machines.some(({ engine }) => engine?.glance.intent(group)?.recovery);
}

/** Stopped by an order, or on its way back to the server that it prefers: that is no loss. */
function ordered(world: World, group: string): boolean {
  return world.machines.some(({ engine }) => {
    const intent = engine?.glance.intent(group);
    return intent !== undefined && (!intent.run || intent.by === "the failback policy");
  });
}

/** Too many are gone (by a final action), or have their votes with one that is slow: no majority is well. */
function beyond(world: World, slow: readonly Machine[]): boolean {
  const lost = world.machines.filter((machine) =>
    !slow.includes(machine) && machine.engine?.glance.votes.includes(machine.name) !== true
  );
  return slow.length + lost.length > slowAtMost(world.spec);
}

function excuses(world: World): string {
  return world.machines.map(({ name, engine }) =>
    `${name}: ${engine?.view().groups.map(({ waiting, status }) => waiting ?? status).join(", ") ?? "down"}`
  ).join("; ");
}
