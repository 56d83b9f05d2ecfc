import assert from "node:assert/strict";
import { FileNewsBoard } from "../../../../core/agent/apply/file_news.ts";
import { READY_MS, takerOf, waitsFor } from "../../../../core/agent/apply/turn.ts";
import type { View } from "../../../../core/cluster/view.ts";

interface Facts {
  /** What server2 and server3 run. */
  running?: [string, string];
  offline?: string;
  voteless?: string;
  carrier?: string | null;
  ready?: boolean;
  mayMove?: boolean;
  waitedMs?: number;
  quorum?: boolean;
  still?: boolean;
}

/** As server1 sees it; the order is server2, server3, server1. */
function asked(facts: Facts): string | null {
  const { running = ["new", "new"], carrier = "server1", ready = true, mayMove = true, waitedMs = 0 } = facts;
  const board = new FileNewsBoard();
  for (const [index, server] of ["server2", "server3"].entries()) {
    board.hear(server, { generation: 1, digest: "new", running: running[index]! });
  }
  const view = {
    votes: { quorum: facts.quorum ?? true },
    servers: ["server1", "server2", "server3"].map((name) => ({
      name,
      status: facts.offline === name ? "offline" : "online",
      votes: facts.voteless === name ? [] : [name],
    })),
    groups: [{
      name: "g",
      carrier,
      status: carrier === "server1" ? "online" : "offline",
      servers: [{ name: "server1", ready: true }, { name: "server2", ready }],
    }],
  } as unknown as View;
  const order = ["server2", "server3", "server1"];
  const applied = { generation: 1, digest: "new", order, mayMove, by: "test" };
  return waitsFor({ me: "server1", applied, view, board, waitedMs, still: facts.still ?? false })?.why ?? null;
}

Deno.test("turn: a server waits for those before it, until they run the file and have their votes", () => {
  assert.equal(asked({}), null);
  assert.match(asked({ running: ["old", "old"] })!, /server2 comes before it/);
  assert.match(asked({ running: ["new", "old"] })!, /server3 comes before it/);
  assert.match(asked({ offline: "server2" })!, /server2 comes before it and is not heard/);
  assert.match(asked({ voteless: "server3" })!, /server3 has yet to get its vote back/);
  assert.match(asked({ quorum: false })!, /no majority/);
});

Deno.test("turn: where nothing may be carried until all run the file, no vote is waited for, but everybody before is", () => {
  assert.equal(asked({ still: true, voteless: "server2", quorum: false, carrier: null }), null);
  assert.match(asked({ still: true, running: ["new", "old"] })!, /server3 comes before it/);
  assert.match(asked({ still: true, offline: "server2" })!, /server2 comes before it and is not heard/);
  assert.match(asked({ still: true, mayMove: false })!, /carries g/);
});

Deno.test("turn: who carries goes only when that is allowed and another is ready, or was not for a while", () => {
  assert.match(asked({ mayMove: false })!, /carries g, and the file was applied without --allow-restart/);
  assert.equal(asked({ mayMove: false, carrier: "server2" }), null);
  assert.match(asked({ ready: false })!, /no other server is ready to take g/);
  assert.equal(asked({ ready: false, waitedMs: READY_MS }), null);
});

/** Whom server1 hands g to; `ready` in the order of the group's servers. */
function taker(ready: readonly string[], running: Readonly<Record<string, string>>): string | undefined {
  const board = new FileNewsBoard();
  for (const [server, digest] of Object.entries(running)) {
    board.hear(server, { generation: 1, digest: "new", running: digest });
  }
  const servers = ["server1", "server2", "server3"].map((name) => ({ name, ready: ready.includes(name) }));
  const view = { groups: [{ name: "g", servers }] } as unknown as View;
  const applied = { generation: 1, digest: "new", order: [], mayMove: true, by: "test" };
  return takerOf("g", { me: "server1", applied, view, board, waitedMs: 0 });
}

Deno.test("turn: a group goes to who runs the new file already, else to the first that is ready, never to who is not", () => {
  const both = ["server1", "server2", "server3"];
  assert.equal(taker(both, { server2: "old", server3: "new" }), "server3");
  assert.equal(taker(both, { server2: "new", server3: "old" }), "server2");
  assert.equal(taker(both, { server2: "new", server3: "new" }), "server2");
  assert.equal(taker(both, { server2: "old", server3: "old" }), "server2");
  assert.equal(taker(both, {}), "server2");
  assert.equal(taker(["server1", "server2"], { server2: "old", server3: "new" }), "server2");
  assert.equal(taker(["server1"], { server2: "new" }), undefined);
});
