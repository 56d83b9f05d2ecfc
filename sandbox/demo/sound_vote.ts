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
  // Whoever has the vote in the end: a machine with too much to do may lose it in between.
  let carrier = cluster.machines[0]!;
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
      carrier = cluster.machine(cluster.observer.answering() ?? carrier.name);
      const waiting = (await cluster.other(carrier).status())?.view.groups[0]?.waiting;
      if (await story.carriedBy(carrier) === undefined || !waiting) return undefined;
      return `${carrier.name} carries alone; ${cluster.other(carrier).name} waits: ${waiting}`;
    },
  );

  const other = cluster.other(carrier);
  await story.step(
    "witness: takeover in the partition",
    `kill -9 of the agent on ${carrier.name}, while nobody hears it anyway.`,
    TAKEOVER_MS + READ_MS + MOVE_MS,
    () => carrier.kill(),
    () => story.carriedBy(other),
  );

  await story.step(
    "witness: healing",
    `The network is whole again, and ${carrier.name} starts. Nobody stops, nobody has to decide anything.`,
    START_MS,
    () => {
      cluster.heal();
      carrier.start();
    },
    async () => {
      const back = (await other.status())?.view.groups[0]?.servers.find(({ name }) => name === carrier.name);
      if (!back?.ready || await story.carriedBy(other) === undefined) return undefined;
      return `${carrier.name} is ready to take over, the group stays with ${other.name}`;
    },
  );
}
