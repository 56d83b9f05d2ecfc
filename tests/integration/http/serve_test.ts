import assert from "node:assert/strict";
import type { AgentView } from "../../../core/agent/agent.ts";
import type { OperatorRequest } from "../../../core/cluster/events.ts";
import type { StatusSource } from "../../../core/http/app.ts";
import { MAX_BODY_BYTES } from "../../../core/http/exchange.ts";
import { serveStatus, StatusError, type StatusLimits, type StatusServer } from "../../../core/http/serve.ts";
import { RawClient } from "./raw_client.ts";

const TOKEN = "f".repeat(64);
const AT = { host: "127.0.0.1", port: 0 };

interface Bench {
  server: StatusServer;
  requests: OperatorRequest[];
  files: string[];
  client(): Promise<RawClient>;
  /** One request on a connection of its own; resolves with its status and the whole answer. */
  ask(head: string, body?: string): Promise<{ status: number; text: string }>;
}

async function onServer(
  work: (bench: Bench) => Promise<void>,
  more: { limits?: Partial<StatusLimits>; filler?: string } = {},
): Promise<void> {
  const requests: OperatorRequest[] = [];
  const files: string[] = [];
  const agent: StatusSource = {
    view: () =>
      ({
        server: "server1",
        filler: more.filler,
        view: { votes: { visible: [], quorum: true } },
      }) as unknown as AgentView,
    request: (request) => void requests.push(request),
    apply: ({ text }) => {
      files.push(text);
      return Promise.resolve({ generation: 1, digest: "d", reach: "agent", order: [], late: [], warnings: [] });
    },
  };
  const server = await serveStatus({
    at: AT,
    agent,
    token: TOKEN,
    version: "1",
    names: ["server1"],
    limits: more.limits,
  });
  const clients: RawClient[] = [];
  const client = async () => {
    const opened = await RawClient.open(server.url);
    clients.push(opened);
    return opened;
  };
  const ask = async (head: string, body = "") => {
    const one = await client();
    await one.send(`${head}\r\nConnection: close\r\n\r\n${body}`);
    await one.closed;
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(one.text)?.[1]), text: one.text };
  };
  try {
    await work({ server, requests, files, client, ask });
  } finally {
    for (const one of clients) one.close();
    await Promise.all(clients.map(({ closed }) => closed));
    await server.close();
  }
}

const bearer = `Authorization: Bearer ${TOKEN}`;

