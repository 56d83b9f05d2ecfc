import assert from "node:assert/strict";
import { join } from "node:path";
import type { PluginContext } from "../../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../../core/plugin/fault.ts";
import type { Verdict } from "../../../core/plugin/verdict.ts";
import { parseOptions } from "../../../core/plugin/option_values.ts";
import { MAX_BODY_BYTES } from "../../../plugins/http_request.ts";
import monitorHttp from "../../../plugins/monitors/http.ts";
import quorumHttp from "../../../plugins/quorum/http.ts";
import { createBench } from "../../conformance/bench.ts";
import type { CheckSubject } from "../../conformance/check_suite.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { quorumSuite } from "../../conformance/quorum_suite.ts";
import { certificates } from "./certificates.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

type Answer = (request: Request) => Response | Promise<Response>;

/** A web server on a port of its own; it is closed once only, and answers that hang end with it. */
class Web implements AsyncDisposable {
  readonly asked: { method: string; connection: string | null }[] = [];
  readonly #end = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(public answer: Answer, tls?: { cert: string; key: string }) {
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      signal: this.#end.signal,
      onListen() {},
      ...tls,
    } as Deno.ServeTcpOptions, (request) => {
      this.asked.push({ method: request.method, connection: request.headers.get("connection") });
      return this.answer(request);
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  hang(): void {
    const { signal } = this.#end;
    this.answer = () =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response()), { once: true }));
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#server.finished;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function web(): () => Promise<CheckSubject> {
  return async () => {
    const bench = await createBench();
    const server = new Web(() => new Response("hello"));
    let hidden = false;
    return {
      options: { url: `http://127.0.0.1:${server.port}/health?token=s3cret` },
      breakIt: () => server.close(),
      hideIt: () => void (hidden = true),
      hang: () => server.hang(),
      errorCode: FAULT_CODES.requestFailed,
      context: (options, signal): PluginContext<Record<string, unknown>> =>
        bench.context(
          hidden ? { ...options, url: "http://no-such-host.invalid/" } : options,
          signal === undefined ? {} : { signal },
        ),
      [Symbol.asyncDispose]: async () => {
        await server.close();
        await bench[Symbol.asyncDispose]();
      },
    };
  };
}
monitorSuite("http", monitorHttp, web());
quorumSuite("http", quorumHttp, web());

/** Asks with options as they are written in the file. */
async function ask(kind: "device" | "monitor", written: Record<string, unknown>): Promise<Verdict> {
  await using bench = await createBench();
  const specs = kind === "device" ? quorumHttp.options : monitorHttp.options;
  const { values, problems } = parseOptions(specs, written, { baseDir: "/etc" });
  assert.deepEqual(problems, []);
  const context = bench.context(values) as never;
  return kind === "device" ? await quorumHttp.probe(context) : await monitorHttp.check(context);
}

Deno.test("http: what is an answer to a device, and what is well to a monitor", async () => {
  await using server = new Web((request) =>
    new Response(null, { status: Number(new URL(request.url).pathname.slice(1)) })
  );
  const statusOf = async (kind: "device" | "monitor", status: number, more = {}) =>
    (await ask(kind, { url: `http://127.0.0.1:${server.port}/${status}`, ...more })).status;
  for (
    const [status, device, monitor] of [
      [200, "normal", "normal"],
      [204, "normal", "normal"],
      [302, "normal", "normal"],
      [403, "normal", "error"],
      [404, "normal", "error"],
      [499, "normal", "error"],
      [500, "error", "error"],
      [503, "error", "error"],
    ] as const
  ) {
    assert.deepEqual(
      [await statusOf("device", status), await statusOf("monitor", status)],
      [device, monitor],
      `${status}`,
    );
  }
  assert.equal(await statusOf("device", 200, { status: [204] }), "error");
  assert.equal(await statusOf("device", 503, { status: [503, 204] }), "normal");
  const { message, code } = await ask("device", { url: `http://127.0.0.1:${server.port}/503?x=secret` });
  assert.equal(message, `http://127.0.0.1:${server.port}/503 answers 503; expected is any status below 500`);
  assert.equal(code, FAULT_CODES.requestFailed);
});

Deno.test("http: each question is one request on a connection of its own, and a redirect is not followed", async () => {
  const other = new Web(() => new Response("you were not to come here"));
  await using server = new Web(() => Response.redirect(`http://127.0.0.1:${other.port}/`, 302));
  try {
    for (let index = 0; index < 3; index++) await ask("device", { url: `http://127.0.0.1:${server.port}/` });
    assert.equal(other.asked.length, 0);
    assert.deepEqual(server.asked, Array(3).fill({ method: "HEAD", connection: "close" }));
  } finally {
    await other.close();
  }
});

