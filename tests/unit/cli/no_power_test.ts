import assert from "node:assert/strict";
import type { Status } from "../../../core/cli/agent_client.ts";
import { renderStatus } from "../../../core/cli/status_text.ts";
import { styleFor } from "../../../core/cli/style.ts";
import type { JournalLine } from "../../../core/agent/journal.ts";
import type { ServerView } from "../../../core/cluster/view.ts";

function textOf(noPower: Status["noPower"]): string {
  const server = (name: string, noPower: boolean): ServerView => ({
    name,
    status: "online",
    silentMs: name === "server1" ? null : 12,
    unclear: null,
    votes: [name],
    noPower,
  });
  const status = {
    cluster: "c",
    server: "server1",
    view: {
      me: "server1",
      leaving: false,
      votes: { held: ["server1"], total: 2, majority: 2, visible: ["server1", "server2"], quorum: true },
      disk: { lastMs: 3, waitingMs: null, slow: null },
      servers: [server("server1", Boolean(noPower)), server("server2", true)],
      groups: [],
      monitors: [],
    },
    devices: [],
    paths: [],
    checks: {},
    reasons: [],
    noPower,
  };
  return renderStatus(status as unknown as Status, styleFor(false));
}

Deno.test("status: an agent with --no-power says so before anything else, with the latest it did not do", () => {
  const lines: JournalLine[] = Array.from({ length: 7 }, (_, index) => ({
    time: `2026-01-01T00:00:0${index}.000Z`,
    server: "server1",
    code: "power-withheld",
    level: "error",
    text: `Only said: ${index}.`,
  }));
  const said = textOf({ withheld: lines }).split("\n");
  assert.match(said[2]!, /^Power: NOT USED \(--no-power\): .* so two servers may carry it/);
  assert.deepEqual(said.slice(3, 8), [2, 3, 4, 5, 6].map((index) => `  00:00:0${index} Only said: ${index}.`));
  assert.match(textOf({ withheld: [] }), /^Power: NOT USED .*\n {2}nothing would have been done so far\n/m);
});

Deno.test("status: of another server it is said beside it, and nothing where power is used", () => {
  const text = textOf(null);
  assert.doesNotMatch(text, /Power:/);
  assert.match(text, /server1 +this server\n/);
  assert.match(text, /server2 +heard 12 ms ago; runs with --no-power\n/);
});
