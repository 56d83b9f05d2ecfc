import assert from "node:assert/strict";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import { clusterOf } from "../../sim/kinds.ts";
import { step } from "./quick_disk.ts";

function engineOf(me: string, life: number): Engine {
  const durable = emptyDurableState();
  return new Engine({
    spec: clusterOf("two", 1),
    me,
    incarnation: `${me}-${life}`,
    durable,
    remembers: life > 1,
    nowMs: 0,
    seed: 1,
  });
}

function beatOf(engine: Engine, nowMs: number): Beat {
  const { beat } = step(engine, { type: "tick" }, nowMs);
  assert.ok(beat, `a beat is due at ${nowMs} ms`);
  return beat;
}

const silentMs = (engine: Engine): number | null =>
  engine.view().servers.find(({ name }) => name === "server2")!.silentMs;

/** server1, which has heard server2's second life; and a beat of server2's first life that is still on its way. */
function afterARestart(): { server1: Engine; late: Beat } {
  const server1 = engineOf("server1", 1);
  const first = engineOf("server2", 1);
  step(first, { type: "beat", beat: beatOf(server1, 0) }, 1);
  step(server1, { type: "beat", beat: beatOf(first, 300) }, 301);
  step(first, { type: "beat", beat: beatOf(server1, 600) }, 601);
  const late = beatOf(first, 900);
  const second = engineOf("server2", 2);
  step(server1, { type: "beat", beat: beatOf(second, 0) }, 1_000);
  step(second, { type: "beat", beat: beatOf(server1, 1_200) }, 1);
  step(server1, { type: "beat", beat: beatOf(second, 300) }, 1_300);
  assert.equal(silentMs(server1), 0, "the second life is heard");
  return { server1, late };
}

Deno.test("a late packet of a process that is gone is no sign of life", () => {
  const { server1, late } = afterARestart();
  step(server1, { type: "tick" }, 1_400);
  step(server1, { type: "beat", beat: late }, 1_500);
  assert.equal(silentMs(server1), 200);
});

Deno.test("nor is a packet of the second life believed before it has heard this server", () => {
  const server1 = engineOf("server1", 1);
  const second = engineOf("server2", 2);
  step(server1, { type: "beat", beat: beatOf(second, 0) }, 100);
  assert.equal(silentMs(server1), null, "it may have been recorded and sent again");
  step(second, { type: "beat", beat: beatOf(server1, 300) }, 1);
  step(server1, { type: "beat", beat: beatOf(second, 300) }, 400);
  assert.equal(silentMs(server1), 0);
});

Deno.test("a recorded packet of a life that is over does not take the place of the server that is alive", () => {
  const { server1, late } = afterARestart();
  step(server1, { type: "beat", beat: late }, 1_400);
  assert.deepEqual(beatOf(server1, 1_600).acks.server2, { incarnation: "server2-2", sentMs: 300, taken: true });
});
