/**
 * The order in which the resources of a group are activated: that of the file, changed as little as `dependsOn` asks for.
 *
 * @module
 */
import { FAULT_CODES } from "../plugin/fault.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { unknownName } from "./unknown_name.ts";

/** A resource and what has to be active before it. */
export interface Dependent {
  name: string;
  dependsOn: readonly string[];
  /** The key `dependsOn`; undefined when it is not written. */
  at: Cursor | undefined;
}

/**
 * Sorts the names. A name that is not there, and a circle, are reported; the file's order is kept then. `written` are the
 * names in the file, also of resources that could not be read.
 */
export function activationOrder(
  resources: readonly Dependent[],
  written: readonly string[],
  context: FileContext,
): string[] {
  const names = resources.map(({ name }) => name);
  for (const { dependsOn, at } of resources) {
    const unknown = dependsOn.find((name) => !written.includes(name));
    if (unknown !== undefined && at !== undefined) {
      context.problems.add(
        at.place,
        `${unknownName("resource", unknown, written)} (resources of the same group)`,
        FAULT_CODES.fileName,
      );
    }
  }
  const order: string[] = [];
  const left = [...resources];
  while (left.length > 0) {
    // What the file has first of those that may be next: so nothing moves without need.
    const index = left.findIndex(({ dependsOn }) =>
      dependsOn.every((name) => order.includes(name) || !names.includes(name))
    );
    if (index < 0) {
      const [first] = left;
      const path = first === undefined ? [] : circle(first.name, (name) => dependenciesOf(name, left));
      const at = left.find(({ name }) => name === path[0])?.at;
      if (at !== undefined) {
        context.problems.add(
          at.place,
          `goes round in a circle: ${path.join(" needs ")}; take one of them out`,
          FAULT_CODES.fileSense,
        );
      }
      return names;
    }
    order.push(...left.splice(index, 1).map(({ name }) => name));
  }
  return order;
}

function dependenciesOf(name: string, resources: readonly Dependent[]): readonly string[] {
  const known = resources.map((resource) => resource.name);
  return resources.find((resource) => resource.name === name)?.dependsOn.filter((other) => known.includes(other)) ?? [];
}

/** A circle that is reached from `start`, as the names on it with the first one again at its end; empty without one. */
export function circle(start: string, next: (name: string) => readonly string[]): string[] {
  const walk = (path: readonly string[]): string[] => {
    for (const name of next(path.at(-1) ?? "")) {
      const at = path.indexOf(name);
      const found = at >= 0 ? [...path.slice(at), name] : walk([...path, name]);
      if (found.length > 0) return found;
    }
    return [];
  };
  return walk([start]);
}
