import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { Inbox } from "../../../core/agent/inbox.ts";
import { Interconnect } from "../../../core/agent/interconnect.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";
import type { Event } from "../../../core/cluster/events.ts";
import { beatOf, eventually, freePorts } from "../../unit/agent/helpers.ts";

const keys = new KeyRing([new TextEncoder().encode("k".repeat(64))]);

function inbox(): { box: Inbox; taken: string[] } {
  const taken: string[] = [];
  const handle = (event: Event) => {
    if (event.type !== "beat") return taken.push(event.type);
    const { from, incarnation, sequence } = event.beat;
    return taken.push(`${from} ${incarnation} ${sequence}`);
  };
  return { box: new Inbox(handle), taken };
}

Deno.test("inbox: of the heartbeats that wait the latest of each life is handed over, in the place of the first", async () => {
  const { box, taken } = inbox();
  const life = (incarnation: string) => ({ incarnation });
  box.put(beatOf("server2", 1, life("a")));
  box.put(beatOf("server3", 7, life("b")));
  box.put(beatOf("server2", 3, life("a")));
  box.put(beatOf("server2", 2, life("a")));
  box.put(beatOf("server2", 1, life("c")));
  assert.deepEqual(taken, []);
  await setImmediate();
  assert.deepEqual(taken, ["server2 a 3", "server3 b 7", "server2 c 1"]);
  box.put(beatOf("server2", 4, life("a")));
  await setImmediate();
  assert.deepEqual(taken.slice(3), ["server2 a 4"]);
});

Deno.test("inbox: what waits goes before something that came later, and is not handed over again", async () => {
  const { box, taken } = inbox();
  box.put(beatOf("server2", 1, { incarnation: "a" }));
  box.pass({ type: "tick" });
  assert.deepEqual(taken, ["server2 a 1", "tick"]);
  await setImmediate();
  assert.equal(taken.length, 2);
});

Deno.test("inbox: of the heartbeats that pile up at the socket a slow server takes the latest", async () => {
  const [one, two] = (await freePorts(2)).map((port) => ({ host: "127.0.0.1", port }));
  const common = { cluster: "c", keys, onUnclear: () => {}, onTrouble: () => {} };
  const sender = await Interconnect.open({
    ...common,
    me: "server1",
    own: [one!],
    peers: new Map([["server2", [two!]]]),
    onBeat: () => {},
  });
  const taken: number[] = [];
  const slowStep = (event: Event) => {
    const untilMs = performance.now() + 10;
    while (performance.now() < untilMs);
    if (event.type === "beat") taken.push(event.beat.sequence);
  };
  const box = new Inbox(slowStep);
  const receiver = await Interconnect.open({
    ...common,
    me: "server2",
    own: [two!],
    peers: new Map([["server1", [one!]]]),
    onBeat: (beat) => box.put(beat),
  });
  try {
    const beats = 40;
    for (let sequence = 1; sequence <= beats; sequence++) sender.send(beatOf("server1", sequence));
    await eventually("the last", () => taken.at(-1) === beats);
    assert.ok(taken.length <= beats / 2, `${taken.length} steps for ${beats} heartbeats that were there at once`);
  } finally {
    await sender.close();
    await receiver.close();
  }
});
