/**
 * The sandbox's S3 and moto's, asked the same: one list of answers, and by name what moto says otherwise, which
 * `docs/ec2-differences.md` explains.
 */
import assert from "node:assert/strict";
import { startSandbox, vipTopology } from "../../sandbox/mod.ts";
import { S3_ANSWERS, s3Conversation } from "../conformance/s3_conversation.ts";
import { startMoto } from "./moto.ts";

/** What moto answers instead, under the names of `docs/ec2-differences.md`. */
const MOTO: readonly { name: string; answers: Record<string, unknown> }[] = [
  { name: "bucket-name-unchecked", answers: { "a bucket with a name that is none": "ok" } },
  { name: "none-match-ignored", answers: { "a condition that no write has": "ok" } },
];

Deno.test("S3: the sandbox answers as it must", async () => {
  const sandbox = await startSandbox(vipTopology(), { servers: ["server1"] });
  try {
    assert.deepEqual(await s3Conversation(sandbox.s3Endpoint("server1")), S3_ANSWERS);
  } finally {
    await sandbox.close();
  }
});

Deno.test("S3: moto answers the same, but for what is written down", async () => {
  await using moto = await startMoto();
  const expected = MOTO.reduce((all, { answers }) => ({ ...all, ...answers }), S3_ANSWERS);
  assert.deepEqual(await s3Conversation(moto.url), expected);
  const text = await Deno.readTextFile(new URL("../../docs/ec2-differences.md", import.meta.url));
  for (const { name } of MOTO) assert.ok(text.includes(`- \`${name}\``), name);
});
