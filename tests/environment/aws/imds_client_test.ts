import assert from "node:assert/strict";
import { createImds } from "../../../core/aws/imds_client.ts";
import { type Sandbox, startSandbox, vipTopology } from "../../../sandbox/mod.ts";
import { faultOf } from "../../integration/aws/helpers.ts";
import { withEnv } from "../variables.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

const topology = vipTopology();
const TOKEN = "/latest/api/token";

async function withMetadata(test: (sandbox: Sandbox, signal: AbortSignal) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox(topology, { servers: ["server1"] });
  try {
    await withEnv(sandbox.env("server1"), () => test(sandbox, new AbortController().signal));
  } finally {
    await sandbox.close();
  }
}

Deno.test("identity, region and zone, with one token and one question each", () =>
  withMetadata(async (sandbox, signal) => {
    const imds = createImds();
    for (let round = 0; round < 2; round++) {
      assert.equal(await imds.instanceId({ signal }), topology.servers[0]!.instanceId);
      assert.equal(await imds.region({ signal }), "ap-northeast-1");
      assert.equal(await imds.availabilityZone({ signal }), "ap-northeast-1a");
    }
    assert.equal(sandbox.imds("server1").requests.get(TOKEN), 1);
    assert.equal(sandbox.imds("server1").requests.get("/latest/meta-data/instance-id"), 1);
  }));

Deno.test("a token near its end is renewed before it is used", () =>
  withMetadata(async (sandbox, signal) => {
    let now = 0;
    const imds = createImds({ tokenTtlSeconds: 100, now: () => now });
    await imds.instanceId({ signal });
    now = 89_000;
    await imds.region({ signal });
    assert.equal(sandbox.imds("server1").requests.get(TOKEN), 1);
    now = 91_000;
    await imds.availabilityZone({ signal });
    assert.equal(sandbox.imds("server1").requests.get(TOKEN), 2);
  }));

Deno.test("a token that the service has forgotten is fetched anew", () =>
  withMetadata(async (sandbox, signal) => {
    const imds = createImds();
    await imds.instanceId({ signal });
    sandbox.imds("server1").forgetTokens();
    assert.equal(await imds.region({ signal }), "ap-northeast-1");
    assert.equal(sandbox.imds("server1").requests.get(TOKEN), 2);
  }));

Deno.test("a silent metadata service ends at the deadline, an absent one at once, both are uncertain", () =>
  withMetadata(async (sandbox, signal) => {
    const imds = createImds({ timeoutMs: 150 });
    sandbox.imds("server1").mode = "silent";
    const watch = new Stopwatch();
    const silent = await faultOf(imds.instanceId({ signal }));
    const { passedMs, ownMs } = watch;
    assert(passedMs >= 149 && ownMs < 400, `${passedMs} ms, ${ownMs} ms its own`);
    assert.deepEqual([silent.code, silent.uncertain], [6, true]);
    assert.match(silent.message, /did not answer for meta-data\/instance-id/);
    sandbox.imds("server1").mode = "unreachable";
    const absent = await faultOf(createImds().instanceId({ signal }));
    assert.deepEqual([absent.code, absent.uncertain], [6, true]);
    sandbox.imds("server1").mode = "normal";
    assert.equal(await imds.instanceId({ signal }), topology.servers[0]!.instanceId, "failures are not cached");
  }));

Deno.test("a metadata service that is not well is not asked again at once", () =>
  withMetadata(async (sandbox, signal) => {
    sandbox.imds("server1").mode = "unreachable";
    const startedAt = performance.now();
    await faultOf(createImds({ timeoutMs: 30_000 }).instanceId({ signal }));
    // 50 ms before the second time, 100 ms before the third.
    assert.ok(performance.now() - startedAt >= 148);
  }));

Deno.test("a hiccup of the metadata service is no verdict: it is asked again", () =>
  withMetadata(async (sandbox, signal) => {
    sandbox.imds("server1").mode = "unreachable";
    const asking = createImds().instanceId({ signal });
    const timer = setTimeout(() => sandbox.imds("server1").mode = "normal", 25);
    assert.equal(await asking, topology.servers[0]!.instanceId);
    clearTimeout(timer);
  }));

Deno.test("an abort ends the question promptly", () =>
  withMetadata(async (sandbox) => {
    sandbox.imds("server1").mode = "silent";
    const caller = new AbortController();
    const timer = setTimeout(() => caller.abort(new Error("the agent stops")), 40);
    const watch = new Stopwatch();
    const fault = await faultOf(createImds().region({ signal: caller.signal }));
    clearTimeout(timer);
    assert(watch.ownMs < 200);
    assert.match(fault.message, /the agent stops/);
  }));

Deno.test("what isn't there is an answer: not asked again", () =>
  withMetadata(async (sandbox, signal) => {
    sandbox.region.instances.length = 0;
    const fault = await faultOf(createImds().instanceId({ signal }));
    assert.equal(fault.code, 5);
    assert.match(fault.message, /HTTP 404/);
    assert.equal(sandbox.imds("server1").requests.get("/latest/meta-data/instance-id"), 1);
  }));

Deno.test("AWS_EC2_METADATA_DISABLED is obeyed", () =>
  withMetadata((sandbox, signal) =>
    withEnv({ AWS_EC2_METADATA_DISABLED: "true" }, async () => {
      const fault = await faultOf(createImds().region({ signal }));
      assert.match(fault.message, /AWS_EC2_METADATA_DISABLED/);
      assert.equal(sandbox.imds("server1").requests.size, 0);
    })
  ));

Deno.test("a proxy that is set for the agent is not used for the metadata service", () =>
  withMetadata(async (sandbox) => {
    const client = import.meta.resolve("../../../core/aws/imds_client.ts");
    const code = `import { createImds } from ${JSON.stringify(client)};
      console.log(await createImds().instanceId({ signal: new AbortController().signal }));`;
    // Nobody listens at the discard port: a client that asks the proxy gets nothing.
    const proxy = { HTTP_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9", NO_PROXY: "", no_proxy: "" };
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", code],
      env: { ...sandbox.env("server1"), ...proxy },
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    assert.equal(text(stdout), topology.servers[0]!.instanceId, text(stderr));
  }));
