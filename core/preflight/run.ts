/**
 * One preflight of this server: its plugins, its machine, and its part of the network.
 *
 * It never changes anything in AWS, and never what the cluster decides.
 *
 * @module
 */
import type { Finding } from "../plugin/finding.ts";
import { bootFindings } from "./boot.ts";
import { cloudFindings } from "./cloud.ts";
import { machineFindings } from "./machine.ts";
import { ownFindings } from "./own.ts";
import type { PreflightParts } from "./parts.ts";
import { unitFindings } from "./unit.ts";
import { peerFindings } from "./peers.ts";
import { pluginFindings } from "./plugins.ts";
import { type PreflightReport, type ReportedFinding, sorted } from "./report.ts";

/** Carries it out. Always resolves, also when things can't be found out. */
export async function runPreflight(parts: PreflightParts): Promise<PreflightReport> {
  const startedMs = performance.now();
  const { config, server } = parts;
  const of = (group: string | null, findings: readonly Finding[]): ReportedFinding[] =>
    findings.map((finding) => ({ ...finding, group }));
  const [plugins, machine, unit, own, cloud] = await Promise.all([
    pluginFindings(parts),
    machineFindings(config, parts.slowDiskMs, parts.peers !== undefined),
    unitFindings(parts),
    ownFindings(parts),
    cloudFindings(parts),
  ]);
  const findings = [
    ...plugins,
    ...of("*", machine),
    ...of("*", unit),
    ...own,
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
