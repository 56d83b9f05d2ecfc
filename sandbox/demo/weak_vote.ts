/**
 * The one partition in which a tie-breaker can't keep to one carrier: the servers no longer hear each other, and both still
 * reach the device, which tells both that they are not cut off.
 */
import type { Machine } from "./machine.ts";
import type { Story } from "./story.ts";
import { MOVE_MS, TAKEOVER_MS } from "./times.ts";

/** From the first heartbeat until both are down, in milliseconds: what `timing: fast` gives a stop. */
const BOTH_STOP_MS = 2_000;
/** An operator's start, in milliseconds. */
const OPERATE_MS = 5_000;

/** Tells what happens then; in the end `carrier` carries again. */
export async function tellWeakVote(story: Story, carrier: Machine): Promise<void> {
  const { cluster } = story;
  const { observer } = cluster;
  const other = cluster.other(carrier);
  const online = async (machine: Machine) => {
    const status = await machine.status();
    return status?.view.groups[0]?.status === "online" && machine.appRuns() ? status : undefined;
  };
  observer.tolerates = true;
  await story.step(
    "weak vote: both carry",
    "The servers no longer hear each other, and both still reach the acknowledgement device. What is promised for a weak " +
      "vote ends here.",
    // The other one has just come back, and its device counts once it has been reached for the whole detection time.
    TAKEOVER_MS + 2 * MOVE_MS,
    () => cluster.cut(),
    async () => {
      const won = await online(other);
      return won && await online(carrier) ? `both carry; ${story.latest(won, "won") ?? "no reason"}` : undefined;
    },
  );
  await story.step(
    "weak vote: both stop",
    "They hear each other again.",
    BOTH_STOP_MS,
    () => cluster.heal(),
    async () => {
      if (observer.carriers().length > 0) return undefined;
      const told = await Promise.all(cluster.machines.map((machine) => machine.status()));
      return told.flatMap((status) => status ? story.latest(status, "both-active") ?? [] : [])[0];
    },
  );
  observer.tolerates = false;
  await story.step(
    "weak vote: an operator decides",
    `Nobody starts by itself: an operator runs baton start failover1, and baton move failover1 ${carrier.name}.`,
    OPERATE_MS,
    async () => {
      for (const words of [["start", "failover1"], ["move", "failover1", carrier.name]]) {
        const { status, text } = await carrier.baton(...words);
        if (status !== 0) throw new Error(`baton ${words.join(" ")} failed: ${text}`);
      }
    },
    async () => {
      const said = await story.carriedBy(carrier);
      const ready = (await carrier.status())?.view.groups[0]?.servers.find(({ name }) => name === other.name)?.ready;
      return ready ? said : undefined;
    },
  );
}
