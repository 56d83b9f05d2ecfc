import assert from "node:assert/strict";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { answerOf, carriesFirst, online, until } from "./waiting.ts";

for (const kind of ["vip", "eip"] as const) {
  Deno.test(`${kind}: two agent processes hand the group over, by kill -9 and in order, and never carry it both`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
    const cluster = await DemoCluster.make(kind, folder);
    const [server1, server2] = cluster.machines as [Machine, Machine];
    try {
      cluster.observer.start();
      server1.start();
      server2.start();
      await carriesFirst(server1, server2);
      await until("server1 carries", async () => await online(server1) && cluster.observer.answering() === "server1");

      await server1.kill();
      await until(
        "nothing of the group is left on server1",
        () => !server1.appRuns() && server1.addresses().length === 0,
      );
      await until("server2 carries", async () => await online(server2) && cluster.observer.answering() === "server2");
      const status = await answerOf(server2);
      assert.match(
        status.reasons.findLast(({ code }) => code === "won")?.text ?? "",
        /^server2 takes failover1 with epoch \d+: .*server1 has been silent for \d+ ms.*2 of 3\.$/,
      );

      server1.start();
      await until(
        "server1 is ready again",
        async () =>
          (await server2.status())?.view.groups[0]?.servers.find(({ name }) => name === "server1")?.ready === true,
      );
      const refused = await server2.baton("move", "failover1", "server3");
      assert.equal(refused.status, 1);
      assert.match(refused.text, /There is no server server3; the servers of failover1 are server1(,| and) server2/);

      // An orderly stop of the carrier moves the group, and the agent ends with 0.
      assert.equal(await server2.stop(), 0);
      await until("server1 carries", async () => await online(server1) && cluster.observer.answering() === "server1");
      assert.deepEqual(cluster.observer.carriers(), ["server1"]);

      assert.equal(await server1.stop(), 0);
      assert.deepEqual(cluster.observer.carriers(), [], "the last server left something behind");
      assert.equal(cluster.observer.overlaps, 0);
      assert.ok(cluster.observer.looks > 100);
    } finally {
      await cluster.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
