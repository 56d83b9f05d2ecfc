import type { View } from "../cluster/view.ts";
import type { DropInState } from "../host/drop_in.ts";
import type { FileView } from "./apply/applying.ts";
import type { DeviceState } from "./devices.ts";
import type { FenceState } from "./fences.ts";
import type { PathState } from "./interconnect.ts";
import type { JournalLine } from "./journal.ts";
import type { KeyView } from "./key_ring.ts";
import type { ModuleView } from "./modules.ts";
import type { LatestCheck } from "./monitor_runner.ts";
import type { PreflightState } from "./preflight_runner.ts";
import type { StartOutput } from "./start_output.ts";
import type { WitnessState } from "./witness_runner.ts";

/** The agent as the status endpoint sees it. */
export interface AgentView {
  cluster: string;
  server: string;
  configDigest: string;
  startedAt: string;
  view: View;
  devices: DeviceState[];
  /** Whether the other servers could be stopped; null where there is no fence. */
  fence: FenceState | null;
  /** What the witness last said; null where there is none. */
  witness: WitnessState | null;
  /** How far a change of the key has come. */
  keys?: KeyView;
  paths: (Omit<PathState, "heardMs"> & { silentMs: number | null })[];
  checks: Record<string, LatestCheck | null>;
  /** What the programs of the latest activation of a resource printed last, by its name. */
  starts?: Record<string, StartOutput>;
  /** What each drop-in does and uses. */
  dropIns?: DropInState[];
  modules: ModuleView[];
  /** Which version of cluster.yaml it has and runs; null where new ones are not taken up. */
  file?: FileView | null;
  /** What the latest preflights found, and who is ready to take which group. */
  preflight?: PreflightState;
  /** What it would have done but for `--no-power`, the latest last; null where it does it. */
  noPower?: { withheld: JournalLine[] } | null;
  /** What is wrong with the folder for state and journal; null while all is well. */
  stateFolder?: string | null;
  reasons: JournalLine[];
}

/** The paths with how long each has been silent. */
export function pathViews(paths: readonly PathState[]): AgentView["paths"] {
  const nowMs = performance.now();
  return paths.map(({ heardMs, ...path }) => ({
    ...path,
    silentMs: heardMs === null ? null : Math.round(nowMs - heardMs),
  }));
}

/** Servers that are there but not understood, and why. */
export function unclearServers({ servers }: View): Map<string, string> {
  return new Map(servers.flatMap(({ name, unclear }) => unclear ? [[name, unclear.message] as const] : []));
}

/** The groups of which nothing is up on the viewing server. */
export function downGroups({ groups }: View): string[] {
  const off = ["offline", "online-failure"];
  return groups.filter(({ status, resources }) =>
    [status, ...resources.map(({ status }) => status)].every((one) => off.includes(one))
  ).map(({ name }) => name);
}