/** Waits for it, for as long as a busy machine may take. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!holds()) {
    assert.ok(performance.now() < endMs, what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("it serves, says where, and refuses an address that is taken", () =>
  onServer(async ({ server }) => {
    const response = await fetch(`${server.url}/healthz`);
    assert.equal(response.status, 200);
    await response.body?.cancel();
    const port = Number(new URL(server.url).port);
    const agent = { view: () => ({}) as AgentView, request: () => undefined };
    await assert.rejects(
      serveStatus({ at: { host: "127.0.0.1", port }, agent, token: TOKEN, version: "1", names: [] }),
      (error: Error) =>
        error instanceof StatusError &&
        error.message.startsWith(`the status endpoint 127.0.0.1:${port} can't be bound`) &&
        error.message.includes("`status` in cluster.yaml"),
    );
  }));

Deno.test("a name that a web page has made point here is not answered, whatever is asked", () =>
  onServer(async ({ ask, requests }) => {
    for (const host of ["evil.example", "evil.example:7711"]) {
      for (const what of ["GET /status", "GET /healthz", "POST /groups/failover1/stop"]) {
        const { status, text } = await ask(`${what} HTTP/1.1\r\nHost: ${host}\r\n${bearer}`);
        assert.equal(status, 421, text);
        assert.match(text, /statusNames.*\(explain 311\)/);
        assert.doesNotMatch(text, /server1/);
      }
    }
    assert.deepEqual(requests, []);
    for (const host of ["127.0.0.1:7711", "[::1]:7711", "localhost", "server1:7711"]) {
      assert.equal((await ask(`GET /healthz HTTP/1.1\r\nHost: ${host}`)).status, 200, host);
    }
    // As load balancers ask.
    assert.equal((await ask("HEAD /healthz HTTP/1.0")).status, 200);
    assert.equal((await ask("GET /healthz HTTP/1.1")).status, 400, "HTTP/1.1 has to name one");
    assert.equal((await ask("GET http://evil.example/status HTTP/1.1\r\nHost: localhost")).status, 400);
    assert.equal((await ask("GET //evil.example/status HTTP/1.1\r\nHost: localhost")).status, 404);
  }));

Deno.test("a file reaches the agent whole, in pieces too; what is too long is refused unread", () =>
  onServer(async ({ ask, files, client }) => {
    const head = (more: string) => `POST /file HTTP/1.1\r\nHost: localhost\r\n${bearer}\r\n${more}`;
    assert.equal((await ask(head("Content-Length: 4"), "ab: ")).status, 200);
    assert.equal((await ask(head("Transfer-Encoding: chunked"), "3\r\ncd:\r\n2\r\n 1\r\n0\r\n\r\n")).status, 200);
    assert.deepEqual(files, ["ab: ", "cd: 1"]);
    const polite = await client();
    await polite.send(head("Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"));
    await until("it is told to go on", () => polite.text.startsWith("HTTP/1.1 100 "));
    await polite.send("ef");
    await polite.closed;
    assert.match(polite.text, /HTTP\/1\.1 200 /);
    const large = await client();
    await large.send(head(`Content-Length: ${1024 ** 3}\r\n\r\n`));
    await large.closed;
    assert.match(large.text, /^HTTP\/1\.1 413 .*\(explain 311\)/s);
    const endless = await client();
    await endless.send(head("Transfer-Encoding: chunked\r\n\r\n"));
    while (!endless.over && await endless.send(`8000\r\n${"x".repeat(0x8000)}\r\n`));
    await endless.closed;
    assert.equal(files.length, 3);
  }));

Deno.test("one request after the other on one connection, with and without a body, each answer with its length", () =>
  onServer(async ({ client, files }) => {
    const one = await client();
    const requests: [head: string, body: string][] = [
      ["GET /healthz", ""],
      [`POST /file HTTP/1.1\r\nHost: localhost\r\n${bearer}\r\nContent-Length: 4`, "ab: "],
      ["HEAD /healthz", ""],
      // Clients that send a body where none belongs are served as well.
      [`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${bearer}\r\nContent-Length: 2`, "{}"],
      ["GET /healthz", ""],
    ];
    for (const [index, [head, body]] of requests.entries()) {
      await one.send(`${head.includes("\r\n") ? head : `${head} HTTP/1.1\r\nHost: localhost`}\r\n\r\n${body}`);
      const answers = () => one.text.split("HTTP/1.1 200 OK").length - 1;
      await until(`answer ${index + 1}: ${one.text}`, () => one.over || answers() === index + 1);
      assert.equal(answers(), index + 1, one.text);
    }
    const lengths = one.text.match(/^content-length: .*(?=\r$)/gim)!.map((line) => Number(line.split(" ")[1]));
    assert.equal(lengths.length, requests.length - 1, "the head alone says no length");
    assert.ok(lengths.every((length) => length > 0), lengths.join());
    assert.deepEqual(files, ["ab: "]);
  }));

Deno.test("the longest file that is taken is taken", () =>
  onServer(async ({ ask, files }) => {
    const post = (more: string, body: string) =>
      ask(`POST /file HTTP/1.1\r\nHost: localhost\r\n${bearer}\r\n${more}`, body);
    const longest = "x".repeat(MAX_BODY_BYTES);
    assert.equal((await post(`Content-Length: ${longest.length}`, longest)).status, 200);
    const chunk = `${longest.length.toString(16)}\r\n${longest}\r\n`;
    assert.equal((await post("Transfer-Encoding: chunked", `${chunk}0\r\n\r\n`)).status, 200);
    assert.deepEqual(files.map(({ length }) => length), [MAX_BODY_BYTES, MAX_BODY_BYTES]);
    assert.equal((await post("Transfer-Encoding: chunked", `${chunk}1\r\ny\r\n0\r\n\r\n`)).status, 413);
  }));

Deno.test("nothing is read of what comes without the token, and its connection ends", () =>
  onServer(async ({ client, requests, files }) => {
    for (const authorization of ["X: 1", "Authorization: Bearer wrong"]) {
      for (const path of ["/file", "/groups/failover1/stop"]) {
        const one = await client();
        await one.send(
          `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\nContent-Length: ${1024 ** 3}\r\n\r\n`,
        );
        // Whoever sends on fills buffers and finds the connection closed, long before that gigabyte.
        let sent = 0;
        const part = new Uint8Array(64 * 1024);
        while (sent < 256 * 1024 ** 2 && await one.send(part)) sent += part.length;
        await one.closed;
        assert.match(one.text, /^(HTTP\/1\.1 401 |$)/);
        assert.ok(sent < 64 * 1024 ** 2, `${sent} bytes were taken`);
      }
    }
    const asking = await client();
    await asking.send("POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    await asking.closed;
    assert.match(asking.text, /^HTTP\/1\.1 401 /, "it is not invited to send");
    assert.deepEqual([requests, files], [[], []]);
  }));

Deno.test("whoever does not come to an end with its request is cut off, and one who does not take the answer", () =>
  onServer(async ({ client, server }) => {
    const begun = "GET /status HTTP/1.1\r\nHost: localhost\r\nX: ";
    const silent = await client();
    const slow = await client();
    await slow.send(begun);
    const body = await client();
    await body.send(`POST /file HTTP/1.1\r\nHost: localhost\r\n${bearer}\r\nContent-Length: 9\r\n\r\n1`);
    const idle = await client();
    await idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const deaf = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(server.url).port) });
    await deaf.write(new TextEncoder().encode("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    // A byte now and then does not help.
    const drip = setInterval(() => void slow.send("x"), 50);
    await Promise.all([silent, slow, body, idle].map(({ closed }) => closed));
    clearInterval(drip);
    assert.match(idle.text, /^HTTP\/1\.1 200 /);
    // More than fits into its buffers: the rest never comes.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    let bytes = 0;
    const buffer = new Uint8Array(1024 * 1024);
    try {
      for (let count; (count = await deaf.read(buffer)) !== null;) bytes += count;
    } catch {
      // Reset.
    }
    deaf.close();
    assert.ok(bytes < 32 * 1024 ** 2, `${bytes} bytes came`);
  }, { limits: { headMs: 1_000, requestMs: 2_000, sendMs: 1_200 }, filler: "x".repeat(32 * 1024 ** 2) }));

Deno.test("thousands of idle and half open connections keep nobody out, are closed, and leave no memory behind", () =>
  onServer(async ({ client, ask }) => {
    const flood = async (count: number) => {
      const crowd: RawClient[] = [];
      for (let round = 0; round < count / 250; round++) {
        const wave = await Promise.all(Array.from({ length: 250 }, client));
        crowd.push(...wave);
        await Promise.all(wave.map((one, index) => index % 2 === 0 || one.send("GET /status HTTP/1.1\r\nHost: loc")));
        assert.equal((await ask("GET /healthz HTTP/1.1\r\nHost: localhost")).status, 200);
      }
      await until("the oldest make room at once", () => crowd.filter(({ over }) => !over).length <= 64);
      assert.equal((await ask("GET /healthz HTTP/1.1\r\nHost: localhost")).status, 200);
      return crowd;
    };
    await flood(500);
    const before = Deno.memoryUsage().rss;
    const crowd = await flood(3_000);
    const grown = (Deno.memoryUsage().rss - before) / 1024 ** 2;
    assert.ok(grown < 60, `${grown} MiB, clients included`);
    await until("the rest has no more time", () => crowd.every(({ over }) => over));
  }, { limits: { headMs: 1_000 } }));

Deno.test("connections that are over take no place: whoever is idle among few stays", () =>
  onServer(async ({ client, ask }) => {
    const idle = await client();
    for (let count = 0; count < 40; count++) {
      assert.equal((await ask("GET /healthz HTTP/1.1\r\nHost: localhost")).status, 200);
    }
    await idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    await idle.closed;
    assert.match(idle.text, /^HTTP\/1\.1 200 /);
  }, { limits: { connections: 16, headMs: 20_000, requestMs: 20_000 } }));

Deno.test("an operator who waits keeps the place while others come", async () => {
  let done: () => void = () => {};
  const waits = new Promise<void>((resolve) => done = resolve);
  const agent: StatusSource = {
    view: () => ({}) as AgentView,
    request: () => undefined,
    preflight: () => waits.then(() => ({ own: null, peers: {}, readiness: [] })),
  };
  const limits = { connections: 4, sendMs: 100 };
  const server = await serveStatus({ at: AT, agent, token: TOKEN, version: "1", names: [], limits });
  const clients: RawClient[] = [];
  try {
    const operator = await RawClient.open(server.url);
    await operator.send(`POST /preflight HTTP/1.1\r\nHost: localhost\r\n${bearer}\r\nConnection: close\r\n\r\n`);
    for (let index = 0; index < 40; index++) clients.push(await RawClient.open(server.url));
    await until("they make room", () => clients.filter(({ over }) => !over).length < 4);
    // Longer than an answer may lie there untaken.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(operator.over, false);
    done();
    await operator.closed;
    assert.match(operator.text, /^HTTP\/1\.1 200 /);
  } finally {
    for (const one of clients) one.close();
    await Promise.all(clients.map(({ closed }) => closed));
    await server.close();
  }
});

Deno.test("a client that never finishes its request does not keep it from closing", async () => {
  await onServer(async ({ client, server }) => {
    const one = await client();
    await one.send("POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n" + `${bearer}\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedMs = performance.now();
    await server.close();
    assert.ok(performance.now() - startedMs < 5_000);
    await one.closed;
  });
});
