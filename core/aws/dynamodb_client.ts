/**
 * Small records in a DynamoDB table, replaced only if they still are what the caller saw.
 *
 * @module
 */
import type { DynamoDBClient, PutItemCommandInput } from "@aws-sdk/client-dynamodb";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { AwsCall } from "./aws_fault.ts";
import { type StoreParts, StoreSdk, type StoreSettings } from "./store_sdk.ts";

/** A record. */
export interface StoredItem {
  version: string;
  text: string;
}

/** The table and the name of its partition key, which is text. The table has no sort key. */
export interface TableNames {
  table: string;
  keyAttribute: string;
}

type Sdk = typeof import("./sdk_dynamodb.ts");
type Condition = Pick<
  PutItemCommandInput,
  "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
>;

/** The attributes beside the key. */
const VERSION = "version";
const RECORD = "record";

const PARTS: StoreParts<Sdk, DynamoDBClient> = {
  service: { name: "DynamoDB", iam: "dynamodb" },
  load: () => import("./sdk_dynamodb.ts"),
  // One name for all accounts, the one that VPC endpoints and firewalls know.
  create: (sdk, settings) => new sdk.DynamoDBClient({ ...settings, accountIdEndpointMode: "disabled" }),
};

/** The records of one table. */
export class DynamoItems {
  readonly #sdk: StoreSdk<Sdk, DynamoDBClient>;

  constructor(private readonly names: TableNames, settings: StoreSettings) {
    this.#sdk = new StoreSdk(PARTS, settings);
  }

  prepare(signal: AbortSignal): Promise<void> {
    return this.#sdk.prepare(signal);
  }

  /** What the latest write left; null when there is no record. */
  get(key: string, signal: AbortSignal): Promise<StoredItem | null> {
    const call = this.#named("GetItem", key);
    return this.#sdk.call(call, signal, async ({ sdk, client }, abortSignal) => {
      const { table, keyAttribute } = this.names;
      const answer = await client.send(
        new sdk.GetItemCommand({ TableName: table, Key: { [keyAttribute]: { S: key } }, ConsistentRead: true }),
        { abortSignal },
      );
      if (answer.Item === undefined) return null;
      const [version, text] = [answer.Item[VERSION]?.S, answer.Item[RECORD]?.S];
      if (version === undefined || text === undefined) {
        throw new Fault(FAULT_CODES.requestFailed, `${call.subject} has no text in ${VERSION} and ${RECORD}`, {
          remedy: "give Baton a table of its own, or remove the item",
        });
      }
      return { version, text };
    });
  }

  /**
   * Writes a record if it still has the version `expected` (null: if there is none). Resolves with its new version, which
   * is drawn at random: DynamoDB itself counts nothing that could be compared.
   */
  put(key: string, expected: string | null, text: string, signal: AbortSignal): Promise<string | "conflict"> {
    const call = this.#named("PutItem", key);
    return this.#sdk.call(call, signal, async ({ sdk, client }, abortSignal) => {
      const { table, keyAttribute } = this.names;
      const version = crypto.randomUUID();
      const condition: Condition = expected === null
        ? { ConditionExpression: "attribute_not_exists(#key)", ExpressionAttributeNames: { "#key": keyAttribute } }
        : {
          ConditionExpression: "#version = :expected",
          ExpressionAttributeNames: { "#version": VERSION },
          ExpressionAttributeValues: { ":expected": { S: expected } },
        };
      const Item = { [keyAttribute]: { S: key }, [VERSION]: { S: version }, [RECORD]: { S: text } };
      try {
        await client.send(new sdk.PutItemCommand({ TableName: table, Item, ...condition }), { abortSignal });
        return version;
      } catch (error) {
        if ((error as Error | null)?.name === "ConditionalCheckFailedException") return "conflict";
        throw error;
      }
    });
  }

  #named(action: string, key: string): AwsCall {
    const { table } = this.names;
    return { action, subject: `${key} in the table ${table}`, configured: `the table ${table}` };
  }
}
