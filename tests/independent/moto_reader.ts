/**
 * A user of moto who may read and nothing else, made with IAM. The sandbox has an option for it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { AwsCli } from "./aws_cli.ts";

const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "ec2:Describe*", Resource: "*" }],
});

/** Keys of an access key. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Makes the user in moto's IAM and turns on moto's check of keys and policies, for good. */
export async function motoReader(url: string, env: Record<string, string>): Promise<Keys> {
  const cli = new AwsCli(url, env);
  const iam = async (...words: string[]) => {
    const { status, output, error } = await cli.run("iam", ...words);
    assert.equal(status, 0, `aws iam ${words.join(" ")}: ${error}`);
    return output;
  };
  await iam("create-user", "--user-name", "reader");
  await iam("put-user-policy", "--user-name", "reader", "--policy-name", "read", "--policy-document", POLICY);
  const { AccessKey } = await iam("create-access-key", "--user-name", "reader");
  const response = await fetch(`${url}/moto-api/reset-auth`, { method: "POST", body: "0" });
  assert.equal(response.status, 200, await response.text());
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}
