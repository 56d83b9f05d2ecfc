/**
 * The same partition with a witness: its vote only one side can have, so there is one carrier, for as long as it lasts;
 * and when that one dies meanwhile, the other has the vote.
 */
import { begin } from "./chapters.ts";
import type { Story } from "./story.ts";
import { MOVE_MS, START_MS, TAKEOVER_MS } from "./times.ts";

/** How long the partition is looked at while nothing may change, in milliseconds. */
const QUIET_MS = 2 * TAKEOVER_MS;
/** The other one has to have read the last record of the one that died: a permit of `timing: fast`, in milliseconds. */
const READ_MS = 1_200;

/** Tells it. */
export async function tellWitness(story: Story): Promise<void> {
  const { cluster } = story;
  const [server1, server2] = cluster.machines as [typeof cluster.machines[0], typeof cluster.machines[0]];
  await begin(story);

  let cutMs = 0;
  await story.step(
    "witness: one carries",
    `The servers no longer hear each other, and both still reach the witness, for ${QUIET_MS / 1_000} s.`,
    QUIET_MS + MOVE_MS,
    () => {
      cluster.cut();
      cutMs = performance.now();
    },
    async () => {
      if (performance.now() - cutMs < QUIET_MS) return undefined;
      const status = await server2.status();
      const waiting = status?.view.groups[0]?.waiting;
      if (await story.carriedBy(server1) === undefined || !waiting) return undefined;
      return `${server1.name} carries alone; ${server2.name} waits: ${waiting}`;
    },
  );

  await story.step(
    "witness: takeover in the partition",
    `kill -9 of the agent on server1, while nobody hears it anyway.`,
    TAKEOVER_MS + READ_MS + MOVE_MS,
    () => server1.kill(),
    () => story.carriedBy(server2),
  );

  await story.step(
    "witness: healing",
    "The network is whole again, and server1 starts. Nobody stops, nobody has to decide anything.",
    START_MS,
    () => {
      cluster.heal();
      server1.start();
    },
    async () => {
      const back = (await server2.status())?.view.groups[0]?.servers.find(({ name }) => name === server1.name);
      if (!back?.ready || await story.carriedBy(server2) === undefined) return undefined;
      return `${server1.name} is ready to take over, the group stays with ${server2.name}`;
    },
  );
}
