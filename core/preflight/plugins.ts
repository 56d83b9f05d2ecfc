/**
 * The preflights of everything that `cluster.yaml` names for this server.
 *
 * @module
 */
import type { ClusterConfig } from "../config/config.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { type Finding, findingOfThrown, findingOfVerdict, unclear } from "../plugin/finding.ts";
import type { PreflightParts, PreflightSubject } from "./parts.ts";
import type { ReportedFinding } from "./report.ts";
import { holderFindings } from "./witness_holder.ts";

/** A look takes no longer than this. In milliseconds. */
const LOOK_MS = 20_000;
/** Looks at a time: EC2 counts calls in bursts too, and heartbeats must not wait for a crowd of programs. */
const AT_ONCE = 4;
/** Findings of one look that are kept. */
const MAX_FINDINGS = 64;

/** One look at one thing. */
interface Look {
  name: string;
  group: string | null;
  /** In milliseconds. */
  withinMs: number;
  work(signal: AbortSignal): Promise<Finding[]>;
}

/** Looks at all of them, a few at a time. */
export async function pluginFindings(parts: PreflightParts): Promise<ReportedFinding[]> {
  const looks = [...resources(parts), ...monitors(parts), ...votes(parts), ...fences(parts)];
  const found: ReportedFinding[][] = looks.map(() => []);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < looks.length; at = next++) found[at] = await carryOut(parts, looks[at]!);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, looks.length) }, worker));
  return found.flat();
}

async function carryOut(parts: PreflightParts, { name, group, withinMs, work }: Look): Promise<ReportedFinding[]> {
  try {
    const findings: unknown = await parts.bounded(withinMs, work);
    if (!Array.isArray(findings) || !findings.every(isFinding)) {
      throw new TypeError("preflight gave no list of findings with a status, a subject and a message");
    }
    return findings.slice(0, MAX_FINDINGS).map((finding) => ({ ...finding, group }));
  } catch (thrown) {
    const late = thrown instanceof DOMException && thrown.name === "TimeoutError";
    const finding = late
      ? unclear(name, FAULT_CODES.timeout, `nothing was found out in time: ${thrown.message}`)
      : findingOfThrown(name, thrown);
    return [{ ...finding, group }];
  }
}

function resources(parts: PreflightParts): Look[] {
  const groups = parts.config.groups.filter(({ servers }) => servers.includes(parts.server));
  return groups.flatMap((group) =>
    group.resources.flatMap(({ name, plugin, options }, index) => {
      const { preflight } = plugin;
      if (preflight === undefined) return [];
      const below = group.resources.slice(0, index).map((other) => ({
        type: other.type,
        options: { ...other.options.get(parts.server) },
      }));
      const subject = { name, options, group: group.name, below };
      return [{
        name,
        group: group.name,
        withinMs: LOOK_MS,
        work: (signal: AbortSignal) => preflight.call(plugin, parts.context(subject, signal)),
      }];
    })
  );
}

/** Those that came with a resource have been looked at with it, and those that only run there would find nothing. */
function monitors(parts: PreflightParts): Look[] {
  return parts.config.monitors.flatMap(({ name, plugin, options, companion, timing, timeoutMs, servers }) => {
    if (companion || (servers !== undefined && !servers.includes(parts.server))) return [];
    if (!options.has(parts.server)) return [];
    const subject = { name, options };
    const { preflight } = plugin;
    if (preflight === undefined && timing === "active") return [];
    return [{
      name,
      group: null,
      withinMs: preflight === undefined ? Math.min(LOOK_MS, timeoutMs) : LOOK_MS,
      work: async (signal: AbortSignal) =>
        preflight === undefined
          ? [findingOfVerdict(name, await plugin.check(parts.context(subject, signal)))]
          : await preflight.call(plugin, parts.context(subject, signal)),
    }];
  });
}

function votes(parts: PreflightParts): Look[] {
  const { quorum, witness } = parts.config;
  const devices = quorum.map(({ name, plugin, options, timeoutMs }): Look => ({
    name,
    group: null,
    withinMs: plugin.preflight === undefined ? timeoutMs : LOOK_MS,
    work: async (signal) => {
      const context = parts.context({ name, options }, signal);
      return plugin.preflight === undefined
        ? [findingOfVerdict(name, await plugin.probe(context))]
        : await plugin.preflight(context);
    },
  }));
  if (witness === undefined) return devices;
  const holders = parts.config.groups.map(({ name: group }): Look => ({
    name: witness.name,
    group,
    withinMs: LOOK_MS,
    work: (signal) =>
      holderFindings(
        parts.config,
        group,
        parts.context({ name: witness.name, options: witness.options, group }, signal),
      ),
  }));
  if (witness.plugin.preflight === undefined) return [...devices, ...holders];
  const { name, options, plugin } = witness;
  const work = (signal: AbortSignal) => plugin.preflight!(parts.context({ name, options }, signal));
  return [...devices, { name, group: null, withinMs: LOOK_MS, work }, ...holders];
}

function fences(parts: PreflightParts): Look[] {
  const { fence, servers } = parts.config;
  if (fence === undefined) return [];
  const subject: PreflightSubject = { name: "fence", options: fence.options };
  const { plugin } = fence;
  const own: Look[] = plugin.preflight === undefined ? [] : [{
    name: "fence",
    group: null,
    withinMs: LOOK_MS,
    work: (signal) => plugin.preflight!(parts.context(subject, signal)),
  }];
  const others = servers.map(({ name }) => name).filter((name) => name !== parts.server);
  return [
    ...own,
    ...others.map((target): Look => ({
      name: `fence of ${target}`,
      group: null,
      withinMs: LOOK_MS,
      work: async (signal) => [
        findingOfVerdict(`fence of ${target}`, await plugin.ready(parts.fenceContext(subject, target, signal))),
      ],
    })),
  ];
}

function isFinding(value: unknown): value is Finding {
  const { status, code, subject, message, remedy } = (value ?? {}) as Partial<Finding>;
  return ["ok", "warning", "error", "unknown"].includes(status ?? "") && (code === null || typeof code === "number") &&
    [subject, message, remedy].every((text) => typeof text === "string");
}

/** Whether anything in the file talks to EC2, on any server. */
export function usesEc2(config: ClusterConfig): boolean {
  return allPermissions(config).some(({ action }) => action.startsWith("ec2:"));
}

/** Whether anything in the file talks to AWS at all, such as a witness in a bucket. */
export function usesAws(config: ClusterConfig): boolean {
  return allPermissions(config).length > 0;
}

/** What all types that the file uses have to be allowed, for the options of every server. */
export function allPermissions(config: ClusterConfig) {
  const { groups, monitors, quorum, witness, fence } = config;
  const used = [
    ...groups.flatMap(({ resources }) => resources),
    ...monitors,
    ...quorum,
    ...(witness === undefined ? [] : [witness]),
    ...(fence === undefined ? [] : [fence]),
  ];
  return used.flatMap(({ plugin, options }) => [...options.values()].flatMap((one) => plugin.permissions?.(one) ?? []));
}
