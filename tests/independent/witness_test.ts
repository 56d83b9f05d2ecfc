import assert from "node:assert/strict";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import dynamodb from "../../plugins/quorum/dynamodb.ts";
import etcd from "../../plugins/quorum/etcd.ts";
import s3, { type S3Options } from "../../plugins/quorum/s3.ts";
import { probeConditions } from "../../plugins/witness_probe.ts";
import { createBench } from "../conformance/bench.ts";
import { Relay } from "../conformance/relay.ts";
import { s3InSandbox } from "../conformance/sandbox_store.ts";
import { parsed, type WitnessSubject, witnessSuite } from "../conformance/witness_suite.ts";
import { setEnv } from "../environment/variables.ts";
import { Etcd } from "./etcd.ts";
import { type Moto, startMoto } from "./moto.ts";

const PLACE = "baton-votes";

/** A store in moto, which takes any keys until it is locked. */
async function inMoto(
  prepare: (endpoint: string) => Promise<void>,
  parts: Pick<WitnessSubject, "at"> & { missing(url: string): Record<string, unknown> },
): Promise<WitnessSubject> {
  const moto: Moto = await startMoto();
  const restore = setEnv(moto.env);
  const end = async () => {
    restore();
    await moto[Symbol.asyncDispose]();
  };
  try {
    await prepare(moto.url);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    target: { hostname: "127.0.0.1", port: Number(new URL(moto.url).port) },
    at: parts.at,
    missing: parts.missing(moto.url),
    lockOut: async () => {
      const response = await fetch(`${moto.url}/moto-api/reset-auth`, { method: "POST", body: "0" });
      assert.equal(response.status, 200, await response.text());
    },
    [Symbol.asyncDispose]: end,
  };
}

const s3InMoto = () =>
  inMoto(async (endpoint) => {
    const client = new S3Client({
      endpoint,
      forcePathStyle: true,
      requestHandler: { httpAgent: { keepAlive: false } },
    });
    await client.send(
      new CreateBucketCommand({
        Bucket: PLACE,
        CreateBucketConfiguration: { LocationConstraint: "ap-northeast-1" },
      }),
    );
    client.destroy();
  }, {
    at: (endpoint) => ({ bucket: PLACE, endpoint }),
    missing: (endpoint) => ({ bucket: "no-such-bucket", endpoint }),
  });

const tableInMoto = () =>
  inMoto(async (endpoint) => {
    const client = new DynamoDBClient({ endpoint, requestHandler: { httpAgent: { keepAlive: false } } });
    await client.send(
      new CreateTableCommand({
        TableName: PLACE,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
      }),
    );
    client.destroy();
  }, {
    at: (endpoint) => ({ table: PLACE, keyAttribute: "key", endpoint }),
    missing: (endpoint) => ({ table: "no-such-table", keyAttribute: "key", endpoint }),
  });

async function inEtcd(): Promise<WitnessSubject> {
  const server = await Etcd.start();
  return {
    target: { hostname: "127.0.0.1", port: server.port },
    at: (url) => ({ endpoints: [url] }),
    lockOut: () => server.lock({ root: "root's", baton: "secret" }, "/baton/"),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

witnessSuite("s3", s3, s3InMoto);
witnessSuite("s3 in the sandbox", s3, s3InSandbox);
witnessSuite("dynamodb", dynamodb, tableInMoto);
witnessSuite("etcd", etcd, inEtcd);

Deno.test("witness s3: a store that ignores conditions is found out", async () => {
  await using store = await s3InMoto();
  await using relay = new Relay(store.target);
  await using bench = await createBench();
  const context = bench.context(parsed(s3.options, store.at(relay.url)) as unknown as S3Options);
  assert.equal((await probeConditions(s3, context)).honoured, true);
  const cases: [RegExp, RegExp][] = [
    [/^if-(none-)?match:/i, /created again/],
    [/^if-none-match:/i, /created again/],
    [/^if-match:/i, /replaced by its old version/],
  ];
  for (const [strip, said] of cases) {
    relay.strip = strip;
    const { honoured, message } = await probeConditions(s3, context);
    assert.equal(honoured, false);
    assert.match(message, said);
  }
});
