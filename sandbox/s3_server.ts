/**
 * S3's endpoint as one server sees it, with the bucket in the path.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { allowed, type Caller } from "./ec2/cloud.ts";
import { Ec2Error } from "./ec2/errors.ts";
import type { Ec2Shared } from "./ec2/server.ts";
import { elements } from "./ec2/xml.ts";
import { gone, listen, type Listener, readBytes } from "./listener.ts";
import { type Answer, header, misbehave } from "./misbehave.ts";
import { type BucketRequest, type Buckets, notImplemented, understandBucket } from "./s3.ts";

/** Largest request body in bytes: what a witness writes is below 1 KiB. */
const MAX_BODY = 256 * 1024;

/** Starts the endpoint for the calls of `server`. */
export function startS3(
  shared: Ec2Shared,
  buckets: Buckets,
  server: string,
  caller: Caller,
  host?: string,
): Promise<Listener> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const now = shared.cloud.settings.now;
    const at = now();
    const left = gone(response);
    const body = await readBytes(request, MAX_BODY);
    const method = request.method ?? "";
    const asked = understandBucket(method, request.url ?? "/", (name) => header(request, name));
    const requestId = crypto.randomUUID();
    const failed = (error: Ec2Error) => failure(error, requestId, method);
    const outcome = await misbehave({
      request,
      response,
      requestId,
      left,
      timers: shared.timers,
      effects: shared.faults.take(server, asked?.action ?? method),
      // S3 has no stale reads.
      answer: () => answer(request, asked, body, shared, buckets, caller, failed),
      failed,
    });
    const { action = method, ...params } = asked ?? {};
    shared.calls.add({ at, server, action, params, outcome, latencyMs: now() - at });
  };
  return listen(handle, () => shared.faults.takeUnreachable(server), host);
}

/** Runs the call. Nothing in here waits: a call takes effect wholly at one instant. */
function answer(
  request: IncomingMessage,
  asked: BucketRequest | undefined,
  body: Uint8Array<ArrayBuffer>,
  { credentials }: Ec2Shared,
  buckets: Buckets,
  caller: Caller,
  failed: (error: Ec2Error) => Answer,
): Answer {
  try {
    letIn(() => credentials.check(header(request, "authorization"), header(request, "x-amz-security-token")));
    if (asked === undefined) throw notImplemented();
    const contentType = header(request, "content-type") ?? "binary/octet-stream";
    const found = buckets.run(asked, body, contentType, (action) => allowed("s3", action, caller.allow));
    return { outcome: "ok", status: 200, body: found.body, headers: found.headers };
  } catch (error) {
    if (error instanceof Ec2Error) return failed(error);
    throw error;
  }
}

/** The same refusals as EC2's, by S3's codes. */
function letIn(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    if (error.code === "RequestExpired") throw new Ec2Error("ExpiredToken", "The provided token has expired.", 400);
    throw new Ec2Error(
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
      403,
    );
  }
}

function failure(error: Ec2Error, requestId: string, method: string): Answer {
  const parts = { Code: error.code, Message: error.message, RequestId: requestId, HostId: "sandbox" };
  return {
    outcome: error.code,
    status: error.status,
    body: method === "HEAD" ? "" : `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${elements(parts)}</Error>`,
    headers: { "content-type": "application/xml" },
  };
}
