/**
 * The sandbox's S3 as the store of a witness.
 *
 * @module
 */
import { startSandbox, vipTopology } from "../../sandbox/mod.ts";
import { givenKeys } from "./sandbox_way.ts";
import type { WitnessSubject } from "./witness_suite.ts";

const BUCKET = "baton-votes";

/** A bucket, which everybody may use until they are locked out. */
export async function s3InSandbox(): Promise<WitnessSubject> {
  const allow = ["s3:*"];
  const sandbox = await startSandbox(vipTopology(), {
    servers: ["server1"],
    buckets: [BUCKET],
    allow: { server1: allow },
  });
  const url = sandbox.s3Endpoint("server1");
  return {
    way: givenKeys(url, sandbox.region.name),
    target: { hostname: "127.0.0.1", port: Number(new URL(url).port) },
    at: (endpoint) => ({ bucket: BUCKET, endpoint, region: sandbox.region.name }),
    missing: { bucket: "no-such-bucket", endpoint: url, region: sandbox.region.name },
    lockOut: () => {
      allow.length = 0;
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
