import type { Os } from "../core/os/os.ts";

/**
 * What is made once for a machine and used by all calls of a type: a client with its credentials. Contexts are made anew
 * for each call, so the machine is what the calls of one agent have in common. One for each set of options, of which a
 * `cluster.yaml` has as many as it says.
 */
export class Kept<Thing> {
  readonly #machines = new WeakMap<Os, Map<string, Thing>>();

  /** The thing for these options, made now when there is none. */
  of(os: Os, options: unknown, make: () => Thing): Thing {
    const things = this.#machines.get(os) ?? new Map<string, Thing>();
    this.#machines.set(os, things);
    const key = JSON.stringify(options);
    const thing = things.get(key) ?? make();
    things.set(key, thing);
    return thing;
  }
}
