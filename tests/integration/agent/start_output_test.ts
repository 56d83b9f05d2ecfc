import assert from "node:assert/strict";
import { StartOutputs } from "../../../core/agent/start_output.ts";
import { type Status } from "../../../core/cli/agent_client.ts";
import { renderStatus } from "../../../core/cli/status_text.ts";
import { styleFor } from "../../../core/cli/style.ts";
import { createBench } from "../../conformance/bench.ts";

Deno.test("the last lines of a start are kept until the next one, without what would move a cursor", async () => {
  await using bench = await createBench();
  const starts = new StartOutputs();
  const context = starts.watching("db1", bench.context({}));
  await context.exec(["sh", "-c", "seq 20; printf 'can\\033[2Jnot bind\\r\\n' >&2; exit 3"]);
  const { program, status, lines } = starts.view.db1!;
  assert.deepEqual([program, status], ["sh", 3]);
  assert.deepEqual(lines, ["16", "17", "18", "19", "20", "can [2Jnot bind"]);
  starts.watching("db1", bench.context({}));
  assert.deepEqual(starts.view, {});
});

Deno.test("status: what a start printed last stands below its resource", () => {
  const resource = (name: string) => ({ name, status: "online", failure: null });
  const group = {
    ...{
      name: "g",
      status: "online",
      carrier: "server1",
      epoch: 3,
      permitLeftMs: null,
      waiting: null,
      forMs: 0,
      why: "it is here",
    },
    resources: [resource("vip1"), resource("db1")],
    servers: [],
  };
  const view = {
    me: "server1",
    votes: { held: ["server1"], total: 1, majority: 1, visible: [], quorum: true },
    tieBreaker: null,
    disk: { lastMs: 3, waitingMs: null, slow: null },
    servers: [],
    groups: [group],
    monitors: [],
  };
  const start = { program: "/opt/db/start.sh", status: 0, at: "2026-01-02T03:04:05.678Z", lines: ["a", "b", "c", "d"] };
  const shown = renderStatus(
    {
      ...{ version: "1.2.3", cluster: "c", server: "server1", devices: [], fence: null, witness: null, paths: [] },
      ...{ modules: [], checks: {}, reasons: [], view, starts: { db1: start, vip1: { ...start, lines: [] } } },
    } as unknown as Status,
    styleFor(false),
  ).split("\n").map((line) => line.trim());
  const at = shown.indexOf("online          db1");
  assert.deepEqual(shown.slice(at - 1, at + 5), [
    "online          vip1",
    "online          db1",
    "/opt/db/start.sh printed last (03:04:05):",
    ...["b", "c", "d"],
  ]);
});
