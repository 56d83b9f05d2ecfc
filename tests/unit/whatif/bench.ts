/** Questions for the tests. */
import type { ClusterSpec } from "../../../core/cluster/spec.ts";
import { type Timing, TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { DEFAULT_TIMES, type Fault, type Question } from "../../../core/whatif/question.ts";
import { clusterOf, type Kind } from "../../sim/kinds.ts";

/** The cluster of a kind, with the fast timing unless another is given. */
export function specOf(
  kind: Kind,
  { groups = 1, timing = TIMING_PRESETS.fast }: { groups?: number; timing?: Timing } = {},
): ClusterSpec {
  return clusterOf(kind, groups, { timing });
}

/** What if these things happen at once? */
export function whatIf(spec: ClusterSpec, faults: readonly Fault[], extra: Partial<Question> = {}): Question {
  return {
    spec,
    faults: faults.map((fault) => ({ atMs: 0, fault })),
    seed: 1,
    times: DEFAULT_TIMES,
    monitorIntervals: new Map(),
    ...extra,
  };
}

export const CRASH: Fault = { kind: "crash", servers: ["server1"] };
export const CUT: Fault = { kind: "cut", from: "server1", to: "server2", both: true };
