import { nearest } from "../plugin/nearest.ts";

/** The sentence about a name that nothing of its kind has in the file. */
export function unknownName(
  kind: "server" | "group" | "resource" | "monitor",
  name: string,
  known: readonly string[],
): string {
  const meant = nearest(name, known);
  return `there is no ${kind} ${name}; ${
    meant === undefined ? `known are ${known.join(", ") || "none"}` : `did you mean ${meant}?`
  }`;
}
