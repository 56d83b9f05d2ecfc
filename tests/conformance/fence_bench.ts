/**
 * The bench of a fence: server2 of the guide's first system, in the sandbox, whose fence is to stop server1.
 *
 * @module
 */
// Loaded before the clock of any call runs: on a busy machine loading the SDK takes longer than a call may.
import "../../core/aws/sdk.ts";
import { createEc2 } from "../../core/aws/ec2_client.ts";
import { Ec2Sdk } from "../../core/aws/ec2_sdk.ts";
import { createImds } from "../../core/aws/imds_client.ts";
import type { AwsWay } from "../../core/aws/way.ts";
import { SimulatedOs } from "../../core/os/simulated.ts";
import { createContext, fenceContext } from "../../core/plugin/context.ts";
import type { FenceContext } from "../../core/plugin/contract.ts";
import { type Region, type Sandbox, type SandboxOptions, startSandbox, vipTopology } from "../../sandbox/mod.ts";
import { wayTo } from "./sandbox_way.ts";

/** Who shoots, and who is shot at. */
export const SHOOTER = "server2";
const TARGET = "server1";

/** Deadline of a call: short, because some tests wait for it. In milliseconds. */
const CALL_TIMEOUT_MS = 1_500;

/** A sandbox with two instances, and contexts of the one that fences. */
export interface FenceBench extends AsyncDisposable {
  sandbox: Sandbox;
  folder: string;
  /** The way of the shooter to the sandbox. */
  way: AwsWay;
  /** What the plugin logged, all levels. */
  logged: string[];
  own: Region["instances"][number];
  target: Region["instances"][number];
  /** What EC2 was asked to do to instances, dry runs left out. */
  stops(): string[];
  context<Options>(options: Options, targetOptions: Options, signal?: AbortSignal): FenceContext<Options>;
}

/** Makes a bench. With `givenKeys` the credentials are not those that the metadata service has. */
export async function createFenceBench(
  options: SandboxOptions & { givenKeys?: boolean } = {},
): Promise<FenceBench> {
  const topology = vipTopology();
  const sandbox = await startSandbox(topology, { instanceDelayMs: 160, skipShutdownDelayMs: 40, ...options });
  const folder = await Deno.makeTempDir({ prefix: "baton-fence-bench-" });
  const keys = { accessKeyId: "AKIAGIVENTOATEST", secretAccessKey: "not-a-secret" };
  const way = wayTo(sandbox, SHOOTER, options.givenKeys ? { credentials: () => Promise.resolve(keys) } : {});
  const sdk = new Ec2Sdk({ callTimeoutMs: CALL_TIMEOUT_MS, way });
  const imds = createImds({ endpoint: sandbox.imdsEndpoint(SHOOTER), timeoutMs: 2_000 });
  const os = new SimulatedOs(folder, () => {});
  const logged: string[] = [];
  const log = (text: string) => void logged.push(text);
  const instanceOf = (server: string) => {
    const { instanceId } = topology.servers.find(({ name }) => name === server)!;
    return sandbox.region.instances.find(({ id }) => id === instanceId)!;
  };
  return {
    sandbox,
    folder,
    way,
    logged,
    own: instanceOf(SHOOTER),
    target: instanceOf(TARGET),
    stops: () =>
      sandbox.calls.list({ action: "StopInstances" }).filter(({ params }) => params.DryRun !== "true")
        .map(({ params, outcome }) => `${params["InstanceId.1"]} ${outcome}`),
    context: (own, other, signal = new AbortController().signal) =>
      fenceContext(
        createContext({
          options: own,
          name: "fence",
          server: SHOOTER,
          signal,
          log: { debug: log, info: log, warn: log },
          os,
          ec2: () => Promise.resolve(createEc2(sdk, { fence: true })),
          imds,
          way,
        }),
        TARGET,
        other,
      ),
    [Symbol.asyncDispose]: async () => {
      sdk.close();
      await sandbox.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
