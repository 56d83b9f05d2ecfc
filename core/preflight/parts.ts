/**
 * What a preflight is given by whoever runs it: an agent, or a command where none runs.
 *
 * @module
 */
import type { Ec2Inspection } from "../aws/inspection.ts";
import type { ClusterConfig, PerServer } from "../config/config.ts";
import type { Os } from "../os/os.ts";
import type { FenceContext, PreflightContext } from "../plugin/contract.ts";
import type { PeerNews } from "./peers.ts";

/** What a preflight needs from whoever runs it. */
export interface PreflightParts {
  config: ClusterConfig;
  server: string;
  version: string;
  os: Os;
  /** Somebody waits for it. */
  thorough: boolean;
  /** Counts up with each. */
  run: number;
  /** How long after its boot the agent came up, in milliseconds; null where that says nothing. */
  bootMs: number | null;
  /** Above this a synced write is slow, in milliseconds. */
  slowDiskMs: number;
  /** What the other servers say; undefined where no agent runs, which alone can ask them. */
  peers: PeerNews | undefined;
  context(subject: PreflightSubject, signal: AbortSignal): PreflightContext;
  fenceContext(subject: PreflightSubject, target: string, signal: AbortSignal): FenceContext;
  inspection(): Ec2Inspection;
  /** Runs `work` with a deadline in milliseconds, and settles soon after it whatever `work` does. */
  bounded<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** What a plugin is looked at as. */
export interface PreflightSubject {
  name: string;
  options: PerServer;
  group?: string;
  /** The resources that are up before it, with this server's options. */
  below?: PreflightContext["below"];
}
