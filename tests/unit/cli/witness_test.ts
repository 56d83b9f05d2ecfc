import assert from "node:assert/strict";
import type { WitnessState } from "../../../core/agent/witness_runner.ts";
import type { View } from "../../../core/cluster/view.ts";
import type { Status } from "../../../core/cli/agent_client.ts";
import { renderStatus } from "../../../core/cli/status_text.ts";
import { styleFor } from "../../../core/cli/style.ts";

function linesOf(
  witness: WitnessState | null,
  start = "Witness",
  disk: View["disk"] = { lastMs: 3, waitingMs: null, slow: null },
): string[] {
  const status = {
    version: "1.2.3",
    cluster: "c",
    server: "server1",
    view: {
      me: "server1",
      votes: { held: ["server1"], total: 3, majority: 2, visible: [], quorum: true },
      tieBreaker: null,
      disk,
      servers: [],
      groups: [],
      monitors: [],
    },
    devices: [],
    fence: null,
    witness,
    paths: [],
    checks: {},
    reasons: [],
  } as unknown as Status;
  return renderStatus(status, styleFor(false)).split("\n").filter((line) => line.startsWith(start));
}

Deno.test("status: the witness shows whether it answers, and that its vote is sound", () => {
  const state = { name: "store", type: "s3", message: "answered", latencyMs: 12 };
  const sound = "a sound vote: only one side of a partition can have it";
  assert.deepEqual(linesOf(null), []);
  assert.deepEqual(linesOf({ ...state, reached: true }), [
    `Witness: reached (store, s3: answered within 12 ms); ${sound}`,
  ]);
  assert.deepEqual(linesOf({ ...state, reached: false, message: "it was denied; allow it" }), [
    `Witness: not reached (store, s3: it was denied; allow it); ${sound}`,
  ]);
  assert.deepEqual(linesOf({ ...state, reached: null, message: "not asked yet", latencyMs: null }), [
    `Witness: not asked yet (store, s3); ${sound}`,
  ]);
});

Deno.test("status: how long the disk takes, and what a slow one means", () => {
  assert.deepEqual(linesOf(null, "Disk"), ["Disk: well, 3 ms for the latest write of the state"]);
  assert.deepEqual(linesOf(null, "Disk", { lastMs: null, waitingMs: null, slow: null }), []);
  assert.deepEqual(linesOf(null, "Disk", { lastMs: 3, waitingMs: 2_000, slow: "has waited 2.0 s for its disk" }), [
    "Disk: this server has waited 2.0 s for its disk: its votes come late, and another server is named where one could carry",
  ]);
});
