/**
 * One preflight of this server: its plugins, its machine, and its part of the network.
 *
 * It never changes anything in AWS, and never what the cluster decides.
 *
 * @module
 */
import type { Ec2Inspection } from "../aws/inspection.ts";
import type { ClusterConfig, PerServer } from "../config/config.ts";
import type { Os } from "../os/os.ts";
import type { FenceContext, PreflightContext } from "../plugin/contract.ts";
import type { Finding } from "../plugin/finding.ts";
import { bootFindings } from "./boot.ts";
import { cloudFindings } from "./cloud.ts";
import { machineFindings } from "./machine.ts";
import { peerFindings, type PeerNews } from "./peers.ts";
import { pluginFindings } from "./plugins.ts";
import { type PreflightReport, type ReportedFinding, sorted } from "./report.ts";

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
}

/** Carries it out. Always resolves, also when things can't be found out. */
export async function runPreflight(parts: PreflightParts): Promise<PreflightReport> {
  const startedMs = performance.now();
  const { config, server } = parts;
  const of = (group: string | null, findings: readonly Finding[]): ReportedFinding[] =>
    findings.map((finding) => ({ ...finding, group }));
  const [plugins, machine, cloud] = await Promise.all([
    pluginFindings(parts),
    machineFindings(config),
    cloudFindings(parts),
  ]);
  const findings = [
    ...plugins,
    ...of("*", machine),
    ...cloud,
    ...of(null, bootFindings(server, config.timing, parts.bootMs)),
    ...of(null, parts.peers === undefined ? [] : peerFindings(parts.peers)),
  ];
  return {
    server,
    version: parts.version,
    digest: config.digest,
    run: parts.run,
    at: new Date().toISOString(),
    elapsedMs: Math.round(performance.now() - startedMs),
    findings: sorted(findings),
  };
}
