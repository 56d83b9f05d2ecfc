/**
 * The top of `cluster.yaml`: the keys of the file, and the order its parts are read in.
 *
 * @module
 */
import { resolve } from "node:path";
import type { Endpoint } from "../plugin/options.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { checkClaims } from "./claims.ts";
import { readCompanion } from "./companions.ts";
import type { AwsConfig, ClusterConfig, MonitorConfig } from "./config.ts";
import type { FileContext, PluginLoader } from "./context.ts";
import { type Cursor, parseYaml } from "./document.ts";
import { FENCE_SHAPE, fencedVoteWarnings, readFence } from "./fence.ts";
import { EXCLUSIONS_SHAPE, readExclusions } from "./exclusions.ts";
import { checkHealthy, GROUPS_SHAPE, readGroups } from "./groups.ts";
import { LAST_SERVER_SHAPE, readLastServer } from "./last_server.ts";
import { MONITORS_SHAPE, readMonitors } from "./monitors.ts";
import { Names } from "./names.ts";
import { Owned } from "./owned.ts";
import { PLUGINS_SHAPE, PluginTypes } from "./plugins.ts";
import { PREFLIGHT_SHAPE, readPreflight } from "./preflight.ts";
import { Problems } from "./problem.ts";
import { QUORUM_SHAPE, readQuorum, voteWarnings } from "./quorum.ts";
import { endpointText, readServers, SERVERS_SHAPE } from "./servers.ts";
import { readSection } from "./shape/read.ts";
import { NAME, type SectionShape, type ShapeKeys } from "./shape/shape.ts";
import { unknownName } from "./unknown_name.ts";
import { stopLoadWarnings } from "./stop_load.ts";
import { readTiming, TIMING_SHAPE } from "./timing.ts";
import { readWatchdog, WATCHDOG_SHAPE } from "./watchdog.ts";

