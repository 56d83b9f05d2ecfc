import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { postJson } from "../../../plugins/etcd_request.ts";

/** A member of etcd that answers in its own way. */
async function withMember(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v3/kv/range`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const ask = (url: string, body: unknown = {}, token?: string, signal = new AbortController().signal) =>
  postJson({ url, body, tls: {}, ...(token === undefined ? {} : { token }) }, 20_000, signal);

Deno.test("etcd: a question is JSON with its token, and its answer comes with its status", async () => {
  let heard = "";
  await withMember((request, response) => {
    request.on("data", (part) => heard += part);
    request.on("end", () => {
      response.statusCode = 418;
      response.end(`${request.method} ${request.url} ${request.headers.authorization}`);
    });
  }, async (url) => {
    const answer = await ask(url, { key: "ü" }, "t1");
    assert.deepEqual(answer, { status: 418, text: "POST /v3/kv/range t1" });
    assert.deepEqual(JSON.parse(heard), { key: "ü" });
    assert.match((await ask(url)).text, /undefined$/);
  });
});

Deno.test("etcd: who is not there, breaks off, or does not come to an end is an error, and no answer", async () => {
  let gone = "";
  await withMember(() => {}, (url) => Promise.resolve(void (gone = url)));
  await assert.rejects(ask(gone), /ECONNREFUSED|refused/);
  await withMember((_request, response) => {
    response.writeHead(200, { "Content-Length": "10" });
    response.write("12345", () => response.destroy());
  }, (url) => assert.rejects(ask(url)));
  let stopped = () => {};
  const closed = new Promise<void>((resolve) => stopped = resolve);
  await withMember((_request, response) => {
    response.on("close", stopped);
    const more = () => response.write("x".repeat(64 * 1024)) ? setTimeout(more) : response.once("drain", more);
    more();
  }, async (url) => {
    await assert.rejects(ask(url), /longer than \d+ bytes/);
    await closed;
  });
  await withMember(
    () => {},
    (url) => assert.rejects(ask(url, {}, undefined, AbortSignal.abort(new Error("called off"))), /called off|abort/i),
  );
});
