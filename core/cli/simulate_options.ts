/**
 * The arguments of `baton simulate`: faults in the order in which they are written, with their times.
 *
 * @module
 */
import type { ClusterConfig } from "../config/config.ts";
import { parseOption } from "../plugin/option_values.ts";
import { nearest } from "../plugin/nearest.ts";
import { DEFAULT_TIMES, type Fault, type TimedFault, type Times } from "../whatif/question.ts";
import { UsageError } from "./command.ts";
import type { Options } from "./options.ts";

/** Options that are faults, and what stands after them. */
export const FAULT_OPTIONS = [
  "kill",
  "crash",
  "servers",
  "az",
  "cut",
  "isolate",
  "pause",
  "suspend",
  "freeze",
  "device",
  "monitor",
  "move",
  "stop",
  "leave",
] as const;

/** Faults that need nothing after them. */
export const FAULT_FLAGS = ["witness-outage", "fence-fails"] as const;

/** When the faults after them happen. */
const TIME_OPTIONS = ["at", "after"] as const;

const ORDERED: readonly string[] = [...FAULT_OPTIONS, ...FAULT_FLAGS, ...TIME_OPTIONS];

/** Longest time that can be asked about, in milliseconds: a day. */
const DAY_MS = 86_400_000;
/** The most faults of one question. */
const MAX_FAULTS = 100;

