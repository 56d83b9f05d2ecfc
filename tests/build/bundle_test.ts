import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../packaging/bundle.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What every start may load, in bytes: a package that slips in costs each server memory. */
const MAX_EAGER_BYTES = 2_000_000;

Deno.test("what every start loads holds neither the AWS SDK, nor the type stripper, nor a built-in type", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-bundle-" });
  try {
    const { files, eager, eagerBytes, totalBytes } = await bundle(ROOT, folder, {});
    const holding = async (text: string) => {
      const found: string[] = [];
      for (const name of files) if ((await Deno.readTextFile(join(folder, name))).includes(text)) found.push(name);
      return found;
    };
    const lazy = {
      "the AWS SDK": "DescribeRouteTablesCommand = class",
      "the S3 client": "PutObjectCommand = class",
      "the DynamoDB client": "PutItemCommand = class",
      "the Route 53 client": "ChangeResourceRecordSetsCommand = class",
      "the STS client": "AssumeRoleCommand = class",
      "the etcd witness": "quorum/etcd.ts\n",
      "the type stripper": "AGFzbQ",
      "aws-vip": "resources/aws-vip.ts\n",
      "the ip monitor": "monitors/ip.ts\n",
    };
    for (const [what, text] of Object.entries(lazy)) {
      const holders = await holding(text);
      assert.ok(holders.length > 0, `${what} is in no file`);
      assert.deepEqual(holders.filter((name) => eager.includes(name)), [], `${what} is loaded at every start`);
    }
    assert.ok((await holding("function startDeadMansSwitch")).some((name) => eager.includes(name)));
    assert.ok(eagerBytes < MAX_EAGER_BYTES, `${eagerBytes} of ${totalBytes} bytes`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
