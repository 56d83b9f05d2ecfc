/**
 * A witness in a DynamoDB table: one item for each group, written only if it still has the version that was read.
 *
 * @module
 */
import { DynamoItems } from "../../core/aws/dynamodb_client.ts";
import type { PluginContext, WitnessPlugin } from "../../core/plugin/contract.ts";
import { type AwsStoreOptions, endpointOption, REGION, storeSettings } from "../aws_store_options.ts";
import { Kept } from "../kept.ts";
import { witnessPreflight } from "../witness_preflight.ts";

/** Options of `dynamodb`. */
export interface DynamodbOptions extends AwsStoreOptions {
  table: string;
  keyAttribute: string;
}

const TABLES = new Kept<DynamoItems>();

const dynamodb: WitnessPlugin<DynamodbOptions> = {
  kind: "quorum",
  description: "A witness in a DynamoDB table of one region: one sound vote.",
  vote: "sound",
  options: {
    table: {
      type: "string",
      required: true,
      description: "name of the table; its key is one text, it has no sort key and no time to live",
      pattern: { test: /^[A-Za-z0-9._-]{3,255}$/, expected: "the name of a table" },
    },
    keyAttribute: {
      type: "string",
      default: "id",
      description: "name of the table's partition key, which is a text",
      pattern: { test: /^(?!(?:version|record)$).{1,255}$/, expected: "a name other than version and record" },
    },
    region: REGION,
    endpoint: endpointOption("a store other than AWS"),
  },
  defaults: { intervalMs: 5_000, timeoutMs: 3_000 },

  prepare: (context) => tableOf(context).prepare(context.signal),

  read: (context, key) => tableOf(context).get(key, context.signal),

  async write(context, key, expected, text) {
    const written = await tableOf(context).put(key, expected, text, context.signal);
    return written === "conflict" ? "conflict" : { version: written };
  },

  preflight: (context) => witnessPreflight(dynamodb, context),

  permissions({ table, region = "{region}" }) {
    const resources = [`arn:{partition}:dynamodb:${region}:{account}:table/${table}`];
    return [
      { action: "dynamodb:GetItem", resources, purpose: "the witness" },
      { action: "dynamodb:PutItem", resources, purpose: "the witness" },
    ];
  },
};

export default dynamodb;

function tableOf(context: PluginContext<DynamodbOptions>): DynamoItems {
  const { table, keyAttribute, region, endpoint } = context.options;
  return TABLES.of(
    context.os,
    [table, keyAttribute, region, endpoint, context.way],
    () => new DynamoItems({ table, keyAttribute }, storeSettings(context)),
  );
}