/** The faults in `argv`, in the order of time. Throws a {@linkcode UsageError}. */
export function readFaults(argv: readonly string[], config: ClusterConfig): TimedFault[] {
  const faults: TimedFault[] = [];
  let atMs = 0;
  for (const { name, value } of ordered(argv)) {
    if (name === "at") atMs = durationOf("at", value);
    else if (name === "after") atMs += durationOf("after", value);
    else faults.push(...faultsOf(name, value, config).map((fault) => ({ atMs, fault })));
  }
  if (faults.length > MAX_FAULTS) throw new UsageError(`${faults.length} faults are too many; at most ${MAX_FAULTS}`);
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/** The times that no file has. */
export function readTimes(options: Options, config: ClusterConfig): Times {
  const time = (name: string) => optionalDuration(options, name);
  return {
    ...DEFAULT_TIMES,
    activationMs: time("activation") ?? null,
    deactivationMs: time("deactivation") ?? null,
    fenceMs: time("fence-time") ?? DEFAULT_TIMES.fenceMs,
    fenceTimeoutMs: config.fence?.timeoutMs ?? DEFAULT_TIMES.fenceTimeoutMs,
  };
}

/** An option that is a time, in milliseconds. */
export function optionalDuration(options: Options, name: string): number | undefined {
  const text = options.string(name);
  return text === undefined ? undefined : durationOf(name, text);
}

/** Zone -> its servers, as the `aws-az` monitors of the file say it. The first that speaks for a server counts. */
export function zonesOf({ monitors, servers }: ClusterConfig): Map<string, string[]> {
  const zones = new Map<string, string[]>();
  for (const { name } of servers) {
    const zone = monitors.filter(({ type }) => type === "aws-az")
      .map(({ options }) => options.get(name)?.["zone"]).find((value) => typeof value === "string");
    if (typeof zone === "string") zones.set(zone, [...zones.get(zone) ?? [], name]);
  }
  return zones;
}

/** What counts in its order. That every option is known and has its value was seen before. */
function* ordered(argv: readonly string[]): Generator<{ name: string; value: string }> {
  for (let index = 0; index < argv.length; index++) {
    const [, name = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argv[index]!) ?? [];
    if (!ORDERED.includes(name)) continue;
    const flag = (FAULT_FLAGS as readonly string[]).includes(name);
    yield { name, value: inline ?? (flag ? "" : argv[++index] ?? "") };
  }
}

function faultsOf(option: string, value: string, config: ClusterConfig): Fault[] {
  const servers = config.servers.map(({ name }) => name);
  const server = (name: string) => known("server", name, servers, option);
  const group = (name: string) => known("group", name, config.groups.map((each) => each.name), option);
  switch (option) {
    case "kill":
    case "isolate":
    case "leave":
      return [{ kind: option, server: server(value) }];
    case "crash":
      return [{ kind: "crash", servers: [server(value)] }];
    case "servers":
      return [{ kind: "crash", servers: value.split(",").map(server) }];
    case "az":
      return [zoneFault(value, config)];
    case "cut":
      return [cutOf(value, server)];
    case "pause":
    case "suspend":
    case "freeze": {
      const [name, time] = pair(option, value, "SERVER=DURATION, for example server1=30s");
      return [{ kind: option, server: server(name), forMs: durationOf(option, time) }];
    }
    case "device":
      if (config.quorum.length === 0 && !config.witness) {
        throw new UsageError("--device: the file has no quorum, so there is no device and no witness to lose");
      }
      return [value === "all" ? { kind: "device" } : { kind: "device", servers: [server(value)] }];
    case "witness-outage":
      if (!config.witness) throw new UsageError("--witness-outage: the file has no witness; --device all for devices");
      return [{ kind: "witness-outage" }];
    case "fence-fails":
      if (!config.fence) throw new UsageError("--fence-fails: the file has no fence");
      return [{ kind: "fence-fails" }];
    case "monitor":
      return [monitorOf(value, config, server)];
    case "move": {
      const [name, to] = pair("move", value, "GROUP=SERVER");
      return [{ kind: "move", group: group(name), to: server(to) }];
    }
    case "stop":
      return [{ kind: "stop", group: group(value) }];
    default:
      throw new Error(`${option} is no fault`);
  }
}

function zoneFault(zone: string, config: ClusterConfig): Fault {
  const zones = zonesOf(config);
  const servers = zones.get(zone);
  if (servers) return { kind: "crash", servers, zone };
  const names = config.servers.map(({ name }) => name).join(", ");
  throw new UsageError(
    zones.size === 0
      ? `--az ${zone}: the file does not say which server stands in which zone (a monitor of type aws-az would); name ` +
        `them: --servers A,B of ${names}`
      : `--az ${zone}: the aws-az monitors of the file know no such zone but ${
        [...zones].map(([name, within]) => `${name} (${within.join(", ")})`).join(" and ")
      }; or name the servers: --servers A,B`,
  );
}

function cutOf(value: string, server: (name: string) => string): Fault {
  const [a, b, ...more] = value.split(/[,>]/);
  if (!a || !b || more.length > 0) {
    throw new UsageError(`--cut ${value}: it is A,B for both ways, or 'A>B' for what A sends to B`);
  }
  const [from, to] = [server(a), server(b)];
  if (from === to) throw new UsageError(`--cut ${value}: a link has two ends; name two servers`);
  return { kind: "cut", from, to, both: value.includes(",") };
}

function monitorOf(value: string, config: ClusterConfig, server: (name: string) => string): Fault {
  const [where, status] = pair("monitor", value, "NAME@SERVER=error");
  const at = where.lastIndexOf("@");
  if (at < 1) throw new UsageError(`--monitor ${value}: it is NAME@SERVER=error`);
  const monitor = known("monitor", where.slice(0, at), config.monitors.map(({ name }) => name), "monitor");
  if (status !== "error" && status !== "warning" && status !== "unknown" && status !== "normal") {
    throw new UsageError(`--monitor ${value}: a monitor reports error, warning, unknown or normal`);
  }
  const on = server(where.slice(at + 1));
  const runsOn = config.monitors.find(({ name }) => name === monitor)?.servers;
  if (runsOn && !runsOn.includes(on)) {
    throw new UsageError(`--monitor ${value}: ${monitor} does not run on ${on}, only on ${runsOn.join(", ")}`);
  }
  return { kind: "monitor", monitor, server: on, status };
}

function pair(option: string, value: string, wanted: string): [string, string] {
  const at = value.lastIndexOf("=");
  if (at < 1 || at === value.length - 1) throw new UsageError(`--${option} ${value}: it is ${wanted}`);
  return [value.slice(0, at), value.slice(at + 1)];
}

function durationOf(option: string, text: string): number {
  const parsed = parseOption({ type: "duration", min: 0, max: DAY_MS, description: "" }, text, { baseDir: "" });
  if (parsed.ok && typeof parsed.value === "number") return parsed.value;
  throw new UsageError(`--${option} ${text}: ${parsed.ok ? "is no time" : parsed.problem}`);
}

function known(kind: string, name: string, names: readonly string[], option: string): string {
  if (names.includes(name)) return name;
  const meant = nearest(name, names);
  throw new UsageError(
    `--${option}: there is no ${kind} ${name || "without a name"}; ${
      meant === undefined ? `known are ${names.join(", ") || "none"}` : `did you mean ${meant}?`
    }`,
  );
}
