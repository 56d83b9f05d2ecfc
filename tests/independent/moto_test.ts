/** Moto as we run it: a store that a witness can rely on, however many ask at once. */
import assert from "node:assert/strict";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { startMoto } from "./moto.ts";

/** How many write at once, and how often. */
const WRITERS = 16;
const ROUNDS = 20;

Deno.test("moto: of many conditional writes at once exactly one is done", async () => {
  // As soon as Python lets another thread run: without a lock two of a round are done soon.
  await using moto = await startMoto({ BATON_MOTO_SWITCH_S: "0.000001" });
  const client = new DynamoDBClient({
    region: moto.env.AWS_REGION!,
    endpoint: moto.url,
    credentials: { accessKeyId: "AKIAINDEPENDENTTEST", secretAccessKey: "not-a-secret" },
    requestHandler: { httpAgent: { keepAlive: false } },
    maxAttempts: 1,
  });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: "races",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
      }),
    );
    for (let round = 0; round < ROUNDS; round++) {
      const ends = await Promise.all(Array.from({ length: WRITERS }, (_, writer) =>
        client.send(
          new PutItemCommand({
            TableName: "races",
            Item: { key: { S: String(round) }, writer: { N: String(writer) } },
            ConditionExpression: "attribute_not_exists(#key)",
            ExpressionAttributeNames: { "#key": "key" },
          }),
        ).then(() => "done", (error) => error.name)));
      assert.equal(ends.filter((end) => end === "done").length, 1, `round ${round}: ${ends}`);
    }
  } finally {
    client.destroy();
  }
});
