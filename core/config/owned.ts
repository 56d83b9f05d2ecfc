/**
 * What each server has for itself, wherever the file names it: one server's network interface is no other server's.
 *
 * @module
 */
import { FAULT_CODES } from "../plugin/fault.ts";
import type { Place, Problems } from "./problem.ts";

/** The owners of things of which every server has its own. */
export class Owned {
  readonly #owners = new Map<string, { server: string; place: Place }>();

  constructor(private readonly problems: Problems) {}

  /** Notes that `server` has the thing; says so where another server has it. `shown`: the value for people. */
  take(what: string, value: unknown, shown: string, server: string, place: Place): void {
    const key = JSON.stringify([what, value]);
    const owner = this.#owners.get(key);
    if (owner === undefined) this.#owners.set(key, { server, place });
    else if (owner.server !== server) {
      this.problems.add(
        place,
        `${shown} is given for ${server}, but it is the ${what} of ${owner.server} (line ${owner.place.line}: ` +
          `${owner.place.keyPath}); each server has its own`,
        FAULT_CODES.fileName,
      );
    }
  }
}
