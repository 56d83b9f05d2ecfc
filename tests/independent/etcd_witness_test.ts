import assert from "node:assert/strict";
import { join } from "node:path";
import { Fault } from "../../core/plugin/fault.ts";
import etcd, { type EtcdOptions } from "../../plugins/quorum/etcd.ts";
import { createBench } from "../conformance/bench.ts";
import { endsPromptly } from "../conformance/prompt.ts";
import { Relay } from "../conformance/relay.ts";
import { parsed } from "../conformance/witness_suite.ts";
import { certificates } from "../integration/plugins/certificates.ts";
import { Etcd } from "./etcd.ts";

const options = (written: Partial<EtcdOptions>) => parsed(etcd.options, written) as unknown as EtcdOptions;

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-etcd-files-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("witness etcd: a member that refuses connections is passed over, by reads and by writes", async () => {
  await using server = await Etcd.start();
  const dead = new Relay({ hostname: "127.0.0.1", port: server.port });
  await dead[Symbol.asyncDispose]();
  for (const call of ["read", "write"] as const) {
    await using bench = await createBench();
    const context = bench.context(options({ endpoints: [dead.url, server.url] }));
    if (call === "read") assert.equal(await etcd.read(context, "c/g"), null);
    else assert.notEqual(await etcd.write(context, "c/g", null, "text"), "conflict");
  }
});

Deno.test("witness etcd: a silent member costs a read a moment; a write to it is uncertain, the next goes elsewhere", async () => {
  await using server = await Etcd.start();
  await using silent = new Relay({ hostname: "127.0.0.1", port: server.port });
  silent.mode = "hang";
  await using bench = await createBench();
  const settings = options({ endpoints: [silent.url, server.url] });
  const written = await endsPromptly(
    300,
    (signal) => etcd.write(bench.context(settings, { signal }), "c/g", null, "1"),
  );
  assert.ok(written.error instanceof Fault && written.error.uncertain);
  const left = await etcd.read(bench.context(settings), "c/g");
  assert.notEqual(await etcd.write(bench.context(settings), "c/g", left?.version ?? null, "2"), "conflict");

  await using fresh = await createBench();
  const startedMs = performance.now();
  assert.equal((await etcd.read(fresh.context(settings), "c/g"))?.text, "2");
  assert.ok(performance.now() - startedMs < 3_000);
});

Deno.test("witness etcd: a member that loses an answer is not asked to write again", async () => {
  await using server = await Etcd.start();
  await using lossy = new Relay({ hostname: "127.0.0.1", port: server.port });
  lossy.mode = "lose";
  await using bench = await createBench();
  const context = bench.context(options({ endpoints: [lossy.url, server.url] }));
  await assert.rejects(
    etcd.write(context, "c/g", null, "text"),
    (error: unknown) => error instanceof Fault && error.uncertain,
  );
  assert.equal((await etcd.read(context, "c/g"))?.text, "text");
});

Deno.test("witness etcd: a user logs in, and again when etcd has forgotten it", async () => {
  await using server = await Etcd.start();
  await server.lock({ root: "root's", baton: "sécret" }, "/baton/");
  await inFolder(async (folder) => {
    const passwordFile = join(folder, "password");
    await Deno.writeTextFile(passwordFile, "sécret\n");
    await using bench = await createBench();
    const context = bench.context(options({ endpoints: [server.url], user: "baton", passwordFile }));
    const first = await etcd.write(context, "c/g", null, "1");
    assert.ok(first !== "conflict");
    await server.restart();
    const second = await etcd.write(context, "c/g", first.version, "2");
    assert.ok(second !== "conflict");
    assert.deepEqual(await etcd.read(context, "c/g"), { version: second.version, text: "2" });

    // What the user may not touch, and a password that is wrong.
    await assert.rejects(
      etcd.read(bench.context({ ...context.options, prefix: "/else/" }), "c/g"),
      (error: unknown) =>
        error instanceof Fault && /permission denied/.test(error.message) && /role/.test(error.remedy),
    );
    await Deno.writeTextFile(passwordFile, "wrong\n");
    await using stranger = await createBench();
    await assert.rejects(
      etcd.read(stranger.context(context.options), "c/g"),
      (error: unknown) =>
        error instanceof Fault && /authentication failed/.test(error.message) && !error.message.includes("wrong"),
    );
    await Deno.remove(passwordFile);
    await using forgetful = await createBench();
    await assert.rejects(
      etcd.read(forgetful.context(context.options), "c/g"),
      (error: unknown) => error instanceof Fault && error.message.includes(passwordFile),
    );
  });
});

Deno.test("witness etcd: TLS with a CA and a certificate of our own", async () => {
  await inFolder(async (folder) => {
    await certificates(folder);
    const [caFile, certFile, keyFile] = ["ca.pem", "server.pem", "server.key"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await using server = await Etcd.start({ certFile, keyFile, clientCaFile: caFile });
    await using bench = await createBench();
    const endpoints = [server.url];
    const context = bench.context(options({ endpoints, caFile, certFile, keyFile }));
    const first = await etcd.write(context, "c/g", null, "1");
    assert.ok(first !== "conflict");
    assert.deepEqual(await etcd.read(context, "c/g"), { ...first, text: "1" });
    // Without our CA etcd is a stranger, without our certificate we are.
    for (const less of [{ endpoints }, { endpoints, caFile }]) {
      await assert.rejects(
        etcd.read(bench.context(options(less)), "c/g"),
        (error: unknown) => error instanceof Fault && error.uncertain && /certificate/.test(error.remedy),
      );
    }
  });
});
