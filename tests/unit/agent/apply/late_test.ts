import assert from "node:assert/strict";
import type { Applying } from "../../../../core/agent/apply/applying.ts";
import { Coordinator } from "../../../../core/agent/apply/coordinator.ts";
import type { View } from "../../../../core/cluster/view.ts";
import type { Change } from "../../../../core/config/change.ts";

Deno.test("late: who has prepared a file and does not confirm that it counts is named, with what it said", async () => {
  const view = {
    votes: { visible: ["server1", "server2", "server3"], total: 3, majority: 2, quorum: true },
    servers: ["server1", "server2", "server3"].map((name) => ({ name, status: "online", votes: [name] })),
    groups: [],
  } as unknown as View;
  const change: Change = {
    reach: "live",
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
  const ask = (server: string, question: { do: string }) =>
    server === "server3" && question.do === "commit"
      ? Promise.reject(new Error("no space left on device"))
      : Promise.resolve(null);
  const applying = {
    applied: { generation: 1, digest: "old", order: [], mayMove: false, by: "" },
    board: { generation: 1 },
    host: { server: "server1", view: () => view, ask },
    prepare: () => Promise.resolve(change),
    commit: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  } as unknown as Applying;
  const request = { text: "the new file", without: [], mayMove: false, by: "test" };
  const { late, generation } = await new Coordinator(applying).apply(request, AbortSignal.timeout(5_000));
  assert.deepEqual([generation, late], [2, [{ server: "server3", why: "no space left on device" }]]);
});
