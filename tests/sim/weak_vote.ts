/**
 * The one history that a tie-breaker can't keep to one carrier, told once and for all: two servers, the link between them
 * is cut in both directions, and both still reach the acknowledgement device. It says "you are not cut off" to both. What
 * is promised instead: when they hear each other again both stop, and neither starts until an operator has looked.
 */
import { strict as assert } from "node:assert";
import { clusterOf } from "./kinds.ts";
import type { Line } from "../../core/simulation/story.ts";
import { World } from "../../core/simulation/world.ts";

/** The seed of the history that is told everywhere. */
export const WEAK_VOTE_SEED = 7;

/** What came of it. */
export interface WeakVoteStory {
  /** How long the group was active on both, in milliseconds of true time. */
  bothActiveMs: number;
  /** From the moment the link was mended until the group was down on both. */
  detectedAfterMs: number;
  lines: Line[];
}

/** Lets the history happen and asserts each of its steps. */
export function weakVote(seed = WEAK_VOTE_SEED): WeakVoteStory {
  const world = new World(clusterOf("two-and-tie-breaker", 1), seed);
  const { timing } = world.spec;
  const group = world.spec.groups[0]!.name;
  const carriers = () => world.machines.filter((machine) => machine.active(group)).map(({ name }) => name);
  world.keepStory = true;
  world.startAll();
  world.run(2 * timing.takeoverMs);
  assert.deepEqual(carriers(), ["server1"], "one carrier while all is well");

  world.tolerated = [];
  world.cut("server1", "server2");
  world.cut("server2", "server1");
  const bothSinceMs = until(world, () => carriers().length === 2, 2 * timing.takeoverMs, "both carry");
  world.run(timing.takeoverMs);
  assert.deepEqual(carriers(), ["server1", "server2"], "and nothing tells them");
  assert.ok(world.tolerated.length > 0, "the world has seen it");

  world.heal();
  const mendedMs = world.nowMs;
  const downMs = until(world, () => carriers().length === 0, timing.takeoverMs, "both are down");
  for (const server of world.spec.servers) {
    const told = world.story.some(({ server: who, reason }) =>
      who === server && (reason.code === "both-active" || /goes down: the discovery of two/.test(reason.text))
    );
    assert.ok(told, `${server} says why it stops`);
  }

  world.run(20 * timing.takeoverMs);
  assert.deepEqual(carriers(), [], "nobody starts it again by itself");
  const views = world.machines.map((machine) => machine.engine?.view().groups[0]);
  for (const view of views) assert.match(view?.waiting ?? "", /the discovery of two carriers .* stopped it/);

  world.tolerated = null;
  const request = { op: "start", group, by: "operator" } as const;
  world.machine("server2").deliver({ type: "operator", request });
  world.run(timing.takeoverMs);
  assert.equal(carriers().length, 1, "an operator starts it, once");
  return { bothActiveMs: downMs - bothSinceMs, detectedAfterMs: downMs - mendedMs, lines: world.story };
}

/** Lets time pass until something is true; returns when. */
function until(world: World, isTrue: () => boolean, withinMs: number, what: string): number {
  const startMs = world.nowMs;
  while (!isTrue()) {
    assert.ok(world.nowMs - startMs < withinMs, `${what}, within ${withinMs} ms`);
    world.run(10);
  }
  return world.nowMs;
}
