import { EC2Client, StartInstancesCommand } from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { join } from "node:path";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { answerOf, carriesFirst, online, until } from "./waiting.ts";

/** Somebody starts the instance again, as an operator does in the console. */
async function startInstance(cluster: DemoCluster, instanceId: string): Promise<void> {
  const client = new EC2Client({
    region: "ap-northeast-1",
    endpoint: cluster.sandbox.endpoint("server2"),
    credentials: { accessKeyId: "AKIAUNITTEST", secretAccessKey: "not-a-secret" },
  });
  try {
    await client.send(new StartInstancesCommand({ InstanceIds: [instanceId] }));
  } finally {
    client.destroy();
  }
}

/** What beside the servers has a vote. */
const VOTES = {
  "a weak vote": (yaml: string) => yaml,
  "no vote but those of two servers": (yaml: string) => {
    const without = yaml.replace(/^quorum:\n(?: .*\n)+/m, "");
    assert.notEqual(without, yaml);
    return without;
  },
};

for (const [votes, edit] of Object.entries(VOTES)) {
  Deno.test(`fence: with ${votes} a takeover waits until the silent server's instance is stopped`, () =>
    takeover(edit));
}

async function takeover(edit: (yaml: string) => string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const cluster = await DemoCluster.make("vip", folder);
  const [server1, server2] = cluster.machines as [Machine, Machine];
  const instanceOf = (name: string) => cluster.topology.servers.find((server) => server.name === name)!.instanceId;
  const stateOf = (name: string) => cluster.sandbox.region.instances.find(({ id }) => id === instanceOf(name))!.state;
  const own = cluster.machines.map(({ name }) => `    ${name}: { instance: ${instanceOf(name)} }`).join("\n");
  const fence = `\nfence:\n  type: aws-stop\n  pollInterval: 200ms\n  individually:\n${own}\n`;
  try {
    for (const machine of cluster.machines) {
      const path = join(machine.folder, "cluster.yaml");
      await Deno.writeTextFile(path, edit(await Deno.readTextFile(path)) + fence);
    }
    cluster.observer.start();
    server1.start();
    server2.start();
    await carriesFirst(server1, server2);
    await until("server1 carries", async () => await online(server1) && cluster.observer.answering() === "server1");
    await until(
      "the fence is known to work",
      async () => /normal\s+server1\s+i-\w+ is running and may be stopped/.test((await server2.baton("status")).text),
    );
    const unsure = await server2.baton("confirm-stopped", "server1");
    assert.equal(unsure.status, 2);
    const refused = await server2.baton("confirm-stopped", "server1", "--yes");
    assert.deepEqual([refused.status, /server1 is not off: it was heard \d+ ms ago/.test(refused.text)], [1, true]);

    cluster.isolate(server1);
    await until("server2 carries", async () => await online(server2) && cluster.observer.answering() === "server2");
    assert.equal(stateOf("server1"), "stopped");
    assert.equal(stateOf("server2"), "running");
    assert.equal(server1.pid, undefined, "the machine is off");
    const { reasons } = await answerOf(server2);
    const at = (code: string) => reasons.findLastIndex((reason) => reason.code === code);
    assert.ok(at("fencing") >= 0 && at("fencing") < at("fence-confirmed") && at("fence-confirmed") < at("won"));
    assert.match(reasons[at("fence-confirmed")]!.text, /server1 is off for certain: i-\w+ is stopped/);

    cluster.heal();
    await startInstance(cluster, instanceOf("server1"));
    await until(
      "server1 is back, and ready",
      async () =>
        (await server2.status())?.view.groups[0]?.servers.find(({ name }) => name === "server1")?.ready === true,
    );
    assert.equal((await answerOf(server2)).view.groups[0]?.status, "online");
    assert.equal(cluster.observer.overlaps, 0);
    assert.ok(cluster.observer.looks > 100);
  } finally {
    await cluster.close();
    await Deno.remove(folder, { recursive: true });
  }
}
