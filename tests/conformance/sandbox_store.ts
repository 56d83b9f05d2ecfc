/**
 * The sandbox's S3 as the store of a witness.
 *
 * @module
 */
import { startSandbox, vipTopology } from "../../sandbox/mod.ts";
import type { WitnessSubject } from "./witness_suite.ts";

const BUCKET = "baton-votes";

/** What the environment says while the store of a test runs; put back at its end. */
export function setEnvironment(values: Record<string, string>): Disposable {
  const before = Object.keys(values).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  return {
    [Symbol.dispose]: () => {
      for (const [name, value] of before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    },
  };
}

/** A bucket, which everybody may use until they are locked out. */
export async function s3InSandbox(): Promise<WitnessSubject> {
  const allow = ["s3:*"];
  const sandbox = await startSandbox(vipTopology(), {
    servers: ["server1"],
    buckets: [BUCKET],
    allow: { server1: allow },
  });
  const environment = setEnvironment({
    AWS_ACCESS_KEY_ID: "AKIAINDEPENDENTTEST",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
    AWS_SESSION_TOKEN: "",
  });
  const url = sandbox.s3Endpoint("server1");
  return {
    target: { hostname: "127.0.0.1", port: Number(new URL(url).port) },
    at: (endpoint) => ({ bucket: BUCKET, endpoint, region: sandbox.region.name }),
    missing: { bucket: "no-such-bucket", endpoint: url, region: sandbox.region.name },
    lockOut: () => {
      allow.length = 0;
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: async () => {
      environment[Symbol.dispose]();
      await sandbox.close();
    },
  };
}
