import assert from "node:assert/strict";
import type { GroupView, View } from "../../../core/cluster/view.ts";
import { type Fate, fateOf, type Wish } from "../../../core/cli/wish.ts";

const NOW = Date.parse("2026-01-01T14:15:05.000Z");

type Server = GroupView["servers"][number];

function viewOf(more: Partial<GroupView>, servers: Partial<Server>[] = []): View {
  const group = {
    name: "web",
    epoch: 4,
    carrier: null,
    known: true,
    lastKnown: null,
    waiting: null,
    why: "it is so",
    register: { epoch: 4, holder: null, won: false, released: false },
    intent: { version: 3, run: true, by: "alice" },
    servers: ["server1", "server2"].map((name, index) => ({
      name,
      status: "offline",
      ready: true,
      why: null,
      errors: 0,
      ...servers[index],
    })),
    ...more,
  } as GroupView;
  return { groups: [group] } as unknown as View;
}

const fate = (view: View, wish: Wish): Fate => fateOf(view, "web", wish, NOW);
const toServer2 = { version: 3, run: true, to: "server2", by: "alice" };

Deno.test("wish: done when the group is where it was wanted", () => {
  const online = viewOf({ carrier: "server1", intent: { ...toServer2, to: "server1" } }, [{ status: "online" }]);
  for (const wish of [{ op: "start" }, { op: "move", to: "server1" }] as const) {
    assert.deepEqual(fate(online, wish), { is: "done", text: "web is online on server1, epoch 4" });
  }
  const stopped = { version: 3, run: false, by: "alice" };
  assert.equal(fate(viewOf({ intent: stopped }), { op: "stop" }).is, "done");
  assert.deepEqual(
    fate(viewOf({ intent: stopped, known: false, lastKnown: { server: "server2", agoMs: 5_000 } }), { op: "stop" }),
    { is: "under way", text: "not known here; last known: server2 until 14:15:00 UTC; it is so" },
    "a server in a minority does not know that it is down",
  );
});

Deno.test("wish: one that was replaced is over at once, whoever did it", () => {
  const stopped = viewOf({ intent: { version: 4, run: false, by: "the failed start of vip1 on server1" } });
  const over = { is: "over", text: "the failed start of vip1 on server1 has stopped web since", final: true };
  assert.deepEqual([fate(stopped, { op: "start" }), fate(stopped, { op: "move", to: "server2" })], [over, over]);
  const elsewhere = viewOf({ intent: { version: 4, run: true, to: "server1", by: "bob" } });
  assert.deepEqual(fate(elsewhere, { op: "move", to: "server2" }), {
    is: "over",
    text: "bob moves web to server1 since",
    final: true,
  });
  assert.match(fate(viewOf({}), { op: "move", to: "server2" }).text, /alice has started web since/);
  assert.match(fate(viewOf({}), { op: "stop" }).text, /alice has started web since/);
  assert.deepEqual(fate({ groups: [] } as unknown as View, { op: "stop" }).is, "over");
});

Deno.test("wish: a target that dies, and a stop that fails, are told; what is on its way is not", () => {
  const dead = [{ status: "offline-pending" as const }, {
    status: "unknown" as const,
    ready: false,
    why: "has been silent for 900 ms",
  }];
  assert.deepEqual(fate(viewOf({ carrier: "server1", intent: toServer2 }, dead), { op: "move", to: "server2" }), {
    is: "over",
    text: "web does not come to server2: it has been silent for 900 ms; web is on server1",
    final: false,
  });
  const coming = [{}, { status: "online-pending" as const, ready: false, why: "x" }];
  assert.deepEqual(fate(viewOf({ carrier: "server2", intent: toServer2 }, coming), { op: "move", to: "server2" }), {
    is: "under way",
    text: "online-pending on server2; it is so",
  });
  const stopped = { version: 3, run: false, by: "alice" };
  const stuck = viewOf({ carrier: "server1", intent: stopped }, [{ status: "offline-failure" }]);
  assert.match(fate(stuck, { op: "stop" }).text, /could not be stopped on server1: baton explain web there/);
});
