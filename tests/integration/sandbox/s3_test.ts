/** The sandbox's S3 is what a witness takes it for: the suite that real stores pass, and S3's own words and codes. */
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import s3 from "../../../plugins/quorum/s3.ts";
import { startSandbox, vipTopology } from "../../../sandbox/mod.ts";
import { S3_ANSWERS, s3Client, s3Code, s3Conversation } from "../../conformance/s3_conversation.ts";
import { s3InSandbox } from "../../conformance/sandbox_store.ts";
import { witnessSuite } from "../../conformance/witness_suite.ts";

witnessSuite("s3 in the sandbox", s3, s3InSandbox);

Deno.test("sandbox: S3 answers with the codes of S3", async () => {
  const sandbox = await startSandbox(vipTopology(), { servers: ["server1"] });
  try {
    assert.deepEqual(await s3Conversation(sandbox.s3Endpoint("server1")), S3_ANSWERS);
  } finally {
    await sandbox.close();
  }
});

Deno.test("sandbox: S3 refuses what the policy does not allow, and whom it does not know", async () => {
  const allow = ["s3:GetObject", "s3:PutObject"];
  const options = { servers: ["server1"], buckets: ["baton-votes"], allow: { server1: allow } };
  const sandbox = await startSandbox(vipTopology(), options);
  const client = s3Client(sandbox.s3Endpoint("server1"));
  const stranger = s3Client(sandbox.s3Endpoint("server1"), "ASIA000000000099SBOX");
  const object = { Bucket: "baton-votes", Key: "a/../b" };
  const put = (more: object) => s3Code(client.send(new PutObjectCommand({ ...object, Body: "x", ...more })));
  try {
    const { ETag } = await client.send(new PutObjectCommand({ ...object, Body: "x" }));
    assert.deepEqual([...sandbox.buckets.get("baton-votes")!.keys()], ["a/../b"]);
    assert.equal(await s3Code(stranger.send(new GetObjectCommand(object))), "403 InvalidAccessKeyId");
    // Without the right to list, what does not exist can't be told from what may not be read.
    assert.equal(await s3Code(client.send(new GetObjectCommand({ ...object, Key: "none" }))), "403 AccessDenied");
    assert.equal(await put({ IfMatch: ETag }), "ok");
    // Who compares has to be allowed to read.
    allow.shift();
    assert.equal(await put({ IfMatch: ETag }), "403 AccessDenied");
    assert.equal(await put({}), "ok");
  } finally {
    client.destroy();
    stranger.destroy();
    await sandbox.close();
  }
});

Deno.test("sandbox: an agent's environment leads to its S3, by the credentials of the instance's role", async () => {
  const sandbox = await startSandbox(vipTopology(), { servers: ["server1"], buckets: ["baton-votes"] });
  sandbox.faults.add({ kind: "error", code: "SlowDown", status: 503, action: "GetObject", count: 1 });
  try {
    const code = `
      import { S3Objects } from ${JSON.stringify(new URL("../../../core/aws/s3_client.ts", import.meta.url).href)};
      const imds = { region: () => Promise.reject(new Error("no")) };
      const objects = new S3Objects("baton-votes", { imds });
      const signal = AbortSignal.timeout(20_000);
      const first = await objects.get("k", signal).then(() => "answered", (fault) => fault.message);
      const etag = await objects.put("k", null, "text", signal);
      console.log(JSON.stringify([first, await objects.get("k", signal), await objects.put("k", null, "text", signal), etag]));
    `;
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", `--config=${new URL("../../../deno.json", import.meta.url).pathname}`, code],
      env: sandbox.env("server1"),
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const [first, read, again, etag] = JSON.parse(new TextDecoder().decode(stdout));
    assert.match(first, /SlowDown/);
    assert.deepEqual([read, again], [{ etag, text: "text" }, "conflict"]);
    const actions = sandbox.calls.list().map(({ action, outcome }) => `${action} ${outcome}`);
    assert.deepEqual(actions, ["GetObject SlowDown", "PutObject ok", "GetObject ok", "PutObject PreconditionFailed"]);
  } finally {
    await sandbox.close();
  }
});
