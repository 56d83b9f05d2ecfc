/**
 * A witness in an S3 bucket: one small object for each group, written only if it still is the one that was read.
 *
 * @module
 */
import { S3Objects } from "../../core/aws/s3_client.ts";
import type { PluginContext, WitnessPlugin } from "../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { type AwsStoreOptions, endpointOption, REGION, storeSettings } from "../aws_store_options.ts";
import { Kept } from "../kept.ts";
import { witnessPreflight } from "../witness_preflight.ts";

/** Options of `s3`. */
export interface S3Options extends AwsStoreOptions {
  bucket: string;
  prefix: string;
}

const BUCKETS = new Kept<S3Objects>();

const s3: WitnessPlugin<S3Options> = {
  kind: "quorum",
  description: "A witness in an S3 bucket, or in a store that takes S3's conditional writes: one sound vote.",
  vote: "sound",
  options: {
    bucket: {
      type: "string",
      required: true,
      description: "name of the bucket; nothing may expire or delete objects under prefix",
      pattern: { test: /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/, expected: "the name of a bucket" },
    },
    prefix: { type: "string", default: "baton/", description: "what the names of the objects begin with" },
    region: REGION,
    endpoint: endpointOption("a store other than AWS; buckets are then in the path, not in the host name"),
  },
  defaults: { intervalMs: 5_000, timeoutMs: 3_000 },

  prepare: (context) => bucketOf(context).prepare(context.signal),

  async read(context, key) {
    const name = objectName(context.options.prefix, key);
    const found = await bucketOf(context).get(name, context.signal);
    if (found === null) return null;
    const end = found.text.indexOf("\n");
    if (end < 0) {
      throw new Fault(FAULT_CODES.requestFailed, `s3://${context.options.bucket}/${name} is no record of a witness`, {
        remedy: "choose another prefix, or remove the object",
      });
    }
    return { version: found.etag, text: found.text.slice(end + 1) };
  },

  async write(context, key, expected, text) {
    const name = objectName(context.options.prefix, key);
    // An ETag is a digest of the body: the same text written twice would have the same one, and a writer that saw the
    // first could replace the second. So each body begins with a line that no other has.
    const body = `${crypto.randomUUID()}\n${text}`;
    const written = await bucketOf(context).put(name, expected, body, context.signal);
    return written === "conflict" ? "conflict" : { version: written };
  },

  preflight: (context) => witnessPreflight(s3, context),

  permissions: ({ bucket, prefix }) => [
    { action: "s3:GetObject", resources: [`arn:{partition}:s3:::${bucket}/${prefix}*`], purpose: "the witness" },
    { action: "s3:PutObject", resources: [`arn:{partition}:s3:::${bucket}/${prefix}*`], purpose: "the witness" },
    // Without it a record that does not exist yet looks like one that may not be read.
    { action: "s3:ListBucket", resources: [`arn:{partition}:s3:::${bucket}`], purpose: "telling missing from denied" },
  ],
};

export default s3;

function bucketOf(context: PluginContext<S3Options>): S3Objects {
  const { bucket, region, endpoint } = context.options;
  return BUCKETS.of(
    context.os,
    [bucket, region, endpoint, context.way],
    () => new S3Objects(bucket, storeSettings(context)),
  );
}

/**
 * Letters, digits, `-`, `_`, `.` and `/` stay; the rest is written as in URLs, so that no store and no proxy on the way
 * has an opinion of its own about it. Neither has it about `.` and `..`, which would be folders to some.
 */
function objectName(prefix: string, key: string): string {
  const safe = key.split("/").map((part) =>
    /^\.+$/.test(part)
      ? part.replaceAll(".", "%2E")
      : encodeURIComponent(part).replace(/[!'()*~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
  );
  return prefix + safe.join("/");
}
