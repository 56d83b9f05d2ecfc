/**
 * Waiting for what must come about, with an end.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Machine } from "../../sandbox/demo/machine.ts";

/** Nothing here takes that long; what does has failed. In milliseconds. */
const PATIENCE_MS = 40_000;
/** Between two looks, in milliseconds. */
const LOOK_PAUSE_MS = 25;

/** Resolves when it is met. `told` says more in the error when it is not. */
export async function until(
  what: string,
  met: () => boolean | Promise<boolean>,
  told: () => Promise<string> = () => Promise.resolve(""),
): Promise<void> {
  for (const startedMs = performance.now(); performance.now() - startedMs < PATIENCE_MS;) {
    if (await met()) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
  }
  assert.fail(`not within ${PATIENCE_MS / 1_000} s: ${what}\n${await told()}`);
}

/** The group is online on this server, as its agent says. */
export async function online(machine: Machine): Promise<boolean> {
  return (await machine.status())?.view.groups[0]?.status === "online";
}

/** All servers could take the group over, as this one sees it. */
export async function allReady(machine: Machine): Promise<boolean> {
  const servers = (await machine.status())?.view.groups[0]?.servers;
  return servers !== undefined && servers.every(({ ready }) => ready);
}
