/** Our client against a sandbox: reached explicitly, or by the SDK's standard environment, as an agent reaches EC2. */
import assert from "node:assert/strict";
// Loaded before the clock of any call runs: on a busy machine loading the SDK takes longer than a call may.
import "../../../core/aws/sdk.ts";
import { createEc2 } from "../../../core/aws/ec2_client.ts";
import type { Ec2 } from "../../../core/aws/ec2.ts";
import { Ec2Sdk, type Ec2SdkSettings } from "../../../core/aws/ec2_sdk.ts";
import type { AwsInstead } from "../../../core/aws/way.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { wayTo } from "../../conformance/sandbox_way.ts";
import { withEnv } from "../../environment/variables.ts";
import { type Sandbox, type SandboxOptions, startSandbox, type Topology, vipTopology } from "../../../sandbox/mod.ts";

/** What a test gets. */
export interface Bench {
  sandbox: Sandbox;
  sdk: Ec2Sdk;
  /** Without a permit to mind. */
  ec2: Ec2;
  /** Bound to a permit with this many milliseconds left. */
  permitted(remainingMs: () => number): Ec2;
  /** A signal that doesn't abort. */
  signal: AbortSignal;
}

/** Runs `test` with a sandbox and one shared client of server1; ends both. */
export async function withBench(
  test: (bench: Bench) => Promise<void>,
  settings: {
    topology?: Topology;
    options?: SandboxOptions;
    sdk?: Partial<Ec2SdkSettings>;
    /** What is another one than the sandbox's. */
    instead?: Partial<AwsInstead>;
    /** The sandbox is found by the environment, and these variables are in it besides (null: unset). */
    env?: Record<string, string | null>;
  } = {},
): Promise<void> {
  const sandbox = await startSandbox(settings.topology ?? vipTopology(), settings.options);
  const { env } = settings;
  const way = env === undefined ? { way: wayTo(sandbox, "server1", settings.instead) } : {};
  const sdk = new Ec2Sdk({ callTimeoutMs: 3_000, ...way, ...settings.sdk });
  const { signal } = new AbortController();
  try {
    await withEnv(env === undefined ? {} : { ...sandbox.env("server1"), AWS_DEFAULT_REGION: null, ...env }, () =>
      test({
        sandbox,
        sdk,
        ec2: createEc2(sdk),
        permitted: (permitRemainingMs) => createEc2(sdk, { permitRemainingMs }),
        signal,
      }));
  } finally {
    sdk.close();
    await sandbox.close();
  }
}

/** Expects that a call ends with a `Fault`; resolves with it. */
export async function faultOf(call: Promise<unknown>): Promise<Fault> {
  const error = await call.then((value) => value, (reason: unknown) => reason);
  assert(error instanceof Fault, `expected a Fault, got ${JSON.stringify(error)} ${error}`);
  return error;
}
