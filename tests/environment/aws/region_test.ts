import assert from "node:assert/strict";
import { Fault } from "../../../core/plugin/fault.ts";
import { faultOf, withBench } from "../../integration/aws/helpers.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

Deno.test("the region comes from the settings, from AWS_REGION, from the metadata service", async () => {
  const regionOf = async (sdk: { region?: string }, env: Record<string, string | null>) => {
    let region = "";
    await withBench(async (bench) => void (region = (await bench.sdk.load()).region), { sdk, env });
    return region;
  };
  assert.equal(await regionOf({ region: "eu-west-1" }, {}), "eu-west-1");
  assert.equal(await regionOf({}, { AWS_REGION: "us-east-2" }), "us-east-2");
  assert.equal(await regionOf({}, { AWS_REGION: null, AWS_DEFAULT_REGION: "us-west-2" }), "us-west-2");
  assert.equal(await regionOf({}, { AWS_REGION: null }), "ap-northeast-1");
});

Deno.test("without a region the fault says what to set, and the next call tries again", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    sandbox.imds("server1").mode = "unreachable";
    const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
    assert.deepEqual([fault.code, fault.uncertain], [5, true]);
    assert.match(fault.message, /region is not known/);
    assert.match(fault.remedy, /aws\.region/);
    sandbox.imds("server1").mode = "normal";
    assert.equal((await ec2.vpcCidrs("vpc-1234abcd", { signal })).length, 1);
  }, { env: { AWS_REGION: null } }));

Deno.test("a call that is given up while the metadata service is asked for the region ends at once", () =>
  withBench(async ({ sandbox, ec2 }) => {
    sandbox.imds("server1").mode = "silent";
    const stop = new AbortController();
    const watch = new Stopwatch();
    const call = faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal: stop.signal }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort(new Fault(99, "the agent stops"));
    const fault = await call;
    assert.ok(watch.ownMs < 250, `${watch.ownMs} ms`);
    assert.match(fault.message, /the agent stops/);
  }, { env: { AWS_REGION: null } }));
