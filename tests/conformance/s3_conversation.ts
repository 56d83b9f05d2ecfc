/**
 * What S3 is asked, in its own words, and what it must answer: one list for every store that stands in for it.
 *
 * @module
 */
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

const REGION = "ap-northeast-1";
const Bucket = "baton-conversation";
const object = { Bucket, Key: "a b/c+ä" };

/** A client of the SDK that keeps no connection and sends each call once. */
export function s3Client(endpoint: string, accessKeyId = "AKIAINDEPENDENTTEST"): S3Client {
  return new S3Client({
    endpoint,
    region: REGION,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: "not-a-secret" },
    requestHandler: { httpAgent: { keepAlive: false } },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

/** `ok`, or status and code of the refusal. */
export function s3Code(call: Promise<unknown>): Promise<string> {
  return call.then(() => "ok", (error) => {
    if (error.$metadata?.httpStatusCode === undefined) throw error;
    return `${error.$metadata.httpStatusCode} ${error.name}`;
  });
}

/** The whole conversation, by what each question is about. */
export async function s3Conversation(endpoint: string): Promise<Record<string, unknown>> {
  const client = s3Client(endpoint);
  const answers: Record<string, unknown> = {};
  const here = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const;
  const put = (more: object) => s3Code(client.send(new PutObjectCommand({ ...object, Body: "second", ...more })));
  try {
    answers["a bucket that is not there"] = await s3Code(client.send(new HeadBucketCommand({ Bucket })));
    answers["an object of it"] = await s3Code(client.send(new GetObjectCommand(object)));
    answers["a write to it"] = await put({ IfNoneMatch: "*" });
    answers["a bucket of another region"] = await s3Code(client.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }),
    ));
    answers["a bucket with a name that is none"] = await s3Code(
      client.send(new CreateBucketCommand({ Bucket: "UP_CASE", ...here })),
    );
    answers["a new bucket"] = await s3Code(client.send(new CreateBucketCommand({ Bucket, ...here })));
    answers["the same again"] = await s3Code(client.send(new CreateBucketCommand({ Bucket, ...here })));
    answers["the bucket"] = await s3Code(client.send(new HeadBucketCommand({ Bucket })));
    answers["no object"] = await s3Code(client.send(new GetObjectCommand(object)));
    answers["replacing no object"] = await put({ IfMatch: '"0123456789abcdef0123456789abcdef"' });

    const body = new Uint8Array([0, 255, 10]);
    const first = await client.send(new PutObjectCommand({ ...object, Body: body, IfNoneMatch: "*" }));
    answers["the digest of a new object"] = first.ETag;
    const read = await client.send(new GetObjectCommand(object));
    answers["the object"] = [read.ETag === first.ETag, ...await read.Body!.transformToByteArray()];
    answers["creating it again"] = await put({ IfNoneMatch: "*" });
    answers["replacing another version"] = await put({ IfMatch: '"other"' });
    answers["replacing this version"] = await put({ IfMatch: first.ETag });
    answers["replacing it once more"] = await put({ IfMatch: first.ETag });
    const second = await client.send(new GetObjectCommand(object));
    answers["what is left"] = await second.Body!.transformToString();
    answers["replacing without a condition"] = await put({ Body: "third" });
    answers["a condition that no write has"] = await put({ IfNoneMatch: '"other"' });
  } finally {
    client.destroy();
  }
  return answers;
}

/** What S3 answers, by its API reference. */
export const S3_ANSWERS: Readonly<Record<string, unknown>> = {
  "a bucket that is not there": "404 NotFound",
  "an object of it": "404 NoSuchBucket",
  "a write to it": "404 NoSuchBucket",
  "a bucket of another region": "400 IllegalLocationConstraintException",
  "a bucket with a name that is none": "400 InvalidBucketName",
  "a new bucket": "ok",
  "the same again": "409 BucketAlreadyOwnedByYou",
  "the bucket": "ok",
  "no object": "404 NoSuchKey",
  "replacing no object": "404 NoSuchKey",
  "the digest of a new object": '"daabad9de4c13765beb6e0a4ea14f25f"',
  "the object": [true, 0, 255, 10],
  "creating it again": "412 PreconditionFailed",
  "a condition that no write has": "501 NotImplemented",
  "replacing another version": "412 PreconditionFailed",
  "replacing this version": "ok",
  "replacing it once more": "412 PreconditionFailed",
  "what is left": "second",
  "replacing without a condition": "ok",
};