Deno.test("http: a text is found wherever it lies in the first 64 KiB, and not after them", async () => {
  let body = "";
  await using server = new Web(() => {
    // In parts, so that the text lies across two of them.
    const bytes = new TextEncoder().encode(body);
    const parts = Array.from(
      { length: Math.ceil(bytes.length / 1_000) },
      (_, n) => bytes.slice(n * 1_000, n * 1_000 + 1_000),
    );
    return new Response(ReadableStream.from(parts));
  });
  const find = (more = {}) =>
    ask("monitor", { url: `http://127.0.0.1:${server.port}/`, contains: "grüß dich", ...more });
  for (const before of [0, 995, 996, 1_994, MAX_BODY_BYTES - 11]) {
    body = `${"x".repeat(before)}grüß dich${"y".repeat(5_000)}`;
    assert.equal((await find()).status, "normal", `${before} bytes before it`);
  }
  body = `${"x".repeat(MAX_BODY_BYTES - 10)}grüß dich`;
  const late = await find();
  assert.equal(late.status, "error");
  assert.match(late.message, /answers 200, but "grüß dich" is not in the first 65536 bytes$/);
  body = "hello";
  assert.equal((await find()).status, "error");
});

Deno.test("http: a body without an end is not waited for", async () => {
  await using server = new Web(() =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          controller.enqueue(new Uint8Array(16_384).fill(120));
          await Promise.resolve();
        },
      }),
    )
  );
  const url = `http://127.0.0.1:${server.port}/`;
  assert.equal((await ask("device", { url, method: "GET" })).status, "normal");
  assert.equal((await ask("monitor", { url })).status, "normal");
  assert.equal((await ask("monitor", { url, contains: "z" })).status, "error");
});

Deno.test("http: silence ends with the timeout of its own, as an error", async () => {
  await using server = new Web(() => new Response());
  server.hang();
  const watch = new Stopwatch();
  const verdict = await ask("device", { url: `http://127.0.0.1:${server.port}/`, requestTimeout: "60ms" });
  assert.deepEqual([verdict.status, verdict.code], ["error", FAULT_CODES.timeout]);
  assert.match(verdict.message, /did not answer within 60 ms$/);
  assert.ok(watch.ownMs < 2_000);
});

Deno.test("http: what is no HTTP is no answer", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("220 mail.example ESMTP\r\n")).catch(() => {});
      connection.close();
    }
  })().catch(() => {});
  const verdict = await ask("device", { url: `http://127.0.0.1:${listener.addr.port}/` });
  assert.equal(verdict.status, "error", verdict.message);
  listener.close();
  await serving;
});

Deno.test("http: TLS counts only with a certificate that can be verified for this name", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-tls-" });
  try {
    const { cert, key, ca } = await certificates(folder);
    const caFile = join(folder, "ca.pem");
    await using server = new Web(() => new Response("hello"), { cert, key });
    const at = (host: string) => `https://${host}:${server.port}/`;
    assert.equal((await ask("device", { url: at("localhost"), caFile })).status, "normal");
    assert.equal((await ask("monitor", { url: at("localhost"), caFile, contains: "hell" })).status, "normal");
    const count = server.asked.length;

    const unknown = await ask("device", { url: at("localhost") });
    assert.equal(unknown.status, "error");
    assert.match(unknown.message, /can't prove who it is: .*; check its certificate, and caFile/);
    const otherName = await ask("device", { url: at("127.0.0.1"), caFile });
    assert.equal(otherName.status, "error", otherName.message);
    assert.match(otherName.message, /can't prove who it is/);
    assert.equal(server.asked.length, count, "nothing was asked of a server that can't prove who it is");

    // A file that this server can't read says nothing about the device.
    await Deno.writeTextFile(join(folder, "empty.pem"), "");
    for (const name of ["missing.pem", "empty.pem"]) {
      const verdict = await ask("monitor", { url: at("localhost"), caFile: join(folder, name) });
      assert.deepEqual([verdict.status, verdict.code], ["unknown", FAULT_CODES.internal], name);
      assert.match(verdict.message, /caFile .*\.pem .*; give a PEM file that this server can read/);
    }
    assert.match(ca, /BEGIN CERTIFICATE/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("http: what the file can't mean is said", () => {
  const base = { url: "https://device/", method: "HEAD", requestTimeout: 1_000 } as const;
  const problems = (more: Partial<Parameters<NonNullable<typeof quorumHttp.validate>>[0]>) =>
    quorumHttp.validate!({ ...base, ...more });
  assert.deepEqual(problems({}), []);
  assert.match(problems({ url: "https://[::1/" })[0]!, /is no URL; write one like/);
  assert.match(problems({ url: "https://me:secret@device/" })[0]!, /holds a name or a password/);
  assert.ok(!problems({ url: "https://me:secret@device/" })[0]!.includes("secret@"));
  assert.match(problems({ url: "http://device/", caFile: "/ca.pem" })[0]!, /http has no certificates/);
  assert.match(monitorHttp.validate!({ ...base, contains: "x" })[0]!, /set method to GET/);
  for (const url of ["device", "ftp://device/", "https://", "//device/"]) {
    assert.equal(parseOptions(quorumHttp.options, { url }, { baseDir: "/" }).problems.length, 1, url);
  }
});
