/**
 * The bench with the sandbox and the real SDK in place of the EC2 in memory: server2 of the guide's systems, which takes
 * over from server1.
 *
 * @module
 */
import { join } from "node:path";
// Loaded before the clock of any call runs: on a busy machine loading the SDK takes longer than a call may.
import "../../core/aws/sdk.ts";
import { createEc2 } from "../../core/aws/ec2_client.ts";
import { Ec2Sdk } from "../../core/aws/ec2_sdk.ts";
import { createImds } from "../../core/aws/imds_client.ts";
import { SimulatedOs } from "../../core/os/simulated.ts";
import { createContext } from "../../core/plugin/context.ts";
import type { PluginContext } from "../../core/plugin/contract.ts";
import { type Sandbox, type SandboxOptions, startSandbox, type Topology } from "../../sandbox/mod.ts";
import { wayTo } from "./sandbox_way.ts";

/** Name of the server the tests run on. */
const SELF = "server2";

/** Deadline of a call: short, because some tests wait for it. In milliseconds. */
const CALL_TIMEOUT_MS = 400;

/** A sandbox, a simulated machine whose NIC is the server's ENI, and contexts. */
export interface SandboxBench extends AsyncDisposable {
  sandbox: Sandbox;
  os: SimulatedOs;
  folder: string;
  /** The ENI of the server, and the one of the other server. */
  eni: string;
  peerEni: string;
  /** What plugins logged as warnings. */
  warnings: string[];
  context(options: Record<string, unknown>, signal?: AbortSignal): PluginContext<Record<string, unknown>>;
  /** Calls that change or read something are never answered. */
  hang(action: string): void;
  cutOff(): void;
}

/** Makes a bench on `topology`. */
export async function createSandboxBench(topology: Topology, options: SandboxOptions = {}): Promise<SandboxBench> {
  const [peer, self] = topology.servers;
  if (peer === undefined || self === undefined) throw new Error("the topology needs two servers");
  const sandbox = await startSandbox(topology, options);
  const warnings: string[] = [];
  const folder = await Deno.makeTempDir({ prefix: "baton-sandbox-bench-" });
  await Deno.mkdir(join(folder, "nics", "eth0", "addresses"), { recursive: true });
  await Deno.writeTextFile(join(folder, "nics", "eth0", "mac"), self.mac);
  const os = new SimulatedOs(folder, () => {});
  const way = wayTo(sandbox, SELF);
  const sdk = new Ec2Sdk({ callTimeoutMs: CALL_TIMEOUT_MS, way });
  const imds = createImds({ endpoint: sandbox.imdsEndpoint(SELF) });
  // Its credentials are no part of the short time of a call.
  await sdk.prepare(new AbortController().signal);
  return {
    sandbox,
    os,
    folder,
    eni: self.eniId,
    peerEni: peer.eniId,
    warnings,
    context: (options, signal = new AbortController().signal) =>
      createContext({
        options,
        name: "thing1",
        server: SELF,
        group: "group1",
        signal,
        log: { debug() {}, info() {}, warn: (message) => void warnings.push(message) },
        os,
        ec2: () => Promise.resolve(createEc2(sdk)),
        imds,
        way,
      }),
    hang: (action) => void sandbox.faults.add({ kind: "hang", server: SELF, action }),
    cutOff: () => void sandbox.faults.add({ kind: "unreachable", server: SELF }),
    [Symbol.asyncDispose]: async () => {
      sdk.close();
      await sandbox.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
