/** How the answers of a store become outcomes: an HTTP server gives each of them, whatever it was asked. */
import assert from "node:assert/strict";
import { DynamoItems } from "../../../core/aws/dynamodb_client.ts";
import type { Imds } from "../../../core/aws/imds.ts";
import { S3Objects } from "../../../core/aws/s3_client.ts";
import "../../../core/aws/sdk_dynamodb.ts";
import "../../../core/aws/sdk_s3.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { givenKeys } from "../../conformance/sandbox_way.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

const imds: Imds = {
  instanceId: () => Promise.reject(new Error("no metadata service")),
  region: () => Promise.reject(new Error("no metadata service")),
  availabilityZone: () => Promise.reject(new Error("no metadata service")),
};

interface Sent {
  method: string;
  path: string;
  headers: Headers;
}

interface Store {
  s3: S3Objects;
  dynamo: DynamoItems;
  requests: Sent[];
  signal: AbortSignal;
}

async function answering(answer: (request: Request) => Response, work: (store: Store) => Promise<void>): Promise<void> {
  const requests: Sent[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    await request.body?.cancel();
    const { method, url, headers } = request;
    requests.push({ method, path: new URL(url).pathname, headers: new Headers(headers) });
    return answer(request);
  });
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  const settings = { region: "eu-west-1", endpoint, imds, way: givenKeys(endpoint, "eu-west-1") };
  try {
    await work({
      s3: new S3Objects("votes", settings),
      dynamo: new DynamoItems({ table: "votes", keyAttribute: "id" }, settings),
      requests,
      signal: new AbortController().signal,
    });
  } finally {
    await server.shutdown();
  }
}

function xml(status: number, code: string, message = "said the store", headers: Record<string, string> = {}): Response {
  return new Response(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    { status, headers: { "Content-Type": "application/xml", ...headers } },
  );
}

function json(status: number, type: string): Response {
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "said the store" };
  return Response.json(body, { status, headers: { "Content-Type": "application/x-amz-json-1.0" } });
}

async function faultOf(call: Promise<unknown>): Promise<Fault> {
  const error = await call.then((value) => assert.fail(`it succeeded: ${JSON.stringify(value)}`), (thrown) => thrown);
  assert.ok(error instanceof Fault, String(error));
  return error;
}

Deno.test("S3: who came too late is in conflict; what can't have been written for another reason is a fault", async () => {
  const conflicts: [string | null, number, string][] = [
    [null, 412, "PreconditionFailed"],
    ['"1"', 412, "PreconditionFailed"],
    [null, 409, "ConditionalRequestConflict"],
    ['"1"', 409, "ConditionalRequestConflict"],
    ['"1"', 404, "NoSuchKey"],
  ];
  for (const [expected, status, code] of conflicts) {
    await answering(() => xml(status, code), async ({ s3, requests, signal }) => {
      assert.equal(await s3.put("k", expected, "text", signal), "conflict", code);
      assert.equal(requests.length, 1);
      const condition = [requests[0]!.headers.get("If-None-Match"), requests[0]!.headers.get("If-Match")];
      assert.deepEqual(condition, expected === null ? ["*", null] : [null, '"1"']);
    });
  }
  const faults: [string | null, number, string, boolean, RegExp][] = [
    [null, 404, "NoSuchKey", true, /./],
    ['"1"', 404, "NoSuchBucket", false, /correct the bucket votes in cluster\.yaml/],
    ['"1"', 409, "OperationAborted", true, /./],
    ['"1"', 301, "PermanentRedirect", false, /region/],
    ['"1"', 403, "AccessDenied", true, /s3:PutObject and s3:GetObject on votes\/\*/],
    ['"1"', 403, "InvalidAccessKeyId", true, /valid credentials/],
    ['"1"', 400, "ExpiredToken", true, /credentials are renewed/],
    ['"1"', 503, "SlowDown", true, /quota of S3 calls/],
    ['"1"', 500, "InternalError", true, /AWS has a problem/],
    ['"1"', 501, "NotImplemented", true, /./],
  ];
  for (const [expected, status, code, uncertain, remedy] of faults) {
    await answering(() => xml(status, code), async ({ s3, requests, signal }) => {
      const fault = await faultOf(s3.put("k", expected, "text", signal));
      assert.equal(fault.uncertain, uncertain, `${code}: ${fault.message}`);
      assert.match(fault.remedy, remedy);
      assert.match(fault.message, new RegExp(`PutObject of s3://votes/k.*${code}`));
      assert.equal(requests.length, 1, `${code}: a conditional write is sent once`);
    });
  }
});

Deno.test("S3: no body is sent in parts, nothing waits for 100 Continue, and the bucket is in the path", async () => {
  await answering(() => new Response(null, { headers: { ETag: '"2"' } }), async ({ s3, requests, signal }) => {
    assert.equal(await s3.put("a/b", null, "text", signal), '"2"');
    const [{ headers, path, method }] = requests as [Sent];
    assert.deepEqual([method, path], ["PUT", "/votes/a/b"]);
    assert.equal(headers.get("Content-Length"), "4");
    for (const name of ["Expect", "x-amz-trailer", "Content-Encoding", "Transfer-Encoding"]) {
      assert.equal(headers.get(name), null, name);
    }
  });
});

