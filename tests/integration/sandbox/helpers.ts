/** The real SDK against a sandbox that lives as long as one test. */
import { EC2Client, EC2ServiceException } from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { type Sandbox, type SandboxOptions, startSandbox, type Topology, vipTopology } from "../../../sandbox/mod.ts";

/** Runs `test` with a sandbox and a client for the first server's endpoint; ends both. */
export async function withSandbox(
  test: (sandbox: Sandbox, client: EC2Client) => Promise<void>,
  settings: { topology?: Topology; options?: SandboxOptions } = {},
): Promise<void> {
  const sandbox = await startSandbox(settings.topology ?? vipTopology(), settings.options);
  const client = clientFor(sandbox, sandbox.servers[0]!);
  try {
    await test(sandbox, client);
  } finally {
    client.destroy();
    await sandbox.close();
  }
}

/** A client of the real SDK with keys of a made-up user. */
export function clientFor(sandbox: Sandbox, server: string): EC2Client {
  return new EC2Client({
    region: "ap-northeast-1",
    endpoint: sandbox.endpoint(server),
    credentials: { accessKeyId: "AKIAUNITTEST", secretAccessKey: "not-a-secret" },
    maxAttempts: 1,
  });
}

/** Expects that a call is answered with this error code; resolves with the error. */
export async function answers(code: string, call: Promise<unknown>): Promise<EC2ServiceException> {
  const error = await call.then(() => undefined, (reason: unknown) => reason);
  assert(error instanceof EC2ServiceException, `expected ${code}, got ${error}`);
  assert.equal(error.name, code);
  assert(error.$metadata.requestId, "the answer has no request id");
  return error;
}
