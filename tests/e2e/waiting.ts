/**
 * Waiting for what agents that really run must bring about, with an end; here for the neighbouring folders too.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Machine, SeenStatus } from "../../sandbox/demo/machine.ts";

/** Nothing here takes that long, on a machine with many other things to do either; what does has failed. In milliseconds. */
const PATIENCE_MS = 240_000;
/** Between two looks, in milliseconds. */
const LOOK_PAUSE_MS = 25;

/** How one waits, where it is not as usual. */
export interface Patience {
  /** In milliseconds. */
  withinMs?: number;
  /** Between two looks; less for what lasts only a moment. In milliseconds. */
  everyMs?: number;
  /** Says more in the error when it is not met. */
  told?: () => Promise<string>;
}

/** Resolves when it is met, with the milliseconds that it took; fails when that takes too long. */
export async function until(
  what: string,
  met: () => boolean | Promise<boolean>,
  { withinMs = PATIENCE_MS, everyMs = LOOK_PAUSE_MS, told }: Patience = {},
): Promise<number> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < withinMs) {
    if (await met()) return performance.now() - startedMs;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  assert.fail(`not within ${withinMs} ms: ${what}${told === undefined ? "" : `\n${await told()}`}`);
}

/** What the agent says that runs there: asked again where a busy machine gave no answer in time. */
export async function answerOf(machine: Machine): Promise<SeenStatus> {
  let status: SeenStatus | null = null;
  await until(`${machine.name} answers`, async () => (status = await machine.status()) !== null);
  return status!;
}

/** How the first group is, as this server's agent says. Undefined when it says nothing. */
export async function statusOf(machine: Machine): Promise<string | undefined> {
  return (await machine.status())?.view.groups[0]?.status;
}

/** What `--no-power` has kept this server from doing, as its agent says. Undefined when it does all, or says nothing. */
export async function withheldBy(machine: Machine): Promise<string[] | undefined> {
  return (await machine.status())?.noPower?.withheld.map(({ text }) => text);
}

/** The first group is online, as this server's agent says. */
export async function online(machine: Machine): Promise<boolean> {
  return await statusOf(machine) === "online";
}

/** All servers could take the first group over, as this one sees it. */
export async function allReady(machine: Machine): Promise<boolean> {
  const servers = (await machine.status())?.view.groups[0]?.servers;
  return servers !== undefined && servers.every(({ ready }) => ready);
}

/** Waits until `one` carries the first group; where another was ready before it, which a busy machine decides, moves it. */
export async function carriesFirst(one: Machine, ...others: readonly Machine[]): Promise<void> {
  await until(`${one.name} carries`, async () => {
    if (await online(one)) return true;
    for (const other of others) {
      const group = (await other.status())?.view.groups[0];
      if (group?.status === "online") await other.baton("move", group.name, one.name, "--url", other.statusUrl);
    }
    return false;
  });
}
