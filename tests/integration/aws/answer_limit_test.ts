import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MAX_ANSWER_BYTES } from "../../../core/aws/answer_limit.ts";
import { faultOf, withBench } from "./helpers.ts";

const CHUNK = "x".repeat(1024 * 1024);
/** What the endpoint of the report did. */
const MIB = 300;

/** An endpoint that answers everything with `answer`, and how much of it was taken, in MiB. */
async function withEndpoint(
  answer: (response: ServerResponse) => void,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

Deno.test("an answer of EC2 that is too long is refused, and read no further", async () => {
  let sent = 0;
  const flood = (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/xml" });
    const more = (): void => {
      if (sent >= MIB || response.destroyed) return void response.end();
      sent += 1;
      response.write(CHUNK, () => more());
    };
    more();
  };
  await withEndpoint(flood, (url) =>
    withBench(async ({ ec2, signal }) => {
      const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
      assert.match(fault.message, /the answer is longer than 32 MiB/);
      assert.ok(fault.uncertain && fault.remedy.includes("endpoint"));
    }, { instead: { endpoints: { ec2: url, sts: url, route53: url, s3: url } }, sdk: { callTimeoutMs: 20_000 } }));
  assert.ok(sent < MIB, `${sent} MiB were sent`);
});

Deno.test("an answer of EC2 that says that it is too long is not read at all", async () => {
  const announce = (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/xml", "content-length": String(MAX_ANSWER_BYTES + 1) });
    response.write("<");
  };
  await withEndpoint(announce, (url) =>
    withBench(async ({ ec2, signal }) => {
      const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
      assert.match(fault.message, /the answer is longer than 32 MiB/);
    }, { instead: { endpoints: { ec2: url, sts: url, route53: url, s3: url } } }));
});
