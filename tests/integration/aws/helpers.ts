/** Our client against a sandbox, reached only through the SDK's standard environment, as an agent reaches EC2. */
import assert from "node:assert/strict";
// Loaded before the clock of any call runs: on a busy machine loading the SDK takes longer than a call may.
import "../../../core/aws/sdk.ts";
import { createEc2 } from "../../../core/aws/ec2_client.ts";
import type { Ec2 } from "../../../core/aws/ec2.ts";
import { Ec2Sdk, type Ec2SdkSettings } from "../../../core/aws/ec2_sdk.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { type Sandbox, type SandboxOptions, startSandbox, type Topology, vipTopology } from "../../../sandbox/mod.ts";

/** Runs `work` with these environment variables (null: unset), and puts back what was there. */
export async function withEnv<T>(values: Record<string, string | null>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(values).map((name) => [name, Deno.env.get(name)] as const);
  const put = (name: string, value: string | null | undefined) =>
    value === null || value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const [name, value] of Object.entries(values)) put(name, value);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) put(name, value);
  }
}

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
    env?: Record<string, string | null>;
  } = {},
): Promise<void> {
  const sandbox = await startSandbox(settings.topology ?? vipTopology(), settings.options);
  const sdk = new Ec2Sdk({ callTimeoutMs: 3_000, ...settings.sdk });
  const { signal } = new AbortController();
  try {
    await withEnv({ ...sandbox.env("server1"), AWS_DEFAULT_REGION: null, ...settings.env }, () =>
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
