import type { ClusterConfig } from "../config/config.ts";
import type { DropIns } from "../host/drop_ins.ts";
import type { Os } from "../os/os.ts";
import type { PluginLog } from "../plugin/contract.ts";
import type { Rejected } from "./apply/trial.ts";
import { type AgentExitStatus, EXIT_STATUS } from "./exit_status.ts";
import type { JournalListener } from "./journal.ts";
import type { KeyRing } from "./key_ring.ts";

/**
 * Reads and checks a `cluster.yaml`; throws a `ConfigError`. `to run`: with drop-ins that live as long as the agent does;
 * otherwise they can't be called.
 */
export type LoadConfig = (path: string, what?: "to run") => Promise<ClusterConfig>;

/** What an agent is made of. */
export interface AgentParts {
  config: ClusterConfig;
  /** Which of the servers this is. */
  server: string;
  /** Of Baton; told to the other servers. */
  version?: string;
  keys: KeyRing;
  os: Os;
  /** What ends a machine, this one or another, is only said. */
  noPower?: boolean;
  /** Gets every line of the journal as it is written. */
  onJournal: JournalListener;
  log: (name: string) => PluginLog;
  /** The processes of the drop-ins; ended with the agent. Left out where the configuration was read without them. */
  dropIns?: Pick<DropIns, "note" | "watch" | "states" | "close">;
  /** Checks a `cluster.yaml` as this program does at its start. Left out: no new file is taken up. */
  load?: LoadConfig;
  /** No agent could start with the file that lies there: `config` is the one before it. */
  rejected?: Rejected | undefined;
}

/** How an agent ended. */
export interface Ended {
  status: AgentExitStatus;
  /** Something may still be up: the dead man's switches take it down once the process has ended. */
  left?: true;
  reason: string;
  /** It left to start again with the file that lies there now. */
  again?: true;
}

/** Nothing is up any more, and nobody has to hurry. */
export function inOrder({ status, left }: Ended): boolean {
  return status !== EXIT_STATUS.forced && !left;
}
