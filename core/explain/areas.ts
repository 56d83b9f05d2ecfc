/**
 * Where causes lie, and which types can meet them: one number is given by many types, and who asks about a port need not
 * read about AWS.
 *
 * @module
 */
import type { Cause } from "./entry.ts";

/** Where a cause lies. */
export type Area = "aws" | "network" | "stores" | "machine";

/** The headings, in the order in which they are shown. */
export const AREAS: Readonly<Record<Area, string>> = {
  aws: "In what AWS is asked for",
  network: "In what a port, a web page or a ping is asked for",
  stores: "In the store of a witness",
  machine: "On this server",
};

/** Types and what they ask. A type that is not here, such as a program of one's own, may meet anything. */
const MET: readonly (readonly [RegExp, readonly Area[]])[] = [
  [/^aws-/, ["aws", "machine"]],
  [/^(?:s3|dynamodb)$/, ["aws", "stores"]],
  [/^etcd$/, ["network", "stores"]],
  [/^(?:tcp|http|ping|ip)$/, ["network"]],
  [/^floating-ip$/, ["network", "machine"]],
  [/^service$/, ["machine"]],
];

/** Causes of one area; one that says its own keeps it. */
export function inArea(area: Area, causes: readonly Cause[]): Cause[] {
  return causes.map((cause) => ({ area, ...cause }));
}

/** Whether a type can meet a cause. A cause without an area can be met by all, and nothing is left out for no type. */
export function canMeet(type: string | undefined, { area }: Cause): boolean {
  if (type === undefined || area === undefined) return true;
  const areas = MET.find(([types]) => types.test(type))?.[1];
  return areas === undefined || areas.includes(area);
}

/** The causes under their headings; those without an area come first, under none. Areas without causes are left out. */
export function byArea(causes: readonly Cause[]): { heading: string | undefined; causes: Cause[] }[] {
  const keys: (Area | undefined)[] = [undefined, ...Object.keys(AREAS) as Area[]];
  return keys
    .map((key) => ({ heading: key && AREAS[key], causes: causes.filter(({ area }) => area === key) }))
    .filter((part) => part.causes.length > 0);
}
