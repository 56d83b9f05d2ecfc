/** The lines of a scenario that describe the cluster: `cluster`, `group`, `monitor`. */
import type {
  ClusterSpec,
  ExclusionSpec,
  FinalAction,
  GroupFinalAction,
  GroupSpec,
  MonitorSpec,
  Policy,
  PowerAction,
  RecoveryStep,
  RecoveryTarget,
  StartAfter,
  StopAfter,
} from "../../core/cluster/spec.ts";
import { TIMING_PRESETS } from "../../core/cluster/timing.ts";
import { durationOf, namesOf, numberOf, oneOf, onlyOptions, type Words } from "./words.ts";

const POWER_ACTIONS: readonly PowerAction[] = ["stop-service", "shutdown", "reboot"];
const GROUP_ACTIONS: readonly GroupFinalAction[] = ["none", "stop-group", ...POWER_ACTIONS];
const FINAL_ACTIONS: readonly FinalAction[] = ["stop-resource", ...GROUP_ACTIONS];
const UNKNOWN = ["ignore", "warn", "recover"] as const;
const POLICIES: readonly Policy[] = ["stable", "priority", "last"];
const BY_WHOM = ["auto", "manual"] as const;

/**
 * `cluster servers=server1,server2 tie-breaker|witness timing=fast self-fence=shutdown fence=auto survivor=server1
 * keep=monitor,activation,deactivation power-actions=3`. `keep`: whose final actions the last server does without.
 */
export function clusterOf(words: Words): ClusterSpec {
  onlyOptions(words, ["servers", "timing", "self-fence", "fence", "survivor", "keep", "power-actions"]);
  const keep = namesOf(words.options, "keep", []);
  const kept = (cause: string) => keep.includes(cause) ? "keep" : "act";
  const { options, plain } = words;
  return {
    servers: namesOf(options, "servers", ["server1", "server2"]),
    tieBreaker: plain.includes("tie-breaker"),
    witness: plain.includes("witness"),
    timing: TIMING_PRESETS[oneOf(options, "timing", ["fast", "standard", "relaxed"], "fast")],
    selfFenceAction: oneOf(options, "self-fence", ["stop-service", "shutdown", "reboot"], "shutdown"),
    ...(options.has("fence") ? { fence: { wait: oneOf(options, "fence", ["auto", "always"], "auto") } } : {}),
    ...(options.has("survivor") ? { survivor: needed(options.get("survivor"), "survivor=SERVER") } : {}),
    lastServer: { monitor: kept("monitor"), activation: kept("activation"), deactivation: kept("deactivation") },
    ...(options.has("power-actions") ? { maxPowerActions: numberOf(options, "power-actions", 3) } : {}),
    exclusions: [],
    groups: [],
    monitors: [],
  };
}

/** `group failover1 servers=server1,server2 resources=vip1,app1 failback=auto ...`. */
export function groupOf(words: Words, cluster: ClusterSpec): GroupSpec {
  onlyOptions(words, [
    "servers",
    "resources",
    "startup",
    "failover",
    "failback",
    "retries",
    "deactivate-retries",
    "final",
    "policy",
    "healthy",
    "otherwise",
    "activation-failovers",
    "activation-final",
    "activation-stall",
    "deactivation-stall",
    "start-after",
    "start-timeout",
    "start-otherwise",
    "stop-after",
    "stop-at",
    "stop-timeout",
  ]);
  const { options, plain } = words;
  return {
    name: needed(plain[0], "group NAME"),
    servers: namesOf(options, "servers", cluster.servers),
    startup: oneOf(options, "startup", BY_WHOM, "auto"),
    failover: oneOf(options, "failover", BY_WHOM, "auto"),
    failback: oneOf(options, "failback", BY_WHOM, "manual"),
    policy: oneOf(options, "policy", POLICIES, "stable"),
    ...(options.has("healthy")
      ? {
        healthy: {
          monitors: namesOf(options, "healthy", []),
          otherwise: oneOf(options, "otherwise", ["none", "any"], "none"),
        },
      }
      : {}),
    ...startAfterOf(words),
    ...stopAfterOf(words),
    resources: namesOf(options, "resources", ["vip1", "app1"]).map((name) => ({
      name,
      address: name.startsWith("vip"),
      activateRetries: numberOf(options, "retries", 1),
      deactivateRetries: numberOf(options, "deactivate-retries", 1),
      deactivateFinalAction: oneOf(options, "final", GROUP_ACTIONS, "shutdown"),
      ...(options.has("activation-failovers")
        ? { activateFailovers: numberOf(options, "activation-failovers", 0) }
        : {}),
      activateFinalAction: oneOf(options, "activation-final", [...GROUP_ACTIONS, "continue"], "none"),
      ...(options.has("activation-stall")
        ? { activateStallAction: oneOf(options, "activation-stall", POWER_ACTIONS, "shutdown") }
        : {}),
      ...(options.has("deactivation-stall")
        ? { deactivateStallAction: oneOf(options, "deactivation-stall", POWER_ACTIONS, "shutdown") }
        : {}),
    })),
  };
}

