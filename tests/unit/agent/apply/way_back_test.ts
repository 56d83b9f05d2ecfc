import assert from "node:assert/strict";
import type { Applied } from "../../../../core/agent/apply/config_store.ts";
import { wayBack } from "../../../../core/agent/apply/way_back.ts";
import type { View } from "../../../../core/cluster/view.ts";

const APPLIED: Applied = { generation: 3, digest: "d", order: ["a", "b"], mayMove: true, by: "test" };

function view(silent: readonly string[], quorum = true): View {
  const servers = ["a", "b", "c"].map((name) => ({ name, status: silent.includes(name) ? "offline" : "online" }));
  return { servers, votes: { quorum } } as unknown as View;
}

Deno.test("way back: everybody who is heard takes part; who was left out of the file that failed does not hold it up", () => {
  assert.deepEqual(wayBack(APPLIED, view([])), { without: [] });
  assert.deepEqual(wayBack(APPLIED, view(["c"])), { without: ["c"] });
});

Deno.test("way back: waits for who has the file that failed, for a majority, and never goes back from a way back", () => {
  assert.match((wayBack(APPLIED, view(["b"])) as { waits: string }).waits, /b has to be heard/);
  assert.match((wayBack(APPLIED, view(["c"], false)) as { waits: string }).waits, /majority/);
  assert.match((wayBack({ ...APPLIED, back: true }, view([])) as { waits: string }).waits, /apply one with which all/);
});
