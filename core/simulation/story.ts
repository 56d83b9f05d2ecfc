/**
 * What is told of a simulated history.
 *
 * @module
 */
import type { Reason } from "../cluster/reasons.ts";

/** A line of the story: what an engine said, or what happened to its machine. */
export interface Line {
  /** True time since the world began. */
  ms: number;
  server: string;
  reason: Pick<Reason, "level" | "text" | "group" | "monitor" | "votes"> & { code: Reason["code"] | "world" };
}

/** An invariant does not hold. */
export class Violation extends Error {
  override name = "Violation";
}
