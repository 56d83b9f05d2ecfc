/** The shortest story of whole agents: two processes, one dies, the other one takes over, and leaves in order. */
import assert from "node:assert/strict";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { allReady, carriesFirst, online, until } from "../e2e/waiting.ts";

Deno.test("two agents: kill -9 of the carrier, the other one takes over, never both", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const cluster = await DemoCluster.make("vip", folder);
  const [server1, server2] = cluster.machines as [Machine, Machine];
  try {
    cluster.observer.start();
    server1.start();
    server2.start();
    await carriesFirst(server1, server2);
    await until("server1 answers", () => cluster.observer.answering() === "server1");
    await until("server2 could take over", () => allReady(server2));

    await server1.kill();
    await until("server2 carries", async () => await online(server2) && cluster.observer.answering() === "server2");
    assert.equal(await server2.stop(), 0);
    assert.deepEqual(cluster.observer.carriers(), [], "the last server left something behind");
    assert.equal(cluster.observer.overlaps, 0);
  } finally {
    await cluster.close();
    await Deno.remove(folder, { recursive: true });
  }
});