const AWS_KEYS = {
  region: {
    type: "string",
    pattern: { test: /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/, expected: "a region like ap-northeast-1" },
    description: "the region; default: the SDK's chain, on EC2 that of the instance",
  },
  timeout: {
    type: "duration",
    min: 100,
    max: 300_000,
    default: "5s",
    description: "deadline of one call to EC2 or the metadata service",
  },
  proxy: {
    type: "string",
    pattern: {
      test: /^(?:none|https?:\/\/[^\s/?#]+\/?)$/,
      expected: "none or the URL of a proxy such as http://proxy.example.com:3128",
    },
    description: "HTTP proxy that AWS is asked by; default: HTTPS_PROXY; none: straight; NO_PROXY says what is asked " +
      "without it",
  },
  caBundle: {
    type: "path",
    description:
      "file with CA certificates (PEM) that are trusted besides the well-known ones, the same path on every " +
      "server; default: AWS_CA_BUNDLE; NODE_EXTRA_CA_CERTS counts too",
  },
} as const satisfies ShapeKeys;

const AWS: SectionShape<typeof AWS_KEYS> = { form: "section", description: "how AWS is reached", keys: AWS_KEYS };

const KEYS = {
  cluster: { type: "string", required: true, pattern: NAME, description: "the name of the cluster" },
  key: {
    type: "path",
    default: "baton.key",
    description: "file with the key that all servers share, relative to this file; default baton.key",
  },
  state: {
    type: "path",
    description: "folder for state and journal; default /var/lib/baton, on Windows %ProgramData%\\baton",
  },
  status: { type: "endpoint", default: "127.0.0.1:7711", description: "where the status endpoint listens" },
  statusNames: {
    type: "strings",
    single: true,
    pattern: {
      test: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/,
      expected: "a host name like server1.example.internal, without a port",
    },
    description:
      "host names under which the status endpoint is asked besides addresses, localhost, the host's own name and the " +
      "names of the servers; requests for other hosts are refused",
  },
  timing: TIMING_SHAPE,
  aws: AWS,
  preflight: PREFLIGHT_SHAPE,
  selfFence: {
    type: "string",
    oneOf: ["stop-service", "shutdown", "reboot"],
    default: "shutdown",
    description: "what is done when groups do not stop in time after the permit ended",
  },
  lastServer: LAST_SERVER_SHAPE,
  maxPowerActions: {
    type: "integer",
    min: 0,
    max: 99,
    default: 3,
    description: "shutdowns and reboots of a server by final actions within an hour; more are only told. 0: no limit",
  },
  watchdog: WATCHDOG_SHAPE,
  servers: SERVERS_SHAPE,
  quorum: QUORUM_SHAPE,
  tieBreaker: {
    type: "string",
    oneOf: ["any", "all"],
    description:
      "how several acknowledgement devices count together: any that answers is enough, or all must answer; " +
      "default any",
  },
  fence: FENCE_SHAPE,
  survivor: {
    type: "string",
    description:
      "with acknowledgement devices: the server on which a group starts again after it was found active on two; " +
      "default: it stays down until an operator starts it",
  },
  exclusions: EXCLUSIONS_SHAPE,
  groups: GROUPS_SHAPE,
  monitors: MONITORS_SHAPE,
  plugins: PLUGINS_SHAPE,
} as const satisfies ShapeKeys;

/** The whole file. */
export const CLUSTER_SHAPE: SectionShape<typeof KEYS> = {
  form: "section",
  description: "a failover cluster",
  keys: KEYS,
};

/** What is known of a file before it is read. */
export interface ClusterFile {
  /** As the caller named it; every problem begins with it. */
  label: string;
  /** Absolute path. */
  path: string;
  /** Absolute folder that paths in the file are relative to. */
  baseDir: string;
  text: string;
  /** SHA-256 in hex. */
  digest: string;
  /** Where state is kept when the file does not say. */
  defaultStateDir: string;
  /** The server that asks; it must be in the file. */
  server?: string;
}

/** Checks the text of a `cluster.yaml`. Throws a `ConfigError` with all its problems. */
export async function readCluster(file: ClusterFile, plugins: PluginLoader): Promise<ClusterConfig> {
  const problems = new Problems(file.label);
  const top = parseYaml(file.text, problems);
  problems.throwIfAny();
  if (top === undefined) throw new Error("a file that is no map has a problem");

  const base = { problems, baseDir: file.baseDir };
  const { values, written } = readSection(top, CLUSTER_SHAPE, base);
  const servers = readServers(written.get("servers"), base);
  const names = servers.map((server) => server.name);
  const stateDir = values.state ?? resolve(file.defaultStateDir);
  const types = new PluginTypes(written.get("plugins"), stateDir, base);
  const context: FileContext = {
    ...base,
    plugins,
    settings: (type) => types.settings(type),
    servers: names,
    names: new Names(problems),
    owned: new Owned(problems),
    warnings: [],
  };
  if (file.server !== undefined && names.length > 0 && !names.includes(file.server)) {
    problems.add(
      (written.get("servers") ?? top).keyPlace,
      unknownName("server", file.server, names),
      FAULT_CODES.fileName,
    );
  }

  const timing = readTiming(written.get("timing"), context);
  const watchdog = readWatchdog(written.get("watchdog"), timing, context);
  const quorum = await readQuorum(written.get("quorum"), written.get("tieBreaker"), timing, context);
  const fence = await readFence(written.get("fence"), context);
  const groups = await readGroups(written.get("groups"), context);
  checkClaims(groups, servers, context);
  const targets = groups.map(({ config, resourceNames }) => ({
    name: config.name,
    servers: config.servers,
    resources: resourceNames,
  }));
  const monitors: MonitorConfig[] = await readMonitors(written.get("monitors"), targets, context);
  for (const resource of groups.flatMap((group) => group.resources)) {
    const companion = await readCompanion(resource, targets, context);
    if (companion !== undefined) monitors.push(companion);
  }
  checkHealthy(written.get("groups"), monitors, context);
  const exclusions = readExclusions(written.get("exclusions"), targets.map(({ name }) => name), context);
  const survivorAt = written.get("survivor");
  if (survivorAt !== undefined && values.survivor !== undefined && !names.includes(values.survivor)) {
    problems.add(survivorAt.place, unknownName("server", values.survivor, names), FAULT_CODES.fileName);
  }
  const aws = readAws(written.get("aws"), context);
  const preflight = readPreflight(written.get("preflight"), context);
  const lastServer = readLastServer(written.get("lastServer"), context);
  problems.throwIfAny();

  const config: ClusterConfig = {
    path: file.path,
    digest: file.digest,
    cluster: values.cluster ?? "",
    servers,
    keyFile: values.key,
    stateDir,
    status: values.status,
    statusNames: values.statusNames ?? [],
    timing,
    ...quorum,
    tieBreaker: values.tieBreaker ?? "any",
    ...(fence === undefined ? {} : { fence }),
    groups: groups.map((group) => group.config),
    monitors,
    exclusions,
    ...(values.survivor === undefined ? {} : { survivor: values.survivor }),
    aws,
    preflight,
    selfFenceFinalAction: values.selfFence,
    lastServer,
    ...(values.maxPowerActions === 0 ? {} : { maxPowerActions: values.maxPowerActions }),
    ...(watchdog === undefined ? {} : { watchdog }),
    warnings: [
      ...(fence === undefined ? voteWarnings(names.length, quorum) : fencedVoteWarnings(names.length, quorum)),
      ...statusWarnings(values.status),
      ...context.warnings,
      ...types.warnings(),
    ],
  };
  config.warnings.push(...stopLoadWarnings(config));
  return config;
}

function readAws(at: Cursor | undefined, context: FileContext): AwsConfig {
  const callTimeoutMs = 5_000;
  if (at === undefined) return { callTimeoutMs };
  const { values, written } = readSection(at, AWS, context);
  if (values.proxy?.includes("@")) {
    // Without the value: it is no secret any more where it is shown.
    const place = (written.get("proxy") ?? at).place;
    const why = "this file is shared by all servers and shown; put them into HTTPS_PROXY in the agent's environment";
    context.problems.add(place, `has a user or a password: ${why}`, FAULT_CODES.fileSense);
  }
  return {
    ...(values.region === undefined ? {} : { region: values.region }),
    callTimeoutMs: values.timeout,
    way: {
      ...(values.proxy === undefined ? {} : { proxy: values.proxy }),
      ...(values.caBundle === undefined ? {} : { caBundle: values.caBundle }),
    },
  };
}

function statusWarnings(status: Endpoint): string[] {
  if (/^(127\.|::1$|localhost$)/.test(status.host)) return [];
  return [`status: ${endpointText(status)} can be reached from other machines; 127.0.0.1:7711 keeps it on this one`];
}
