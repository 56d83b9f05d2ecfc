/** What is wrong with `aws:` in `cluster.yaml`. */
import assert from "node:assert/strict";
import { problemsOf, yaml } from "./fakes.ts";

Deno.test("a proxy that is none is shown, one with a password is not", async () => {
  assert.deepEqual(await problemsOf(yaml({ top: "aws: { proxy: 'proxy:3128' }" })), [
    'cluster.yaml:2:15: aws.proxy: must be none or the URL of a proxy such as http://proxy.example.com:3128 (it is "proxy:3128")',
  ]);
  assert.deepEqual(await problemsOf(yaml({ top: "aws: { proxy: 'http://user:geheim@proxy:3128' }" })), [
    "cluster.yaml:2:15: aws.proxy: has a user or a password: this file is shared by all servers and shown; put them into HTTPS_PROXY " +
    "in the agent's environment",
  ]);
});
