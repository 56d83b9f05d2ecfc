/**
 * What happens in the demo, in both topologies: start, kill -9, return, move, partition, healing, loss of a zone; and
 * with the Elastic IP the guide's port-443 monitor, dropped in, sends the group away.
 */
import { join } from "node:path";
import { EC2_LATENCY_MS } from "./cluster.ts";
import type { Story } from "./story.ts";
import { MOVE_MS, START_MS, TAKEOVER_MS } from "./times.ts";
import { tellWeakVote } from "./weak_vote.ts";

/** The permit of `timing: fast` and what a server gets to notice its end and to stop, in milliseconds. */
const SELF_FENCE_MS = 1_200 + 300 + 1_490;

/** Tells the whole story of a cluster. */
export async function tell(story: Story): Promise<void> {
  const { cluster } = story;
  const [server1, server2] = cluster.machines as [typeof cluster.machines[0], typeof cluster.machines[0]];
  const stays = cluster.kind === "vip" ? "the VIP's routes stay" : "the Elastic IP stays";

  await begin(story);

  await story.step(
    "kill -9 of the carrier",
    `kill -9 of the agent on server1. Every EC2 call takes ${EC2_LATENCY_MS} ms.`,
    TAKEOVER_MS + MOVE_MS,
    () => server1.kill(),
    () => story.carriedBy(server2),
  );

  await story.step(
    "return of the first server",
    "The agent on server1 starts again. Failback is by hand: the group stays.",
    START_MS,
    () => server1.start(),
    async () => {
      const seen = (await server2.status())?.view;
      const back = seen?.groups[0]?.servers.find(({ name }) => name === server1.name);
      if (!back?.ready || await story.carriedBy(server2) === undefined) return undefined;
      return `${server1.name} is ready to take over; ${seen?.groups[0]?.why}`;
    },
  );

  await story.step(
    "planned move",
    "An operator runs: baton move failover1 server1",
    5_000,
    async () => {
      const { status, text } = await server2.baton("move", "failover1", "server1");
      if (status !== 0) throw new Error(`baton move failed: ${text}`);
    },
    () => story.carriedBy(server1),
  );

  await story.step(
    "partition: the carrier stops itself",
    `server1 is cut off from server2, from the acknowledgement device and from EC2.`,
    SELF_FENCE_MS,
    () => cluster.isolate(server1),
    async () => {
      if (server1.appRuns() || server1.addresses().length > 0) return undefined;
      const status = await server1.status();
      return status ? story.latest(status, "permit-lost") : undefined;
    },
  );
  await story.step(
    "partition: the other takes over",
    "server2 still reaches the acknowledgement device.",
    TAKEOVER_MS + MOVE_MS,
    () => {},
    () => story.carriedBy(server2),
  );

  await story.step("healing", "The network is whole again.", START_MS, () => cluster.heal(), async () => {
    const back = (await server2.status())?.view.groups[0]?.servers.find(({ name }) => name === server1.name);
    if (!back?.ready || await story.carriedBy(server2) === undefined) return undefined;
    return `${server1.name} is ready again, ${stays} with ${server2.name}`;
  });

  if (cluster.kind === "eip") {
    await story.step(
      "the drop-in monitor sends it away",
      "Port 443 of the regional endpoint stops listening for server2 only; the drop-in port443 notices.",
      6_000,
      () => cluster.endpoints.get(server2.name)!.listen(false),
      () => story.carriedBy(server1),
    );
    // The device counts for a takeover once it has been reached for the whole detection time.
    await story.step("the endpoint is back", "Port 443 listens for server2 again.", START_MS, () => {
      cluster.endpoints.get(server2.name)!.listen(true);
    }, async () => {
      const back = (await server1.status())?.view.groups[0]?.servers.find(({ name }) => name === server2.name);
      return back?.ready ? `${server2.name} is ready to take over` : undefined;
    });
    await new Promise((resolve) => setTimeout(resolve, TAKEOVER_MS));
  }

  if (cluster.kind === "vip") await tellWeakVote(story, server2);

  const carrier = cluster.kind === "eip" ? server1 : server2;
  const survivor = cluster.other(carrier);
  await story.step(
    "loss of an availability zone",
    `${cluster.zoneOf(carrier)} fails: ${carrier.name} loses its power.`,
    TAKEOVER_MS + MOVE_MS,
    () => cluster.loseZone(carrier),
    () => story.carriedBy(survivor),
  );
}

/** Both agents start; the group goes to the first server, and the second is ready. */
export async function begin(story: Story): Promise<void> {
  const { observer, machines: [server1, server2] } = story.cluster;
  await story.step("start", "Both agents start.", START_MS, () => {
    observer.start();
    server1!.start();
    server2!.start();
  }, () => story.carriedFirstBy(server1!));
  await standbyReady(story);
}

/** Waits until the standby could take over, so that what follows measures the takeover and not the start. */
async function standbyReady(story: Story): Promise<void> {
  const [server1] = story.cluster.machines;
  for (const untilMs = performance.now() + START_MS; performance.now() < untilMs;) {
    const group = (await server1!.status())?.view.groups[0];
    if (group?.servers.every(({ ready }) => ready)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // The standby's warm-up (SDK, credentials, what EC2 knows of its ENI) comes after it is ready.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
}

/** Where the log of an agent lies. */
export function logOf(folder: string): string {
  return join(folder, "agent.log");
}
