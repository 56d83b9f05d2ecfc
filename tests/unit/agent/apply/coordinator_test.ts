import assert from "node:assert/strict";
import type { Applying } from "../../../../core/agent/apply/applying.ts";
import { Coordinator } from "../../../../core/agent/apply/coordinator.ts";
import type { Applied } from "../../../../core/agent/apply/config_store.ts";
import type { View } from "../../../../core/cluster/view.ts";
import type { Change } from "../../../../core/config/change.ts";

/** What server1 has every server prepare, when `others` is the highest generation that it has heard of. */
async function prepared(others: number, carriers: readonly (string | null)[]): Promise<Applied> {
  const servers = ["server1", "server2", "server3", "server4"];
  const view = {
    votes: { visible: servers, total: 4, majority: 3, quorum: true },
    tieBreaker: null,
    servers: servers.map((name) => ({ name, status: "online", votes: [name] })),
    groups: carriers.map((carrier, at) => ({ name: `g${at}`, carrier, intent: { run: true } })),
  } as unknown as View;
  const change: Change = {
    reach: "agent",
    monitors: [],
    groups: [],
    moves: [],
    devices: false,
    down: [],
    gone: [],
    added: [],
    refusals: [],
    bearable: true,
    warnings: [],
  };
  const asked: Applied[] = [];
  const applying = {
    applied: { generation: 4, digest: "old", order: [], mayMove: false, by: "" },
    board: { generation: others },
    host: {
      server: "server1",
      view: () => view,
      ask: (_server: string, { applied }: { applied?: Applied }) => {
        if (applied) asked.push(applied);
        return Promise.resolve(null);
      },
    },
    prepare: (_from: string, applied: Applied) => (asked.push(applied), Promise.resolve(change)),
    commit: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  } as unknown as Applying;
  const request = { text: "the new file", without: [], mayMove: true, by: "test" };
  const outcome = await new Coordinator(applying).apply(request, AbortSignal.timeout(5_000));
  for (const { generation, order } of asked) {
    assert.deepEqual([generation, order], [outcome.generation, outcome.order], "all are told the same");
  }
  return asked[0]!;
}

Deno.test("coordinator: a file's generation is above those of all servers, also where this one has missed some", async () => {
  assert.equal((await prepared(0, [null])).generation, 5);
  assert.equal((await prepared(4, [null])).generation, 5);
  assert.equal((await prepared(9, [null])).generation, 10);
});

Deno.test("coordinator: servers without a group start again first, whichever of them are listed first", async () => {
  assert.deepEqual((await prepared(4, ["server1"])).order, ["server2", "server3", "server4", "server1"]);
  assert.deepEqual((await prepared(4, ["server3", "server1"])).order, ["server2", "server4", "server1", "server3"]);
  assert.deepEqual((await prepared(4, [null])).order, ["server1", "server2", "server3", "server4"]);
});
