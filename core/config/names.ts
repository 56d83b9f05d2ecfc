import { FAULT_CODES } from "../plugin/fault.ts";
import type { Place, Problems } from "./problem.ts";

/** What a name is the name of. */
export type NamedKind =
  | "group"
  | "resource"
  | "monitor"
  | "companion monitor"
  | "acknowledgement device"
  | "witness"
  | "exclusion rule";

/** A name that is taken. */
export interface NamedThing {
  kind: NamedKind;
  place: Place;
}

/** Words that mean something as a recovery target. */
const RESERVED = /^localserver$/i;

/**
 * The names of groups, resources, monitors and devices. They are unique in the cluster, because commands, log lines and
 * recovery targets name a thing without its kind.
 */
export class Names {
  readonly #taken = new Map<string, NamedThing>();
  constructor(private readonly problems: Problems) {}

  /** Takes a name; a name that is taken already is reported. */
  take(name: string, kind: NamedKind, place: Place): void {
    if (RESERVED.test(name)) {
      this.problems.add(
        place,
        `${name} means the server itself as a recovery target; choose another name`,
        FAULT_CODES.fileName,
      );
      return;
    }
    const taken = this.#taken.get(name);
    if (taken === undefined) {
      this.#taken.set(name, { kind, place });
      return;
    }
    this.problems.add(
      place,
      `the ${kind} ${name} has the name of the ${taken.kind} in line ${taken.place.line}; names are unique in the cluster`,
      FAULT_CODES.fileName,
    );
  }

  get(name: string): NamedThing | undefined {
    return this.#taken.get(name);
  }
}
