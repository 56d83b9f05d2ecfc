/** What a carrier does first when it wakes up, and what it does not: real agents on the sandbox, the fast timing. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { carriesFirst, statusOf, until } from "./waiting.ts";

const MUTATING = ["ReplaceRoute", "CreateRoute", "AssociateAddress", "DisassociateAddress"];

async function withCluster(work: (cluster: DemoCluster, one: Machine, two: Machine) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-pause-" });
  const cluster = await DemoCluster.make("vip", folder);
  const [one, two] = cluster.machines as [Machine, Machine];
  try {
    cluster.observer.start();
    await work(cluster, one, two);
    assert.equal(cluster.observer.overlaps, 0);
  } finally {
    if (one.pid !== undefined) Deno.kill(one.pid, "SIGCONT");
    await cluster.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the journal of a server has got since it had `from` lines. */
async function journal(machine: Machine, from = 0): Promise<{ code: string; group?: string }[]> {
  const text = await Deno.readTextFile(join(machine.folder, "state", "journal.jsonl"));
  return text.trim().split("\n").slice(from).map((line) => JSON.parse(line));
}

/** The calls of server1 that change anything, since it had made `from` of them. */
function changes(cluster: DemoCluster, from = 0) {
  return cluster.sandbox.calls.list({ server: "server1" }).filter(({ action }) => MUTATING.includes(action)).slice(
    from,
  );
}

/** Wakes server1 and asserts that all it does with the group before anything else is to fence it. */
async function wakes(cluster: DemoCluster, one: Machine, two: Machine, made: number): Promise<void> {
  const written = (await journal(one)).length;
  Deno.kill(one.pid!, "SIGCONT");
  const codes = async () =>
    (await journal(one, written)).filter(({ group }) => group === "failover1").map(({ code }) => code);
  await until("server1 has fenced itself", async () => (await codes()).includes("fenced"));
  const seen = await codes();
  assert.equal(seen[0], "permit-lost", seen.join(" "));
  const before = seen.slice(0, seen.indexOf("fenced"));
  for (const code of ["activated", "online", "won", "claim"]) assert.ok(!before.includes(code), before.join(" "));
  // Long enough for whatever was under way when it was stopped.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.deepEqual(changes(cluster, made), [], "a call that changes something was sent by one without a permit");
  assert.equal(one.appRuns(), false);
  assert.deepEqual(one.addresses(), []);
  assert.equal(await statusOf(two), "online");
  assert.equal(cluster.observer.answering(), "server2");
}

Deno.test("SIGSTOP of the carrier until the other serves: when it goes on it fences, raises nothing and changes nothing", () =>
  withCluster(async (cluster, one, two) => {
    one.start();
    two.start();
    await carriesFirst(one, two);
    const made = changes(cluster).length;
    Deno.kill(one.pid!, "SIGSTOP");
    await until(
      "its dead man's switch has taken everything down",
      () => !one.appRuns() && one.addresses().length === 0,
    );
    await until("server2 carries", async () => await statusOf(two) === "online");
    await wakes(cluster, one, two, made);
  }));

Deno.test("SIGSTOP in the middle of an activation: what was to follow does not follow when it goes on", () =>
  withCluster(async (cluster, one, two) => {
    // Its reads take long enough to be stopped between one of them and the change that would follow.
    cluster.sandbox.faults.add({ kind: "latency", server: "server1", ms: 700 });
    one.start();
    two.start();
    await until(
      "server1 is activating",
      async () => await statusOf(one) === "online-pending" && one.appRuns(),
      { everyMs: 10 },
    );
    const made = changes(cluster).length;
    assert.equal(made, 0);
    Deno.kill(one.pid!, "SIGSTOP");
    await until("server2 carries", async () => await statusOf(two) === "online");
    await wakes(cluster, one, two, made);
  }));
