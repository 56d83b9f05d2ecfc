import assert from "node:assert/strict";
import { ec2Host, partitionOf } from "../../../core/aws/partition.ts";
import "../../../core/aws/sdk.ts";
import { Ec2Sdk } from "../../../core/aws/ec2_sdk.ts";
import { createInspection } from "../../../core/aws/inspection_client.ts";
import { withEnv } from "../variables.ts";

/** The regions that the SDK knows, by their partitions. */
const KNOWN: Record<string, string> = {
  "aws": "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 " +
    "ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 " +
    "ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 " +
    "il-central-1 me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 " +
    "us-west-2",
  "aws-cn": "cn-north-1 cn-northwest-1",
  "aws-eusc": "eusc-de-east-1",
  "aws-iso": "us-iso-east-1 us-iso-west-1",
  "aws-iso-b": "us-isob-east-1 us-isob-west-1",
  "aws-iso-e": "eu-isoe-west-1",
  "aws-iso-f": "us-isof-east-1 us-isof-south-1",
  "aws-us-gov": "us-gov-east-1 us-gov-west-1",
};

const ENV = {
  AWS_ENDPOINT_URL: null,
  AWS_ENDPOINT_URL_EC2: null,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_PROFILE: null,
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
};

Deno.test("every region that the SDK knows has its partition, and the endpoint that the SDK would call", () =>
  withEnv(ENV, async () => {
    const { signal } = new AbortController();
    for (const [partition, regions] of Object.entries(KNOWN)) {
      for (const region of regions.split(" ")) {
        assert.equal(partitionOf(region), partition, region);
        const sdk = new Ec2Sdk({ region, callTimeoutMs: 10_000 });
        assert.equal((await createInspection(sdk).endpoint({ signal })).host, ec2Host(region), region);
        sdk.close();
      }
    }
  }));
