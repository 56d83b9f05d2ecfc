/** Agents that are tried out with `--no-power`: nothing is turned off, and nothing counts as turned off. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { answerOf, carriesFirst, online, statusOf, until, withheldBy } from "./waiting.ts";

/** For so long a takeover that must not happen is watched for, in milliseconds. */
const WATCHED_MS = 4_000;

async function onCluster(
  work: (cluster: DemoCluster, one: Machine, two: Machine) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-no-power-" });
  const cluster = await DemoCluster.make("vip", folder);
  const [one, two] = cluster.machines as [Machine, Machine];
  try {
    await work(cluster, one, two);
  } finally {
    await cluster.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function edit(machine: Machine, change: (yaml: string) => string): Promise<void> {
  const path = join(machine.folder, "cluster.yaml");
  const yaml = await Deno.readTextFile(path);
  const changed = change(yaml);
  assert.notEqual(changed, yaml);
  await Deno.writeTextFile(path, changed);
}

Deno.test("--no-power: a server that can't stop its group stays on, says what it would have done, and goes on trying", () =>
  onCluster(async (cluster, one, two) => {
    // As long as this file is there, stopping the service on server1 takes for ever.
    const up = join(one.folder, "up");
    const hang = ["sh", "-c", `trap "" TERM INT HUP; test ! -e "${up}" || sleep 20; exec "$@"`, "stop"];
    const stop = one.appCommand("stop");
    await edit(one, (yaml) => yaml.replace(JSON.stringify(stop), JSON.stringify([...hang, ...stop])));
    one.start("--no-power");
    two.start();
    await carriesFirst(one, two);
    assert.deepEqual(await withheldBy(one), []);
    assert.equal(await withheldBy(two), undefined);
    assert.match((await two.baton("status")).text, /server1 .* heard \d+ ms ago; runs with --no-power\n/);
    await Deno.writeTextFile(up, "");
    cluster.isolate(one);
    await until("server2 carries", () => online(two));
    await until("server1 says it", async () => ((await withheldBy(one))?.length ?? 0) > 0);
    const [said] = await withheldBy(one) ?? [];
    assert.match(
      said!,
      /app1: no answer .* Only said, because of --no-power: final action reboot\. failover1 may be up/,
    );
    assert.equal((await answerOf(one)).view.groups[0]?.status, "offline-failure");
    const { text } = await one.baton("status");
    assert.match(text, /^Power: NOT USED \(--no-power\).*\n {2}\d\d:\d\d:\d\d .*Only said, because of --no-power/m);
    const power = join(one.folder, "machine", "power");
    await assert.rejects(Deno.stat(power), Deno.errors.NotFound, "the machine was turned off");
    // What hung lets go.
    await Deno.remove(up);
    await until("everything is down on server1", async () => await statusOf(one) === "offline");
    assert.deepEqual([one.addresses(), one.appRuns()], [[], false]);
    cluster.heal();
    await until(
      "server1 could carry again",
      async () => (await two.status())?.view.groups[0]?.servers.find(({ name }) => name === "server1")?.ready === true,
    );
    assert.equal((await answerOf(two)).view.groups[0]?.status, "online");
    assert.equal(await one.stop(), 0);
    await assert.rejects(Deno.stat(power), Deno.errors.NotFound);
  }));

Deno.test("--no-power: a fence that is only said stops nobody and confirms nothing, until an operator does", () =>
  onCluster(async (cluster, one, two) => {
    const instanceOf = (name: string) => cluster.topology.servers.find((server) => server.name === name)!.instanceId;
    const stateOf = (name: string) => cluster.sandbox.region.instances.find(({ id }) => id === instanceOf(name))!.state;
    const own = cluster.machines.map(({ name }) => `    ${name}: { instance: ${instanceOf(name)} }`).join("\n");
    for (const machine of cluster.machines) {
      await edit(
        machine,
        (yaml) => `${yaml}\nfence:\n  type: aws-stop\n  pollInterval: 200ms\n  individually:\n${own}\n`,
      );
    }
    one.start();
    two.start("--no-power");
    await carriesFirst(one, two);
    cluster.isolate(one);
    await until("server2 says it", async () => ((await withheldBy(two))?.length ?? 0) > 0);
    assert.match((await withheldBy(two))![0]!, /^Only said, because of --no-power: server2 stops server1: /);
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const group = (await answerOf(two)).view.groups[0]!;
    assert.equal(group.status, "offline");
    assert.match(
      group.waiting!,
      /server1 has to be off first, .*--no-power; when server1 is off for certain: baton confirm/,
    );
    assert.equal(stateOf("server1"), "running");
    assert.ok(one.pid !== undefined);
    await one.powerOff();
    const confirmed = await two.baton("confirm-stopped", "server1", "--yes");
    assert.equal(confirmed.status, 0, confirmed.text);
    await until("server2 carries", () => online(two));
    assert.equal(stateOf("server1"), "running", "nobody asked EC2 to stop it");
  }));
