/** Why there are no credentials: which source fails, and what to do about that one. Never the network of the endpoint. */
import assert from "node:assert/strict";
import http from "node:http";
import { createEc2 } from "../../../core/aws/ec2_client.ts";
import { Ec2Sdk } from "../../../core/aws/ec2_sdk.ts";
import { isHopeless, lacksRights } from "../../../core/aws/failure.ts";
import { createImds } from "../../../core/aws/imds_client.ts";
import { S3Objects } from "../../../core/aws/s3_client.ts";
import { causesOf, meaningOf } from "../../../core/explain/codes.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import type { Sandbox } from "../../../sandbox/mod.ts";
import { faultOf, withBench } from "../../integration/aws/helpers.ts";
import { withEnv } from "../variables.ts";

const { signal } = new AbortController();

/** The ways in which the role's credentials can be missing, and what is said. */
const cases: [what: string, breakIt: (sandbox: Sandbox) => void, said: RegExp, remedy: RegExp, hopeless: boolean][] = [
  [
    "no role is attached",
    ({ region }) => region.instances.forEach((instance) => instance.role = ""),
    /no IAM role is attached to this instance/,
    /^attach an IAM role/,
    true,
  ],
  [
    "the metadata service takes connections and does not answer",
    (sandbox) => void (sandbox.imds("server1").mode = "silent"),
    /the metadata service, which has those of the instance's IAM role, does not say/,
    /in a container .*hop limit .*2 .*--http-put-response-hop-limit 2/,
    false,
  ],
  [
    "the metadata service is not there",
    (sandbox) => void (sandbox.imds("server1").mode = "unreachable"),
    /the metadata service, which has those of the instance's IAM role, does not say/,
    /see that the metadata service of the instance is enabled and that nothing on this server filters its address/,
    false,
  ],
];

for (const [what, breakIt, said, remedy, hopeless] of cases) {
  for (const callTimeoutMs of [900, 8_000]) {
    Deno.test(`no credentials because ${what}: told apart from the network of the endpoint (calls of ${callTimeoutMs} ms)`, () =>
      withBench(async ({ sandbox, ec2 }) => {
        breakIt(sandbox);
        const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
        assert.deepEqual([fault.code, fault.uncertain], [5, true]);
        assert.match(fault.message, /CredentialsProviderError/);
        assert.match(fault.message, said);
        assert.match(fault.remedy, remedy);
        assert.doesNotMatch(fault.remedy, /NAT|endpoint is reachable|port 443/);
        assert.equal(isHopeless(fault), hopeless);
        assert.ok(callTimeoutMs < 1_000 || lacksRights(fault));
        const [shown] = causesOf(meaningOf(fault.code)!.entry, fault.message, "resource aws-vip").shown;
        assert.match(shown!.what, hopeless ? /no IAM role is attached/ : /metadata service/);
        assert.equal(sandbox.calls.list().length, 0);
      }, { env: {}, sdk: { callTimeoutMs } }));
  }
}

Deno.test("a store of a witness says the same of its credentials, and a profile that is wrong is named as that", () =>
  withBench(async ({ sandbox }) => {
    sandbox.region.instances.forEach((instance) => instance.role = "");
    const s3 = () => new S3Objects("votes", { region: "ap-northeast-1", imds: createImds() });
    assert.match((await faultOf(s3().get("k", signal))).message, /no IAM role is attached/);
    await withEnv({ AWS_PROFILE: "nosuchprofile" }, async () => {
      const fault = await faultOf(s3().get("k", signal));
      assert.match(fault.message, /nosuchprofile|from any providers/);
      assert.doesNotMatch(fault.remedy, /port 443/);
    });
  }, { env: {} }));

// The SDK takes no signal: when its caller has gone it may still be opening its files.
Deno.test(
  "a call that is given up while credentials are fetched says why it was given up",
  { sanitizeOps: false },
  () =>
    withBench(async ({ sandbox, ec2 }) => {
      // The SDK has read its files after this; it takes no signal, and would go on with them beyond the end of the test.
      sandbox.imds("server1").mode = "unreachable";
      await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
      sandbox.imds("server1").mode = "silent";
      const given = new AbortController();
      const call = faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal: given.signal }));
      while (sandbox.imds("server1").requests.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      given.abort(new Fault(99, "the agent stops"));
      assert.match((await call).message, /the agent stops/);
    }, { env: {} }),
);

Deno.test("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6 is obeyed by both clients of the metadata service", async () => {
  const asked: string[] = [];
  const { request } = http;
  // No machine of a test has the address; what counts is whom each of the two asks.
  const refused = (options: { hostname?: string; host?: string } | string | URL) => {
    asked.push(
      typeof options === "object" && "protocol" in options ? String(options.hostname) : JSON.stringify(options),
    );
    return request({ host: "127.0.0.1", port: 1 });
  };
  const env = {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: null,
    AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "IPv6",
    AWS_EC2_METADATA_DISABLED: null,
    AWS_ACCESS_KEY_ID: null,
    AWS_SECRET_ACCESS_KEY: null,
    AWS_PROFILE: null,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
  await withEnv(env, async () => {
    const ours = await faultOf(createImds().instanceId({ signal }));
    assert.match(ours.message, /http:\/\/\[fd00:ec2::254\]/);
    http.request = refused as typeof request;
    const sdk = new Ec2Sdk({ region: "ap-northeast-1", callTimeoutMs: 3_000 });
    try {
      await faultOf(createEc2(sdk).vpcCidrs("vpc-1234abcd", { signal }));
    } finally {
      http.request = request;
      sdk.close();
    }
    assert.ok(asked.some((host) => host.includes("fd00:ec2::254")), `asked: ${asked.join()}`);
    assert.ok(!asked.some((host) => host.includes("169.254")), `asked: ${asked.join()}`);
  });
  await withEnv({ ...env, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "ipv5" }, async () => {
    const fault = await faultOf(createImds().instanceId({ signal }));
    assert.match(fault.message, /ENDPOINT_MODE is ipv5/);
    assert.match(fault.remedy, /IPv4 or IPv6/);
  });
});
