import assert from "node:assert/strict";
import { renderDropIns } from "../../../core/cli/drop_in_text.ts";
import type { Status } from "../../../core/cli/agent_client.ts";
import { renderStatus } from "../../../core/cli/status_text.ts";
import { styleFor } from "../../../core/cli/style.ts";
import type { DropInState } from "../../../core/host/drop_in.ts";

const WELL: DropInState = {
  type: "port443",
  kind: "monitor",
  file: "/etc/baton/plugins/port443.ts",
  pid: 4711,
  alone: false,
  memoryMb: 58,
  cpuMs: 120,
  calls: 12,
  failures: 2,
  latestMs: 3,
  longestMs: 40,
  misdeed: null,
  outdated: null,
};

const render = (state: Partial<DropInState>) => renderDropIns([{ ...WELL, ...state }], styleFor(false));

Deno.test("status: a drop-in shows where it runs, what it uses and how its calls went", () => {
  const calls = "12 calls, 2 failed, the latest took 3 ms, the longest 40 ms";
  assert.deepEqual(render({}), [`  runs     port443          monitor, shared process 4711 with 58 MiB, ${calls}`]);
  assert.deepEqual(render({ alone: true, memoryMb: null }), [
    `  runs     port443          monitor, process 4711, ${calls}`,
  ]);
  assert.deepEqual(render({ pid: null, calls: 0, failures: 0, latestMs: null, longestMs: null }), [
    "  off      port443          monitor, not called yet",
  ]);
});

Deno.test("status: what a drop-in did wrong, and a version that is not used, have a line of their own", () => {
  const misdeed = { time: "2026-01-02T03:04:05.678Z", reason: "it does not end", count: 1 };
  assert.equal(
    render({ misdeed })[1],
    "    its process was ended once, last 2026-01-02 03:04:05 UTC: it does not end",
  );
  assert.match(render({ misdeed: { ...misdeed, count: 3 } })[1]!, /was ended 3 times, last /);
  const [first, second] = render({ outdated: "line 3: Unexpected token" });
  assert.match(first!, /^ {2}outdated port443 /);
  assert.equal(second, "    its new version is not used: line 3: Unexpected token");
});

Deno.test("status: drop-ins stand under a heading, and only where there are some", () => {
  const status = (dropIns: DropInState[] | undefined) =>
    renderStatus({
      version: "1.2.3",
      cluster: "c",
      server: "server1",
      view: {
        me: "server1",
        votes: { held: ["server1"], total: 1, majority: 1, visible: [], quorum: true },
        tieBreaker: null,
        disk: { lastMs: 3, waitingMs: null, slow: null },
        servers: [],
        groups: [],
        monitors: [],
      },
      devices: [],
      fence: null,
      witness: null,
      paths: [],
      checks: {},
      reasons: [],
      dropIns,
    } as unknown as Status, styleFor(false));
  const lines = status([WELL]).split("\n");
  assert.ok(lines[lines.indexOf("Drop-ins:") + 1]?.includes("port443"), lines.join("\n"));
  for (const none of [[], undefined]) assert.ok(!status(none).includes("Drop-ins"));
});
