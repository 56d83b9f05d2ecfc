/**
 * The fence of one group: everything down within a budget, by force in the end. The parts of the budget, and what each
 * of them is for, stand at the head of `core/cluster/stop_budget.ts`.
 *
 * @module
 */
import { fenceBudget } from "../cluster/stop_budget.ts";
import type { ResourceConfig } from "../config/config.ts";
import { atMost } from "./bounded.ts";

/** What a fence works with. */
export interface FenceWork {
  /** In the order in which they are taken down. */
  resources: readonly ResourceConfig[];
  /** The end of the order before it, which was told to end. */
  before: Promise<unknown>;
  /** Takes a resource down; throws after `timeoutMs` and, where the plugin does not notice that, `graceMs` more. */
  deactivate(resource: ResourceConfig, timeoutMs: number, graceMs: number): Promise<void>;
  /** Ends by force what runs of the group, and these resources; throws when something is left after `timeoutMs`. */
  kill(failed: readonly ResourceConfig[], timeoutMs: number, graceMs: number): Promise<void>;
  /** What an error says. */
  message(error: unknown): string;
}

/** Fences within `budgetMs` from `startedMs` (of `performance.now()`). Resolves with what is left, a sentence each. */
export async function fence(work: FenceWork, budgetMs: number, startedMs: number): Promise<string[]> {
  const { addressesMs, stopsMs, killMs, againMs, graceMs } = fenceBudget(budgetMs);
  const stopsUntilMs = startedMs + addressesMs + stopsMs;
  const killUntilMs = stopsUntilMs + killMs;
  const againUntilMs = killUntilMs + againMs;
  const failures = new Map<ResourceConfig, string>();
  /** Takes one down in its part of the time; says nothing new where there is none. */
  const down = async (resource: ResourceConfig, untilMs: number, parts: number) => {
    const partMs = (untilMs - performance.now()) / parts - graceMs;
    try {
      if (partMs <= 0) throw new Error("no time was left for it");
      await work.deactivate(resource, partMs, graceMs);
      failures.delete(resource);
    } catch (error) {
      if (partMs > 0 || !failures.has(resource)) failures.set(resource, work.message(error));
    }
  };
  const allDown = async (resources: readonly ResourceConfig[], untilMs: number) => {
    for (const [index, resource] of resources.entries()) await down(resource, untilMs, resources.length - index);
  };
  const together = (resources: readonly ResourceConfig[], untilMs: number) =>
    Promise.all(resources.map((resource) => down(resource, untilMs, 1)));

  const addresses = together(work.resources.filter(isAddress), stopsUntilMs);
  // An address that needs an API to go must not keep the service alive that clients still reach through it.
  await atMost(addressesMs, Promise.all([addresses, work.before]));
  await allDown(work.resources.filter((resource) => !isAddress(resource)), stopsUntilMs);
  let running: string | undefined;
  try {
    const failed = work.resources.filter((resource) => failures.has(resource));
    await work.kill(failed, Math.max(1, killUntilMs - performance.now() - graceMs), graceMs);
  } catch (error) {
    running = work.message(error);
  }
  await addresses;
  const failed = work.resources.filter((resource) => failures.has(resource));
  await Promise.all([
    together(failed.filter(isAddress), againUntilMs),
    allDown(failed.filter((resource) => !isAddress(resource)), againUntilMs),
  ]);
  const left = [...failures].map(([{ name }, text]) => `${name}: ${text}`);
  return running === undefined ? left : [...left, running];
}

function isAddress({ plugin }: ResourceConfig): boolean {
  return plugin.address ?? false;
}
