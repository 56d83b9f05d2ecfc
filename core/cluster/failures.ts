/**
 * How the resources of one group failed on this server: what the status shows of them.
 *
 * @module
 */
import type { Failure } from "./events.ts";

/** The latest failures of the resources of one group. */
export class Failures {
  /** How the latest start of each resource failed, and the latest stop; gone once one succeeds. */
  readonly #starts = new Map<string, Failure>();
  readonly #stops = new Map<string, Failure>();
  /** Resources whose start failed for good, retries and all. */
  readonly #final = new Set<string>();

  started(resource: string, failure: Failure | undefined): void {
    note(this.#starts, resource, failure);
    if (!failure) this.#final.delete(resource);
  }

  stopped(resource: string, failure: Failure | undefined): void {
    note(this.#stops, resource, failure);
  }

  /** The start of the resource is not tried again. */
  gaveUp(resource: string): void {
    this.#final.add(resource);
  }

  /** The resources are started anew. */
  forget(resources: readonly string[]): void {
    for (const resource of resources) this.#final.delete(resource);
  }

  forGood(resource: string): boolean {
    return this.#final.has(resource);
  }

  /** The latest stop or start, where it failed; null when neither did. */
  of(resource: string): Failure | null {
    return this.#stops.get(resource) ?? this.#starts.get(resource) ?? null;
  }
}

function note(failures: Map<string, Failure>, resource: string, failure: Failure | undefined): void {
  if (failure) failures.set(resource, failure);
  else failures.delete(resource);
}
