import assert from "node:assert/strict";
import { typeHelp } from "../../../core/cli/help_type.ts";

/** What is said of the times of each kind of the type. */
async function timesOf(type: string): Promise<string[]> {
  const text = await typeHelp(type, "cluster.yaml");
  return (text ?? "").split("\n").flatMap((line) => /^Where cluster\.yaml says nothing: (.*)\.$/.exec(line)?.[1] ?? []);
}

Deno.test("help of a type: its times stand under the keys that cluster.yaml has for them", async () => {
  assert.deepEqual(await timesOf("aws-vip"), [
    "activation.timeout 60 s, deactivation.timeout 10 s, activation.retries 3",
    "interval 30 s, timeout 20 s, retries 1, startDelay 0 ms, timing active",
  ]);
});

Deno.test("help of a type: what is asked for a vote keeps to the timing, and a witness has no interval", async () => {
  assert.deepEqual(await timesOf("ping"), [
    "interval the heartbeat interval, at most 5 s; timeout the heartbeat interval, at most 3 s",
  ]);
  for (const type of ["s3", "dynamodb", "etcd"]) {
    assert.deepEqual(await timesOf(type), ["timeout a quarter of the permit, at most 3 s"], type);
  }
});
