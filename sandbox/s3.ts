/**
 * Buckets of S3 and what a witness does with them: CreateBucket, HeadBucket, GetObject, and PutObject with `If-Match` and
 * `If-None-Match`, strongly consistent, with S3's own codes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Ec2Error } from "./ec2/errors.ts";

/** An object. */
export interface BucketObject {
  /** The digest of the body, with its quotes. */
  etag: string;
  contentType: string;
  body: Uint8Array<ArrayBuffer>;
}

/** Buckets by their names, objects by their keys. Plain data, so that a test can look at it and change it. */
export type BucketTable = Map<string, Map<string, BucketObject>>;

/** The actions, by method and by what is asked for. */
const ACTIONS = {
  object: { GET: "GetObject", PUT: "PutObject" },
  bucket: { HEAD: "HeadBucket", PUT: "CreateBucket" },
} as const;

/** A request, taken apart. */
export interface BucketRequest {
  action: string;
  bucket: string;
  key: string;
  ifMatch?: string;
  ifNoneMatch?: string;
}

/** What S3 answers when all is well. */
export interface BucketAnswer {
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

const NAME = /^(?!xn--|sthree-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const NOTHING = new Uint8Array();

/**
 * Takes a request apart; `target` is the path as it was sent, with the bucket in it. Undefined for what S3 has and this
 * does not.
 */
export function understandBucket(
  method: string,
  target: string,
  header: (name: string) => string | undefined,
): BucketRequest | undefined {
  // Not by a URL parser, which would take ".." in the name of an object for a folder.
  const [path = "", query = ""] = target.split("?", 2);
  const [bucket = "", ...parts] = path.slice(1).split("/");
  const key = decoded(parts.join("/"));
  const actions: Readonly<Record<string, string>> = ACTIONS[key === "" ? "bucket" : "object"];
  const action = actions[method];
  // The SDK says by x-id which operation it means; any other word in the query is another operation.
  const other = query.split("&").some((part) => part !== "" && !part.startsWith("x-id="));
  const strange = ["range", "content-encoding", "x-amz-copy-source", "if-modified-since"].some((name) => header(name));
  if (action === undefined || bucket === "" || other || strange) return undefined;
  const [ifMatch, ifNoneMatch] = [header("if-match"), header("if-none-match")];
  return {
    action,
    bucket: decoded(bucket),
    key,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  };
}

/** What every other request is answered with. */
export function notImplemented(): Ec2Error {
  return new Ec2Error("NotImplemented", "A header you provided implies functionality that is not implemented", 501);
}

/** The buckets of an account. */
export class Buckets {
  constructor(readonly table: BucketTable, private readonly region: string) {}

  /**
   * Runs a request; throws what S3 answers when it refuses. `may`: whether the caller is allowed an action of `s3`.
   * Nothing in here waits, so of two writers at the same time one is first.
   */
  run(
    { action, bucket, key, ifMatch, ifNoneMatch }: BucketRequest,
    body: Uint8Array<ArrayBuffer>,
    contentType: string,
    may: (action: string) => boolean,
  ): BucketAnswer {
    const needed = action === "HeadBucket" ? "ListBucket" : action;
    // Who wants to compare has to be allowed to read what is compared with.
    for (const one of [needed, ...(ifMatch === undefined ? [] : ["GetObject"])]) {
      if (!may(one)) throw denied(one);
    }
    if (action === "CreateBucket") return this.#create(bucket, new TextDecoder().decode(body));
    const objects = this.table.get(bucket);
    if (objects === undefined) throw new Ec2Error("NoSuchBucket", "The specified bucket does not exist", 404);
    if (action === "HeadBucket") return { headers: { "x-amz-bucket-region": this.region }, body: NOTHING };
    const present = objects.get(key);
    if (action === "GetObject") {
      if (present === undefined) throw may("ListBucket") ? noSuchKey() : denied("ListBucket");
      return { headers: { etag: present.etag, "content-type": present.contentType }, body: present.body };
    }
    this.#compare(present, ifMatch, ifNoneMatch);
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    objects.set(key, { etag, contentType, body });
    return { headers: { etag }, body: NOTHING };
  }

  #compare(present: BucketObject | undefined, ifMatch: string | undefined, ifNoneMatch: string | undefined): void {
    if (ifNoneMatch !== undefined) {
      // S3 knows no other value for a write.
      if (ifNoneMatch !== "*" || ifMatch !== undefined) throw notImplemented();
      if (present !== undefined) throw failedCondition("If-None-Match");
    }
    if (ifMatch === undefined) return;
    if (present === undefined) throw noSuchKey();
    if (ifMatch.replaceAll('"', "") !== present.etag.replaceAll('"', "")) throw failedCondition("If-Match");
  }

  #create(bucket: string, body: string): BucketAnswer {
    if (!NAME.test(bucket)) throw new Ec2Error("InvalidBucketName", "The specified bucket is not valid.", 400);
    const wanted = /<LocationConstraint>([^<]*)<\/LocationConstraint>/.exec(body)?.[1] ?? "us-east-1";
    if (wanted !== this.region) {
      throw new Ec2Error(
        "IllegalLocationConstraintException",
        `The ${wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
        400,
      );
    }
    if (this.table.has(bucket)) {
      throw new Ec2Error(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        409,
      );
    }
    this.table.set(bucket, new Map());
    return { headers: { location: `http://${bucket}.s3.amazonaws.com/` }, body: NOTHING };
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function denied(action: string): Ec2Error {
  return new Ec2Error("AccessDenied", `the caller is not authorized to perform: s3:${action}`, 403);
}

function noSuchKey(): Ec2Error {
  return new Ec2Error("NoSuchKey", "The specified key does not exist.", 404);
}

function failedCondition(header: string): Ec2Error {
  return new Ec2Error(
    "PreconditionFailed",
    `At least one of the pre-conditions you specified did not hold: ${header}`,
    412,
  );
}
