/**
 * Small objects in an S3 bucket, replaced only if they still are what the caller saw.
 *
 * @module
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { onAbort } from "../plugin/callbacks.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { AwsCall } from "./aws_fault.ts";
import { type StoreParts, StoreSdk, type StoreSettings, strangeAnswer } from "./store_sdk.ts";

/** An object. */
export interface StoredObject {
  /** As S3 writes it, with its quotes. */
  etag: string;
  text: string;
}

type Sdk = typeof import("./sdk_s3.ts");

/** Longest object that is read, in bytes. */
const MAX_BYTES = 65_536;

/**
 * Deno 2.4.2 answers the end of a body that is being read with a rejection that nobody can catch, which ends the process.
 * There such a connection is left to the other end.
 */
const CAN_LEAVE_BODY = !/^2\.[0-8]\./.test(Deno.version.deno);

const PARTS: StoreParts<Sdk, S3Client> = {
  service: { name: "S3", iam: "s3" },
  instead: "s3",
  load: () => import("./sdk_s3.ts"),
  create: (sdk, settings) =>
    new sdk.S3Client({
      ...settings,
      // Stores that are not AWS rarely have a name in the DNS for each bucket.
      forcePathStyle: settings.endpoint !== undefined,
      // By default a checksum follows the body in a trailer, which some stores don't understand. TLS does the same work.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // A record fits into the first packet; waiting for "100 Continue" would be one more thing to go wrong.
      expectContinueHeader: false,
    }),
};

/** The objects of one bucket. */
export class S3Objects {
  readonly #sdk: StoreSdk<Sdk, S3Client>;

  constructor(private readonly bucket: string, settings: StoreSettings) {
    this.#sdk = new StoreSdk(PARTS, settings);
  }

  prepare(signal: AbortSignal): Promise<void> {
    return this.#sdk.prepare(signal);
  }

  /** The latest version of an object; null when there is none. */
  get(key: string, signal: AbortSignal): Promise<StoredObject | null> {
    // Without the right to list, S3 says "denied" for an object that does not exist.
    const allow = `s3:GetObject on ${this.bucket}/* and s3:ListBucket on ${this.bucket}`;
    const call = this.#named("GetObject", key, allow);
    return this.#sdk.call(call, signal, async ({ sdk, client }, abortSignal) => {
      try {
        const answer = await client.send(new sdk.GetObjectCommand({ Bucket: this.bucket, Key: key }), { abortSignal });
        const body = answer.Body;
        // The SDK's signal ends with the headers; this one ends the body too.
        const leave = () => {
          if (CAN_LEAVE_BODY) (body as { destroy?: () => void } | undefined)?.destroy?.();
        };
        const off = onAbort("the end of a body", abortSignal, leave);
        try {
          if (body === undefined || !answer.ETag) throw strangeAnswer(call, "body with an ETag");
          if ((answer.ContentLength ?? 0) > MAX_BYTES) throw tooLong(call);
          return { etag: answer.ETag, text: await body.transformToString() };
        } catch (error) {
          leave();
          throw error;
        } finally {
          off();
        }
      } catch (error) {
        if (codeOf(error) === "NoSuchKey") return null;
        throw error;
      }
    });
  }

  /** Writes an object if it still has the ETag `expected` (null: if there is none). Resolves with the new ETag. */
  put(key: string, expected: string | null, text: string, signal: AbortSignal): Promise<string | "conflict"> {
    const allow = `s3:PutObject and s3:GetObject on ${this.bucket}/*`;
    const call = this.#named("PutObject", key, allow);
    return this.#sdk.call(call, signal, async ({ sdk, client }, abortSignal) => {
      const condition = expected === null ? { IfNoneMatch: "*" } : { IfMatch: expected };
      try {
        const command = new sdk.PutObjectCommand({
          Bucket: this.bucket,
          Key: key,
          Body: text,
          ContentType: "text/plain; charset=utf-8",
          ...condition,
        });
        const answer = await client.send(command, { abortSignal });
        if (!answer.ETag) throw strangeAnswer(call, "ETag");
        return answer.ETag;
      } catch (error) {
        if (isConflict(error, expected)) return "conflict";
        throw error;
      }
    });
  }

  #named(action: string, key: string, allow: string): AwsCall {
    return { action, subject: `s3://${this.bucket}/${key}`, configured: `the bucket ${this.bucket}`, allow };
  }
}

/**
 * 412: the object is another one, or there is one. 409 with this code: another conditional write, or a deletion, was under
 * way at the same time and went first. 404 of the object: it was deleted, so it is not the one that was seen.
 */
function isConflict(error: unknown, expected: string | null): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
  const code = codeOf(error);
  return status === 412 || code === "PreconditionFailed" || code === "ConditionalRequestConflict" ||
    (expected !== null && code === "NoSuchKey");
}

function codeOf(error: unknown): string | undefined {
  const { Code, name } = (error ?? {}) as { Code?: string; name?: string };
  return Code ?? name;
}

function tooLong(call: AwsCall): Fault {
  return new Fault(FAULT_CODES.requestFailed, `${call.subject} is longer than ${MAX_BYTES} bytes: it is no record`, {
    remedy: "choose another prefix, or remove the object",
  });
}