/** `start-after=failover1,failover3:same start-timeout=20s start-otherwise=abort`. */
function startAfterOf({ options }: Words): { startAfter?: StartAfter[] } {
  const names = namesOf(options, "start-after", []);
  if (names.length === 0) return {};
  return {
    startAfter: names.map((name) => ({
      group: name.split(":")[0] ?? "",
      sameServer: name.endsWith(":same"),
      timeoutMs: durationOf(options.get("start-timeout") ?? "30min"),
      onTimeout: oneOf(options, "start-otherwise", ["abort", "continue"], "abort"),
    })),
  };
}

/** `stop-after=failover2 stop-at=group,server,cluster stop-timeout=20s`. */
function stopAfterOf({ options }: Words): { stopAfter?: StopAfter } {
  const groups = namesOf(options, "stop-after", []);
  if (groups.length === 0) return {};
  const at = namesOf(options, "stop-at", ["cluster"]);
  return {
    stopAfter: {
      groups,
      at: { group: at.includes("group"), server: at.includes("server"), cluster: at.includes("cluster") },
      timeoutMs: durationOf(options.get("stop-timeout") ?? "30min"),
    },
  };
}

/** `exclusion apart groups=failover1,failover2 kind=normal`. */
export function exclusionOf(words: Words): ExclusionSpec {
  onlyOptions(words, ["groups", "kind"]);
  const { options, plain } = words;
  return {
    name: needed(plain[0], "exclusion NAME"),
    groups: namesOf(options, "groups", []),
    kind: oneOf(options, "kind", ["normal", "absolute"], "normal"),
  };
}

/**
 * `monitor tcpw1 target=app1@failover1 timing=active retries=1 script=1 reactivations=1 failovers=1 failover-target=stable
 * before=reactivation,failover,finalAction final=none unknown=ignore timeout=warn`.
 */
export function monitorOf(words: Words): MonitorSpec {
  onlyOptions(words, [
    "target",
    "timing",
    "servers",
    "retries",
    "script",
    "reactivations",
    "failovers",
    "failover-target",
    "before",
    "final",
    "unknown",
    "timeout",
  ]);
  const { options, plain } = words;
  const servers = options.get("servers")?.split(",");
  return {
    name: needed(plain[0], "monitor NAME"),
    timing: oneOf(options, "timing", ["always", "active"], "active"),
    ...(servers ? { servers } : {}),
    retries: numberOf(options, "retries", 0),
    recovery: {
      target: targetOf(needed(options.get("target"), "monitor NAME target=...")),
      maxScripts: numberOf(options, "script", 0),
      before: namesOf(options, "before", []).map(beforeOf),
      maxReactivations: numberOf(options, "reactivations", 0),
      maxFailovers: numberOf(options, "failovers", 1),
      failoverTarget: oneOf(options, "failover-target", ["stable", "priority"], "stable"),
      finalAction: oneOf(options, "final", FINAL_ACTIONS, "none"),
      onUnknown: oneOf(options, "unknown", UNKNOWN, "ignore"),
      ...(options.has("timeout") ? { onTimeout: oneOf(options, "timeout", UNKNOWN, "warn") } : {}),
    },
  };
}

function beforeOf(word: string): Exclude<RecoveryStep, "script"> {
  if (word === "reactivation" || word === "failover" || word === "finalAction") return word;
  throw new Error(`before=${word}: it is one of reactivation, failover, finalAction`);
}

function targetOf(word: string): RecoveryTarget {
  if (word === "local-server" || word === "all-groups") return { kind: word };
  const [first = "", group] = word.split("@");
  return group === undefined ? { kind: "group", group: first } : { kind: "resource", group, resource: first };
}

function needed(word: string | undefined, usage: string): string {
  if (word === undefined) throw new Error(`usage: ${usage}`);
  return word;
}
