import assert from "node:assert/strict";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { allReady, answerOf, carriesFirst, online, until } from "./waiting.ts";

Deno.test("witness: two servers that no longer hear each other have one carrier, none while the bucket is away, and no quarrel in the end", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const cluster = await DemoCluster.make("witness", folder);
  const { observer, sandbox } = cluster;
  const [server1, server2] = cluster.machines as [Machine, Machine];
  /** One carries, and the other knows that the witness has voted for it. On a slow machine it need not be the first. */
  const decided = async () => {
    const carrier = observer.answering();
    if (carrier === null || observer.carriers().length !== 1) return false;
    const group = (await cluster.other(cluster.machine(carrier)).status())?.view.groups[0];
    return new RegExp(`the witness knows ${carrier} under epoch \\d+`).test(group?.waiting ?? "");
  };
  // Preflight leaves small records of its own there.
  const records = () =>
    [...sandbox.buckets.values()].flatMap((objects) => [...objects.keys()]).filter((key) => !key.includes("probe"));
  try {
    observer.start();
    server1.start();
    server2.start();
    await carriesFirst(server1, server2);
    await until("server1 carries", async () => await online(server1) && observer.answering() === "server1");
    await until("server2 is ready", () => allReady(server1));
    cluster.cut();
    await until("one carries by the vote of the witness", decided);
    assert.deepEqual(records(), ["baton/demo-witness/failover1"]);

    // What neither hears a peer nor has the vote stops, and nothing begins.
    for (const action of ["GetObject", "PutObject"]) sandbox.faults.add({ kind: "hang", action });
    await until("nobody carries without the bucket", () => observer.carriers().length === 0);
    sandbox.faults.clear();
    await until("one carries when the bucket is back", decided);

    cluster.heal();
    await until("each hears the other", async () => await allReady(server1) && await allReady(server2));
    assert.equal(observer.carriers().length, 1);
    assert.equal(observer.overlaps, 0);
    for (const machine of cluster.machines) {
      const said = (await answerOf(machine)).reasons.filter(({ code }) => code === "both-active");
      assert.deepEqual(said, []);
    }
  } finally {
    await cluster.close();
    await Deno.remove(folder, { recursive: true });
  }
});
