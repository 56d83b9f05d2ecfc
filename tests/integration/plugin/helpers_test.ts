import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import fc from "fast-check";
import { Fault } from "../../../core/plugin/fault.ts";
import { fileState, memoryState } from "../../../core/plugin/state.ts";
import { createBench } from "../../conformance/bench.ts";

type Handler = (request: Request) => Response | Promise<Response>;

async function serving(handler: Handler, work: (url: string) => Promise<void>): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  try {
    await work(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("http: method, headers and body go out; status, headers and text come back", async () => {
  await using bench = await createBench();
  const { http } = bench.context({});
  await serving(
    async (request) =>
      new Response(`${request.method} ${request.headers.get("x-key")} ${await request.text()}`, { status: 404 }),
    async (url) => {
      const answer = await http.request(`${url}/a?b=c`, { method: "POST", headers: { "X-Key": "k" }, body: "grüße" });
      assert.deepEqual([answer.status, answer.text, answer.truncated], [404, "POST k grüße", false]);
      assert.match(answer.headers["content-type"] ?? "", /^text\/plain/);
      assert.ok(answer.answerMs > 0);
    },
  );
});

Deno.test("http: a redirect is an answer, and no more than 64 KiB of a body are kept", async () => {
  await using bench = await createBench();
  const { http } = bench.context({});
  const handler: Handler = ({ url }) =>
    url.endsWith("/go")
      ? new Response(null, { status: 302, headers: { Location: "/" } })
      : new Response("x".repeat(200_000));
  await serving(handler, async (url) => {
    const redirect = await http.request(`${url}/go`);
    assert.deepEqual([redirect.status, redirect.headers.location], [302, "/"]);
    const { text, truncated } = await http.request(url);
    assert.deepEqual([text.length, truncated], [64 * 1024, true]);
  });
});

Deno.test("http: nobody there is a certain fault, what could not be tried an uncertain one", async () => {
  await using bench = await createBench();
  const { http } = bench.context({});
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const fault = (url: string) => http.request(url).then(() => assert.fail(url), (error: Fault) => error);
  const refused = await fault(`http://127.0.0.1:${port}/x?token=geheim`);
  assert.deepEqual([refused.name, refused.uncertain], ["Fault", false]);
  assert.match(refused.message, /refuses connections$/);
  assert.ok(!refused.message.includes("geheim"));
  assert.equal((await fault("ftp://x")).uncertain, true);
  assert.equal((await fault("http://no-such-name.invalid/")).uncertain, true);
});

Deno.test("http: it ends when the call's signal aborts, also while the body comes", async () => {
  await using bench = await createBench();
  const { promise: late, resolve } = Promise.withResolvers<void>();
  await serving(() => late.then(() => new Response("late")), async (url) => {
    const signal = AbortSignal.timeout(80);
    await assert.rejects(bench.context({}, { signal }).http.request(url), { name: "TimeoutError" });
    const own = AbortSignal.timeout(80);
    await assert.rejects(bench.context({}).http.request(url, { signal: own }), { name: "TimeoutError" });
    resolve();
  });
});

/** A name server that answers every question for an A record with 192.0.2.7, and says that `gone.test` does not exist. */
async function nameServer(): Promise<{ address: string; close(): Promise<void> }> {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const gone = question.includes("gone");
    const end = question.indexOf(0, 12) + 5;
    const answer = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7];
    const head = [question[0]!, question[1]!, 0x81, gone ? 0x83 : 0x80, 0, 1, 0, gone ? 0 : 1, 0, 0, 0, 0];
    socket.send(
      Uint8Array.from([...head, ...question.subarray(12, end), ...gone ? [] : answer]),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

Deno.test("dns: records of a name; none is an empty list; nobody to ask is an uncertain fault", async () => {
  await using bench = await createBench();
  const server = await nameServer();
  try {
    const { dns } = bench.context({});
    assert.deepEqual(await dns.resolve("app.test", "A", { server: server.address }), ["192.0.2.7"]);
    assert.deepEqual(await dns.resolve("gone.test", "A", { server: server.address }), []);
    await assert.rejects(
      dns.resolve("app.test", "A", { server: "127.0.0.1:1", signal: AbortSignal.timeout(5_000) }),
      (error) => error instanceof Fault ? error.uncertain : (error as Error).name === "TimeoutError",
    );
  } finally {
    await server.close();
  }
});

Deno.test("files: what is there, what is not, and what is no file", async () => {
  await using bench = await createBench();
  const { files } = bench.context({});
  const path = join(bench.folder, "a.txt");
  assert.deepEqual([await files.stat(path), await files.read(path)], [null, null]);
  await files.write(path, "one");
  await files.write(path, "two");
  assert.equal(await files.read(path), "two");
  const facts = await files.stat(path);
  assert.deepEqual([facts?.kind, facts?.size], ["file", 3]);
  assert.ok(Math.abs((facts?.modifiedMs ?? 0) - Date.now()) < 60_000);
  assert.equal((await files.stat(bench.folder))?.kind, "folder");
  await assert.rejects(files.read(bench.folder), (error) => error instanceof Fault && error.uncertain);
  await assert.rejects(files.read("/dev/zero"), /it is no file/);
  await Deno.writeTextFile(path, "x".repeat(1024 * 1024 + 1));
  await assert.rejects(files.read(path), /at most 1048576 are read/);
  const left = [...Deno.readDirSync(bench.folder)].map(({ name }) => name).filter((name) => name.includes(".new"));
  assert.deepEqual(left, []);
});

Deno.test("state: what JSON can hold comes back as it was, from memory and from the disk", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-state-" });
  try {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (value) => {
        const wanted = JSON.parse(JSON.stringify(value));
        for (const state of [memoryState(), fileState(folder, "m.1")]) {
          await state.set(wanted);
          assert.deepEqual(await state.get(), wanted);
        }
        assert.deepEqual(await fileState(folder, "m.1").get(), wanted);
      }),
      { numRuns: 25 },
    );
    assert.equal(await fileState(folder, "m.2").get(), null);
    await Deno.writeTextFile(join(folder, "state-m.2.json"), "{ half");
    assert.equal(await fileState(folder, "m.2").get(), null);
    await assert.rejects(fileState(folder, "m.1").set("x".repeat(17_000)), /at most 16384 are kept/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
