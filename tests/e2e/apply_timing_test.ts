import assert from "node:assert/strict";
import { until, withCluster } from "./apply_cluster.ts";

Deno.test("apply: a shorter timing, with the groups stopped: all servers take it up, though meanwhile no votes count", () =>
  withCluster(async (cluster) => {
    for (const machine of cluster.machines) await cluster.write(machine, cluster.file({ timing: "standard" }));
    await cluster.start();
    const server1 = cluster.machine("server1");
    const online = async () => {
      const seen = await Promise.all(cluster.machines.map((machine) => cluster.seen(machine)));
      return seen.map((one) => one?.view.groups[0]?.status).filter((status) => status !== "offline");
    };
    const stopped = await server1.baton("stop", "failover1", "--url", server1.statusUrl);
    assert.equal(stopped.status, 0, stopped.text);
    await until("failover1 is down everywhere", async () => (await online()).length === 0);
    const text = cluster.file({ timing: "fast" });
    const { status, text: said } = await cluster.apply(server1, text, "--wait", "40");
    assert.equal(status, 0, said);
    await cluster.allRun(text);
    const started = await server1.baton("start", "failover1", "--url", server1.statusUrl);
    assert.equal(started.status, 0, started.text);
    await until("failover1 is online on one server", async () => (await online()).join() === "online");
  }));
