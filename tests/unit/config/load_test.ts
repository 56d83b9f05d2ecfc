import assert from "node:assert/strict";
import { join } from "node:path";
import { MAX_FILE_BYTES } from "../../../core/config/document.ts";
import { defaultStateDir, loadConfig } from "../../../core/config/load.ts";
import { ConfigError } from "../../../core/config/problem.ts";
import { fakeLoader, yaml } from "./fakes.ts";

async function withFile(content: Uint8Array | string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "cluster.yaml");
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What loading says, with the path written as `FILE`. */
async function said(path: string): Promise<string> {
  const error = await loadConfig(path, { plugins: fakeLoader }).then(() => assert.fail("it was loaded"), (e) => e);
  assert.ok(error instanceof ConfigError, String(error));
  return error.toString().replaceAll(path, "FILE");
}

Deno.test("config, load: paths in the file are relative to it", async () => {
  await withFile(yaml({ top: "key: keys/baton.key" }), async (path) => {
    const config = await loadConfig(path, { plugins: fakeLoader, server: "server1" });
    assert.equal(config.keyFile, join(path, "../keys/baton.key"));
    assert.equal(config.path, path);
    assert.match(config.digest, /^[0-9a-f]{64}$/);
  });
});

Deno.test("config, load: a byte order mark is no problem", async () => {
  await withFile("\ufeff" + yaml(), async (path) => {
    assert.equal((await loadConfig(path, { plugins: fakeLoader })).cluster, "c");
  });
});

Deno.test("config, load: all problems are in one error, a line each", async () => {
  await withFile(yaml({ top: "a: 1\nb: 2" }), async (path) => {
    const lines = (await said(path)).split("\n");
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", /^FILE:2:1: a: is not known; /);
    assert.match(lines[1] ?? "", /^FILE:3:1: b: is not known; /);
  });
});

Deno.test("config, load: a file that can't be read is a problem of the file", async () => {
  await withFile("", async (path) => {
    await Deno.remove(path);
    assert.equal(await said(path), "FILE:1:1: does not exist; give the path of a cluster.yaml (explain 300)");
    await Deno.mkdir(path);
    assert.equal(await said(path), "FILE:1:1: is no file; give the path of a cluster.yaml (explain 300)");
  });
  await withFile(new Uint8Array([0x63, 0xff, 0xfe]), async (path) => {
    assert.equal(await said(path), "FILE:1:1: is not UTF-8 text; save it with the encoding UTF-8 (explain 300)");
  });
  await withFile("#".repeat(MAX_FILE_BYTES + 1), async (path) => {
    assert.equal(await said(path), "FILE:1:1: is larger than 256 KiB; is it a cluster.yaml? (explain 300)");
  });
});

Deno.test("config, load: state lies where each system keeps it", () => {
  assert.equal(defaultStateDir("linux", () => "X"), "/var/lib/baton");
  assert.ok(defaultStateDir("windows", () => "D:\\Data").startsWith("D:\\Data"));
  assert.ok(defaultStateDir("windows", () => undefined).startsWith("C:\\ProgramData"));
});
