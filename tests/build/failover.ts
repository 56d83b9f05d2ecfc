/** Two copies of an executable hand a group over, by kill -9, on request, by isolation and in order, seen from outside. */
import assert from "node:assert/strict";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { answerOf, online, until } from "../e2e/waiting.ts";
import { type Memory, memoryOf } from "./memory.ts";

/** Between two looks at what is measured, in milliseconds. */
const MEASURE_EVERY_MS = 10;
/** How long a tie-breaker that was lost has to be reached again before it counts: the detection time of the demo. */
const REGAIN_MS = 3_500;

/** What was measured. */
export interface Story {
  /** How long clients waited for each handover, in milliseconds. */
  took: Map<string, number>;
  /** Memory of both agents: the carrier and the one that is ready. */
  memory: [Memory, Memory];
}

async function ready(machine: Machine, asked: Machine): Promise<boolean> {
  const servers = (await asked.status())?.view.groups[0]?.servers;
  return servers?.find(({ name }) => name === machine.name)?.ready === true;
}

/** Tells the whole story of one topology. */
export async function failOver(kind: "vip" | "eip", executable: string, folder: string): Promise<Story> {
  const cluster = await DemoCluster.make(kind, folder, executable);
  const [server1, server2] = cluster.machines as [Machine, Machine];
  const took = new Map<string, number>();
  const carriedBy = (machine: Machine) =>
    until(
      `${machine.name} carries`,
      async () => await online(machine) && cluster.observer.answering() === machine.name,
      { everyMs: MEASURE_EVERY_MS },
    );
  try {
    cluster.observer.start();
    server1.start();
    server2.start();
    took.set("start", await carriedBy(server1));
    await until("server2 is ready", () => ready(server2, server1));

    await server1.kill();
    took.set("kill -9 of the carrier", await carriedBy(server2));
    assert.deepEqual(cluster.observer.carriers(), ["server2"], "the dead man's switch left something behind");

    server1.start();
    await until("server1 is ready again", () => ready(server1, server2));
    const startedMs = performance.now();
    const moved = await server2.baton("move", "failover1", "server1");
    assert.equal(moved.status, 0, moved.text);
    await carriedBy(server1);
    took.set("planned move", performance.now() - startedMs);

    await until("server2 is ready again", () => ready(server2, server1));
    cluster.isolate(server1);
    took.set("isolation of the carrier", await carriedBy(server2));
    await answerOf(server1);
    assert.notEqual(server1.pid, undefined, "an agent that reaches nobody has ended");
    assert.deepEqual(cluster.observer.carriers(), ["server2"]);
    cluster.heal();
    await until("server1 is ready again", () => ready(server1, server2));

    await new Promise((resolve) => setTimeout(resolve, REGAIN_MS));
    let [carrier, standby] = [server2, server1];
    if (kind === "eip") {
      // The guide's check: the drop-in port443 beside the executable finds that the endpoint no longer listens for it.
      cluster.endpoints.get(server2.name)!.listen(false);
      took.set("the endpoint is silent for the carrier", await carriedBy(server1));
      cluster.endpoints.get(server2.name)!.listen(true);
      await until("server2 is ready again", () => ready(server2, server1));
      await new Promise((resolve) => setTimeout(resolve, REGAIN_MS));
      [carrier, standby] = [server1, server2];
    }
    const memory: [Memory, Memory] = [await memoryOf(carrier.pid!), await memoryOf(standby.pid!)];

    const stoppedMs = performance.now();
    assert.equal(await carrier.stop(), 0);
    await carriedBy(standby);
    took.set("orderly stop of the carrier", performance.now() - stoppedMs);
    assert.deepEqual(cluster.observer.carriers(), [standby.name]);

    assert.equal(await standby.stop(), 0);
    assert.deepEqual(cluster.observer.carriers(), [], "the last server left something behind");
    assert.equal(cluster.observer.overlaps, 0);
    assert.ok(cluster.observer.looks > 100);
    return { took, memory };
  } catch (error) {
    for (const { name, folder } of cluster.machines) {
      console.log(name, await Deno.readTextFile(`${folder}/agent.log`).catch(() => ""));
    }
    throw error;
  } finally {
    await cluster.close();
  }
}
