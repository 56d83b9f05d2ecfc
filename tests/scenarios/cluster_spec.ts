/** The lines of a scenario that describe the cluster: `cluster`, `group`, `monitor`. */
import type {
  ClusterSpec,
  ExclusionSpec,
  FinalAction,
  GroupSpec,
  MonitorSpec,
  Policy,
  RecoveryTarget,
} from "../../core/cluster/spec.ts";
import { TIMING_PRESETS } from "../../core/cluster/timing.ts";
import { namesOf, numberOf, oneOf, onlyOptions, type Words } from "./words.ts";

const FINAL_ACTIONS: readonly FinalAction[] = ["none", "stop-group", "stop-service", "shutdown", "reboot"];
const POLICIES: readonly Policy[] = ["stable", "priority", "last"];
const BY_WHOM = ["auto", "manual"] as const;

/** `cluster servers=server1,server2 tie-breaker|witness timing=fast self-fence=shutdown fence=auto survivor=server1`. */
export function clusterOf(words: Words): ClusterSpec {
  onlyOptions(words, ["servers", "timing", "self-fence", "fence", "survivor"]);
  const { options, plain } = words;
  return {
    servers: namesOf(options, "servers", ["server1", "server2"]),
    tieBreaker: plain.includes("tie-breaker"),
    witness: plain.includes("witness"),
    timing: TIMING_PRESETS[oneOf(options, "timing", ["fast", "standard", "relaxed"], "fast")],
    selfFenceAction: oneOf(options, "self-fence", ["stop-service", "shutdown", "reboot"], "shutdown"),
    ...(options.has("fence") ? { fence: { wait: oneOf(options, "fence", ["auto", "always"], "auto") } } : {}),
    ...(options.has("survivor") ? { survivor: needed(options.get("survivor"), "survivor=SERVER") } : {}),
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
    resources: namesOf(options, "resources", ["vip1", "app1"]).map((name) => ({
      name,
      address: name.startsWith("vip"),
      activateRetries: numberOf(options, "retries", 1),
      deactivateRetries: numberOf(options, "deactivate-retries", 1),
      deactivateFinalAction: oneOf(options, "final", FINAL_ACTIONS, "shutdown"),
    })),
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

/** `monitor tcpw1 target=app1@failover1 timing=active retries=1 reactivations=1 failovers=1 final=none unknown=ignore`. */
export function monitorOf(words: Words): MonitorSpec {
  onlyOptions(words, ["target", "timing", "servers", "retries", "reactivations", "failovers", "final", "unknown"]);
  const { options, plain } = words;
  const servers = options.get("servers")?.split(",");
  return {
    name: needed(plain[0], "monitor NAME"),
    timing: oneOf(options, "timing", ["always", "active"], "active"),
    ...(servers ? { servers } : {}),
    retries: numberOf(options, "retries", 0),
    recovery: {
      target: targetOf(needed(options.get("target"), "monitor NAME target=...")),
      maxReactivations: numberOf(options, "reactivations", 0),
      maxFailovers: numberOf(options, "failovers", 1),
      finalAction: oneOf(options, "final", FINAL_ACTIONS, "none"),
      onUnknown: oneOf(options, "unknown", ["ignore", "warn", "recover"], "ignore"),
    },
  };
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
