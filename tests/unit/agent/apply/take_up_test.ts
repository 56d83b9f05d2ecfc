import assert from "node:assert/strict";
import type { Applied } from "../../../../core/agent/apply/config_store.ts";
import { FileNewsBoard } from "../../../../core/agent/apply/file_news.ts";
import { TakeUp, type TakeUpHost } from "../../../../core/agent/apply/take_up.ts";
import type { Reason } from "../../../../core/cluster/reasons.ts";
import type { View } from "../../../../core/cluster/view.ts";
import type { ClusterConfig } from "../../../../core/config/config.ts";
import { read, yaml } from "../../config/fakes.ts";

const OLD = await read(
  yaml({ monitors: "monitors: { m: { type: aws-az, zone: z, recovery: { target: LocalServer } } }" }),
);
const APPLIED: Applied = { generation: 1, digest: "new", order: ["server1"], mayMove: true, by: "test" };

/** The file with another check, and what is said of it. */
function withCheck(warnings: string[]): ClusterConfig {
  const monitors = OLD.monitors.map((one) => ({ ...one, intervalMs: one.intervalMs + 1_000 }));
  return { ...OLD, monitors, digest: "0123456789abcdef", warnings };
}

interface Taken {
  waits: string | null;
  noted: Reason[];
  did: string[];
}

/** An agent without peers takes a file up. */
async function taken(config: ClusterConfig, groups: View["groups"] = []): Promise<Taken> {
  const noted: Reason[] = [];
  const did: string[] = [];
  const host: TakeUpHost = {
    server: "server1",
    running: () => OLD,
    view: () => ({ servers: [], groups, votes: { quorum: true } }) as unknown as View,
    note: (reasons) => void noted.push(...reasons),
    swap: () => Promise.resolve(void did.push("swap")),
    move: (group, to) => void did.push(`move ${group} to ${to}`),
    restart: () => void did.push("restart"),
  };
  const store = { passed: () => Promise.resolve(void did.push("passed")) };
  const keep = { keep: (digest: string) => Promise.resolve(void did.push(`keep ${digest}`)) };
  const waits = await new TakeUp(host, store, keep, new FileNewsBoard()).next(config, APPLIED);
  return { waits, noted, did };
}

Deno.test("take up: an agent that goes on with a new file says what is to be known of the file, as one that starts", async () => {
  const { waits, noted, did } = await taken(withCheck(["quorum: one device only", "status: anybody can read it"]));
  assert.equal(waits, null);
  assert.deepEqual(did, ["swap", "passed", "keep 0123456789abcdef"]);
  assert.deepEqual(noted.map(({ code, level, text }) => [code, level, text]), [
    [
      "file",
      "info",
      `The agent goes on with the file 0123456789ab: other checks or rules of ${OLD.monitors[0]!.name}.`,
    ],
    ["file", "warning", `${OLD.path}: quorum: one device only.`],
    ["file", "warning", `${OLD.path}: status: anybody can read it.`],
  ]);
});

Deno.test("take up: an agent that has to start again leaves the warnings to the one that starts", async () => {
  const { waits, noted, did } = await taken({ ...withCheck(["quorum: one device only"]), cluster: "another" });
  assert.equal(waits, "it starts again");
  assert.deepEqual(did, ["restart"]);
  assert.deepEqual(noted.map(({ text }) => text), ["The agent starts again with the file 0123456789ab."]);
});

/** A group that is online here; the other server is ready for it, or not. */
function carried(ready: boolean): View["groups"] {
  const servers = [{ name: "server1", status: "online", ready: true }, { name: "server2", status: "offline", ready }];
  const group = { name: "g", status: "online", carrier: "server1", intent: { run: true }, resources: [], servers };
  return [group] as unknown as View["groups"];
}

Deno.test("take up: an agent that has to start again moves its groups first, and stays while they can't be taken", async () => {
  const other = { ...withCheck([]), cluster: "another" };
  const { waits, did } = await taken(other, carried(true));
  assert.deepEqual(did, ["move g to server2"]);
  assert.match(waits ?? "", /it has to be without g for that, and moves g to server2; .* move it by hand/);
  const alone = await taken(other, carried(false));
  assert.deepEqual(alone.did, []);
  assert.match(alone.waits ?? "", /no other server is ready to take g/);
});

Deno.test("take up: what a running agent takes moves nothing, whatever it carries", async () => {
  const { waits, did } = await taken(withCheck([]), carried(true));
  assert.equal(waits, null);
  assert.deepEqual(did, ["swap", "passed", "keep 0123456789abcdef"]);
});
