import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { type Sandbox, startSandbox, vipTopology } from "../../../sandbox/mod.ts";
import { eventually } from "../../unit/agent/helpers.ts";
import { answers } from "./helpers.ts";

const topology = vipTopology();

async function withMetadata(test: (sandbox: Sandbox, base: string) => Promise<void>, lifeMs?: number) {
  const sandbox = await startSandbox(topology, {
    servers: ["server2"],
    ...(lifeMs ? { credentialLifeMs: lifeMs } : {}),
  });
  try {
    await test(sandbox, sandbox.imdsEndpoint("server2"));
  } finally {
    await sandbox.close();
  }
}

async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}

async function tokenOf(base: string, ttl = "60"): Promise<{ status: number; text: string }> {
  return await ask(`${base}/latest/api/token`, {
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": ttl },
  });
}

Deno.test("metadata: nothing without a token, all with one", () =>
  withMetadata(async (sandbox, base) => {
    assert.equal((await ask(`${base}/latest/meta-data/instance-id`)).status, 401);
    for (const bad of ["0", "21601", "soon"]) assert.equal((await tokenOf(base, bad)).status, 400);
    assert.equal((await ask(`${base}/latest/api/token`)).status, 405);
    const token = await tokenOf(base);
    const get = async (path: string) => {
      const answer = await ask(`${base}/latest/${path}`, { headers: { "x-aws-ec2-metadata-token": token.text } });
      return answer.status === 200 ? answer.text : answer.status;
    };
    const server = topology.servers[1]!;
    assert.equal(await get("meta-data/instance-id"), server.instanceId);
    assert.equal(await get("meta-data/placement/region"), "ap-northeast-1");
    assert.equal(await get("meta-data/placement/availability-zone"), "ap-northeast-1b");
    assert.equal(await get("meta-data/mac"), server.mac);
    assert.equal(await get("meta-data/network/interfaces/macs/"), `${server.mac}/`);
    assert.equal(await get(`meta-data/network/interfaces/macs/${server.mac}/interface-id`), "eni-5a3a7902");
    assert.equal(await get("meta-data/iam/security-credentials/"), "baton-server");
    assert.equal(JSON.parse(String(await get("dynamic/instance-identity/document"))).privateIp, "10.0.120.100");
    assert.equal(await get("meta-data/nothing"), 404);
    sandbox.imds("server2").forgetTokens();
    assert.equal(await get("meta-data/mac"), 401);
  }));

Deno.test("metadata: a token ends after its time", () =>
  withMetadata(async (_sandbox, base) => {
    const token = await tokenOf(base, "1");
    const get = () =>
      ask(`${base}/latest/meta-data/mac`, { headers: { "x-aws-ec2-metadata-token": token.text } })
        .then((answer) => answer.status);
    assert.equal(await get(), 200);
    await eventually("it has ended", async () => await get() === 401);
  }));

Deno.test("metadata: silent and unreachable", () =>
  withMetadata(async (sandbox, base) => {
    sandbox.imds("server2").mode = "silent";
    const leave = new AbortController();
    const timer = setTimeout(() => leave.abort(), 80);
    await assert.rejects(ask(base, { signal: leave.signal }), { name: "AbortError" });
    clearTimeout(timer);
    sandbox.imds("server2").mode = "unreachable";
    await assert.rejects(ask(base));
    sandbox.imds("server2").mode = "normal";
    assert.equal((await tokenOf(base)).status, 200);
  }));

Deno.test("credentials of the role open EC2 until they expire", () =>
  withMetadata(async (sandbox, base) => {
    const token = (await tokenOf(base)).text;
    const answer = await ask(`${base}/latest/meta-data/iam/security-credentials/baton-server`, {
      headers: { "x-aws-ec2-metadata-token": token },
    });
    const role = JSON.parse(answer.text);
    assert.equal(role.Code, "Success");
    const call = (sessionToken: string) => {
      const client = new EC2Client({
        region: "ap-northeast-1",
        endpoint: sandbox.endpoint("server2"),
        credentials: { accessKeyId: role.AccessKeyId, secretAccessKey: role.SecretAccessKey, sessionToken },
        maxAttempts: 1,
      });
      return client.send(new DescribeVpcsCommand({})).finally(() => client.destroy());
    };
    assert.equal((await call(role.Token)).Vpcs?.length, 1);
    await answers("AuthFailure", call("another"));
    await eventually("they expire", () => call(role.Token).then(() => false, ({ name }) => name === "RequestExpired"));
  }, 2_000));