Deno.test("S3: only NoSuchKey is an absence; an answer that lacks something is uncertain", async () => {
  await answering(() => xml(404, "NoSuchKey"), async ({ s3, signal }) => {
    assert.equal(await s3.get("k", signal), null);
  });
  const denied = /s3:GetObject on votes\/\* and s3:ListBucket on votes/;
  for (const [status, code, remedy] of [[403, "AccessDenied", denied], [404, "NotFound", /./]] as const) {
    await answering(() => xml(status, code), async ({ s3, signal }) => {
      assert.match((await faultOf(s3.get("k", signal))).remedy, remedy);
    });
  }
  await answering(() => new Response("text"), async ({ s3, signal }) => {
    const fault = await faultOf(s3.get("k", signal));
    assert.ok(fault.uncertain && /ETag/.test(fault.message), fault.message);
    assert.ok((await faultOf(s3.put("k", null, "text", signal))).uncertain);
  });
  const long = new Response("x".repeat(100_000), { headers: { ETag: '"1"' } });
  await answering(() => long, async ({ s3, signal }) => {
    assert.match((await faultOf(s3.get("k", signal))).message, /is longer than 65536 bytes/);
  });
});

Deno.test("S3: a body that stops in the middle ends with the deadline", async () => {
  const stream = () =>
    new Response(new ReadableStream({ start: (sink) => sink.enqueue(new Uint8Array(10)) }), {
      headers: { ETag: '"1"' },
    });
  const patience = new AbortController();
  await answering(stream, async ({ s3 }) => {
    const timer = setTimeout(() => patience.abort(new DOMException("the deadline", "TimeoutError")), 200);
    const watch = new Stopwatch();
    const fault = await faultOf(s3.get("k", patience.signal));
    clearTimeout(timer);
    assert.ok(fault.uncertain && watch.ownMs < 1_500, fault.message);
  });
});

Deno.test("DynamoDB: conflict, absence and faults", async () => {
  await answering(() => json(400, "ConditionalCheckFailedException"), async ({ dynamo, requests, signal }) => {
    assert.equal(await dynamo.put("k", "v1", "text", signal), "conflict");
    assert.equal(requests.length, 1);
  });
  const answer = () => Response.json({}, { headers: { "Content-Type": "application/x-amz-json-1.0" } });
  await answering(answer, async ({ dynamo, signal }) => {
    assert.equal(await dynamo.get("k", signal), null);
  });
  const foreign = () => Response.json({ Item: { id: { S: "k" } } });
  await answering(foreign, async ({ dynamo, signal }) => {
    const fault = await faultOf(dynamo.get("k", signal));
    assert.equal(fault.uncertain, false);
    assert.match(fault.message, /k in the table votes has no text in version and record/);
  });
  const faults: [string, number, boolean, RegExp][] = [
    ["ResourceNotFoundException", 400, false, /correct the table votes/],
    ["ValidationException", 400, false, /correct what the configuration says/],
    ["ProvisionedThroughputExceededException", 400, true, /quota of DynamoDB calls/],
    ["AccessDeniedException", 400, true, /allow the action dynamodb:PutItem/],
    ["UnrecognizedClientException", 400, true, /valid credentials/],
    ["ExpiredTokenException", 400, true, /credentials are renewed/],
    ["TransactionConflictException", 400, true, /./],
    ["InternalServerError", 500, true, /AWS has a problem/],
  ];
  for (const [type, status, uncertain, remedy] of faults) {
    await answering(() => json(status, type), async ({ dynamo, requests, signal }) => {
      const fault = await faultOf(dynamo.put("k", "v1", "text", signal));
      assert.equal(fault.uncertain, uncertain, `${type}: ${fault.message}`);
      assert.match(fault.remedy, remedy);
      assert.equal(requests.length, 1, `${type}: a conditional write is sent once`);
    });
  }
});

Deno.test("a server whose clock is an hour off is answered in its own time; one that refuses every date is a fault", async () => {
  const HOUR_MS = 3_600_000;
  const theirTime = () => new Date(Date.now() + HOUR_MS);
  const refused = () =>
    xml(403, "RequestTimeTooSkewed", "The difference is too large", { Date: theirTime().toUTCString() });
  const picky = (request: Request) => {
    const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(
      request.headers.get("x-amz-date")!,
    )!;
    const signedMs = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
    return Math.abs(signedMs - theirTime().getTime()) < 300_000
      ? new Response(null, { headers: { ETag: '"2"', Date: theirTime().toUTCString() } })
      : refused();
  };
  await answering(picky, async ({ s3, requests, signal }) => {
    assert.equal(await s3.put("k", null, "text", signal), '"2"');
    assert.equal(requests.length, 2);
    assert.equal(await s3.put("k", '"2"', "text", signal), '"2"');
    assert.equal(requests.length, 3, "the offset is remembered");
  });
  await answering(refused, async ({ s3, requests, signal }) => {
    const fault = await faultOf(s3.put("k", null, "text", signal));
    assert.match(fault.message, /was not accepted with these credentials.*RequestTimeTooSkewed/);
    assert.match(fault.remedy, /clock of this server/);
    assert.ok(fault.uncertain && requests.length <= 2);
  });
});
