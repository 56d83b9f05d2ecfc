/**
 * What one server has found out about itself, and what that means for the groups it may have to carry.
 *
 * @module
 */
import { plainValue } from "../plugin/plain_text.ts";
import type { Finding, FindingStatus } from "../plugin/finding.ts";

/** A finding, and which groups it concerns: one, `*` all of them, null none (the cluster as a whole). */
export interface ReportedFinding extends Finding {
  group: string | null;
}

/** One preflight of one server. */
export interface PreflightReport {
  server: string;
  /** Of Baton. */
  version: string;
  /** SHA-256 of its cluster.yaml in hex. */
  digest: string;
  /** Counts the preflights of one life of an agent. */
  run: number;
  /** Wall clock time at its end, ISO 8601. */
  at: string;
  elapsedMs: number;
  findings: ReportedFinding[];
}

/** Whether a server could take a group; null: not known, as nothing was heard of it. */
export interface Readiness {
  group: string;
  server: string;
  ready: boolean | null;
  /** "ready to take failover1", or what would fail. */
  message: string;
}

/** The worst first. */
const RANK: readonly FindingStatus[] = ["error", "unknown", "warning", "ok"];

/** The worst of all findings; `ok` when there is none. */
export function worstOf(findings: readonly Finding[]): FindingStatus {
  return RANK.find((status) => findings.some((finding) => finding.status === status)) ?? "ok";
}

/** The findings, the worst first, each once. */
export function sorted<Some extends Finding>(findings: readonly Some[]): Some[] {
  const seen = new Set<string>();
  // Plugins, AWS and other servers have said much of it.
  return findings.map(plainValue)
    .sort((a, b) => RANK.indexOf(a.status) - RANK.indexOf(b.status))
    .filter(({ status, subject, message }) => {
      const text = `${status} ${subject} ${message}`;
      return seen.has(text) ? false : seen.add(text);
    });
}

/** What the report of a server means for a group; not what has become of the server since. */
export function readinessOf(group: string, server: string, report: PreflightReport | undefined): Readiness {
  if (report === undefined) {
    return { group, server, ready: null, message: `nothing is known yet of ${server} and ${group}` };
  }
  const concerned = report.findings.filter((finding) => finding.group === group || finding.group === "*");
  const failing = concerned.filter(({ status }) => status === "error");
  if (failing.length > 0) {
    const [first] = failing;
    const more = failing.length > 1 ? ` (and ${failing.length - 1} more)` : "";
    const number = first!.code === null ? "" : `${first!.code} : `;
    const message = `${server} would fail to take ${group}: ${first!.subject} (${number}${first!.message})${more}`;
    return { group, server, ready: false, message };
  }
  const unclear = concerned.find(({ status }) => status === "unknown");
  if (unclear !== undefined) {
    return {
      group,
      server,
      ready: null,
      message: `whether ${server} could take ${group} is not known: ${unclear.subject} (${unclear.message})`,
    };
  }
  return { group, server, ready: true, message: `${server} is ready to take ${group}` };
}
