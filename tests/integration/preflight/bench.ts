/** The guide's two clusters in the sandbox, as server2 sees them before it has to carry anything. */
import assert from "node:assert/strict";
import { join } from "node:path";
// Loaded before the clock of any call runs: on a busy machine loading the SDK takes longer than a call may.
import "../../../core/aws/sdk.ts";
import { bounded } from "../../../core/agent/bounded.ts";
import { Contexts } from "../../../core/agent/contexts.ts";
import type { ClusterConfig } from "../../../core/config/config.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { loadConfig } from "../../../core/config/load.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import type { FindingStatus } from "../../../core/plugin/finding.ts";
import type { PeerNews } from "../../../core/preflight/peers.ts";
import type { PreflightReport, ReportedFinding } from "../../../core/preflight/report.ts";
import { runPreflight } from "../../../core/preflight/run.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { wayTo } from "../../conformance/sandbox_way.ts";
import { setEnv } from "../../environment/variables.ts";
import { eipTopology, type Sandbox, startSandbox, vipTopology } from "../../../sandbox/mod.ts";

export const SELF = "server2";
const NAT = "10.0.10.100";

/** What is broken before the preflight. */
export interface Break {
  /** In the file: text in place of other text. */
  file?: [string, string][];
  /** Actions that the role may use. */
  allow?: string[];
  /** The agent finds the sandbox by its environment, and these variables are in it besides. */
  env?: Record<string, string>;
  /** In the cloud and on the machine. */
  world?: (bench: PreflightBench) => void | Promise<void>;
}

/** A cluster in the sandbox, and the machine of server2. */
export interface PreflightBench {
  sandbox: Sandbox;
  config: ClusterConfig;
  /** Holds cluster.yaml, baton.key, start.sh, state and machine. */
  folder: string;
  run(more?: { peers?: PeerNews; bootMs?: number; thorough?: boolean }): Promise<PreflightReport>;
}

/** The `cluster.yaml`, with the actions of every AWS type in it. */
function clusterFile(kind: "vip" | "eip"): string {
  const [a, b] = (kind === "vip" ? vipTopology() : eipTopology()).servers;
  const resource = kind === "vip"
    ? "awsvip1: { type: aws-vip, ip: 10.1.0.20, vpc: vpc-1234abcd"
    : "awseip1: { type: aws-eip, allocation: eipalloc-1234abcd";
  return `cluster: ${kind}
key: baton.key
state: state
aws: { region: ap-northeast-1, timeout: 3s }
servers:
  server1: { interconnect: ${a!.privateIp} }
  server2: { interconnect: ${b!.privateIp} }
quorum: { nat: { type: ping, addresses: [${NAT}], pingTimeout: 50ms } }
fence: { type: aws-stop, instance: ${a!.instanceId}, individually: { server2: { instance: ${b!.instanceId} } } }
groups:
  failover1:
    resources:
      app1: { type: script, start: [FOLDER/start.sh], stop: [sh, FOLDER/start.sh] }
      db1: { type: service, service: db }
      ${resource}, eni: ${a!.eniId}, individually: { server2: { eni: ${b!.eniId} } } }
monitors:
  awsazw1: { type: aws-az, timeout: 3s }
  ipw1: { type: ip, addresses: [${NAT}], pingTimeout: 50ms }
`;
}

/** Makes a cluster, breaks it, and hands it to `work`. */
export async function onBench(
  kind: "vip" | "eip",
  broken: Break,
  work: (bench: PreflightBench) => Promise<void>,
): Promise<void> {
  const topology = kind === "vip" ? vipTopology() : eipTopology();
  const folder = await Deno.makeTempDir({ prefix: "baton-preflight-" });
  const sandbox = await startSandbox(topology, broken.allow ? { allow: { [SELF]: broken.allow } } : {});
  const restore = broken.env === undefined ? () => {} : setEnv({ ...sandbox.env(SELF), ...broken.env });
  const os = new SimulatedOs(join(folder, "machine"), () => {});
  let contexts: Contexts | undefined;
  try {
    await layOut(folder, topology.servers[1]!);
    const file = (broken.file ?? []).reduce((text, [from, to]) => {
      assert.ok(text.includes(from), `the file has no ${from}`);
      return text.replaceAll(from, to);
    }, clusterFile(kind)).replaceAll("FOLDER", folder);
    await Deno.writeTextFile(join(folder, "cluster.yaml"), file);
    const plugins = pluginLoader({ builtIns, dropInDirs: [] });
    const config = await loadConfig(join(folder, "cluster.yaml"), { plugins });
    if (broken.env === undefined) config.aws.way = { ...config.aws.way, ...wayTo(sandbox, SELF) };
    const made = contexts = new Contexts(SELF, os, config.aws, () => ({ debug() {}, info() {}, warn() {} }), () => 0);
    const bench: PreflightBench = {
      sandbox,
      config,
      folder,
      run: ({ peers, bootMs = null, thorough = true } = {}) =>
        runPreflight({
          config,
          server: SELF,
          version: "1.0.0",
          os,
          thorough,
          run: 1,
          bootMs,
          // How quick the disk of a test is, is nobody's concern.
          slowDiskMs: Infinity,
          peers,
          context: (subject, signal) => made.preflight(subject, thorough, signal),
          fenceContext: (subject, target, signal) => made.fence(subject, target, signal),
          inspection: () => made.inspection(),
          bounded: (ms, look) => bounded(new AbortController().signal, ms, look),
        }),
    };
    await broken.world?.(bench);
    await work(bench);
  } finally {
    contexts?.close();
    await sandbox.close();
    restore();
    await Deno.remove(folder, { recursive: true });
  }
}

async function layOut(folder: string, { mac, privateIp }: { mac: string; privateIp: string }): Promise<void> {
  for (const part of ["nics/eth0/addresses", "reach", "services"]) {
    await Deno.mkdir(join(folder, "machine", part), { recursive: true });
  }
  await Deno.writeTextFile(join(folder, "machine/nics/eth0/mac"), mac);
  await Deno.writeTextFile(join(folder, "machine/nics/eth0/addresses", privateIp), "");
  await Deno.writeTextFile(join(folder, "machine/reach", NAT), "1");
  await Deno.writeTextFile(join(folder, "machine/services/db"), "stopped");
  await Deno.writeTextFile(join(folder, "start.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await Deno.writeTextFile(join(folder, "baton.key"), "0123456789".repeat(4), { mode: 0o600 });
}

/** What is not well. */
export function notWell({ findings }: PreflightReport): ReportedFinding[] {
  return findings.filter(({ status }) => status !== "ok");
}

/** Fails unless exactly the wanted things are not well: status, number, subject, and a part of what is said. */
export function assertFound(
  report: PreflightReport,
  ...wanted: [status: FindingStatus, code: number, subject: string, said: RegExp][]
): void {
  const found = notWell(report).map((one) => ({
    ...one,
    subject: one.subject.replace(/\/\S*\/baton-preflight-[^/]+/, "FOLDER"),
  }));
  const shown = found.map(({ status, code, subject, message, remedy }) =>
    `${status} ${code} ${subject}: ${message}; ${remedy}`
  ).join("\n");
  assert.equal(found.length, wanted.length, `found:\n${shown}`);
  for (const [status, code, subject, said] of wanted) {
    const match = found.some((one) =>
      one.status === status && one.code === code && one.subject === subject &&
      said.test(`${one.message}; ${one.remedy}`)
    );
    assert.ok(match, `no ${status} ${code} ${subject} ${said} in:\n${shown}`);
  }
}
