import assert from "node:assert/strict";
import { join } from "node:path";
import { identify, IdentityError } from "../../../core/agent/identity.ts";
import { KeyError, MIN_KEY_BYTES, newKey, readKeys } from "../../../core/agent/key.ts";
import type { ServerConfig } from "../../../core/config/config.ts";
import { inFolder } from "./helpers.ts";

const SERVERS: ServerConfig[] = [
  { name: "server1", interconnect: [{ host: "10.0.110.10", port: 7710 }] },
  { name: "server2", interconnect: [{ host: "10.0.120.20", port: 7710 }], hostname: "ip-10-0-120-20.ec2.internal" },
];

Deno.test("--server decides, and a name that is not in the file is refused with those that are", () => {
  assert.equal(identify(SERVERS, { hostname: "server1", addresses: [] }, "server2"), "server2");
  assert.throws(
    () => identify(SERVERS, { hostname: "server1", addresses: [] }, "server3"),
    (error: Error) => error instanceof IdentityError && /--server server3.*server1, server2/.test(error.message),
  );
});

Deno.test("the host name decides: as a name, in any case, without its domain, or as `hostname` has it", () => {
  for (const hostname of ["server1", "SERVER1", "server1.ec2.internal"]) {
    assert.equal(identify(SERVERS, { hostname, addresses: ["10.0.120.20"] }), "server1");
  }
  assert.equal(identify(SERVERS, { hostname: "ip-10-0-120-20.ec2.internal", addresses: [] }), "server2");
  const short = [SERVERS[0]!, { ...SERVERS[1]!, hostname: "ip-10-0-120-20" }];
  assert.equal(identify(short, { hostname: "ip-10-0-120-20.ec2.internal", addresses: [] }), "server2");
});

Deno.test("a server whose `hostname` is another machine is not found by its own name", () => {
  assert.throws(() => identify(SERVERS, { hostname: "server2", addresses: [] }), IdentityError);
});

Deno.test("an address of the interconnect decides where the host name says nothing", () => {
  assert.equal(identify(SERVERS, { hostname: "other", addresses: ["127.0.0.1", "10.0.120.20"] }), "server2");
});

Deno.test("a machine that is none of the servers, or two of them, is told what was looked at and what to do", () => {
  assert.throws(
    () => identify(SERVERS, { hostname: "other", addresses: ["10.9.9.9"] }),
    /host name is other and its addresses are 10\.9\.9\.9; name it with --server/,
  );
  assert.throws(
    () => identify(SERVERS, { hostname: "other", addresses: ["10.0.110.10", "10.0.120.20"] }),
    /addresses of server1 and server2; name it with --server/,
  );
});

async function keyFile(dir: string, text: string, mode = 0o600): Promise<string> {
  const path = join(dir, "baton.key");
  await Deno.writeTextFile(path, text);
  if (Deno.build.os !== "windows") await Deno.chmod(path, mode);
  return path;
}

Deno.test("a new key is accepted, with or without an end of line, and no two are alike", () =>
  inFolder(async (dir) => {
    const key = newKey();
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.notEqual(key, newKey());
    for (const text of [key, `${key}\n`, `${key}\r\n`]) {
      assert.deepEqual(await readKeys(await keyFile(dir, text)), [new TextEncoder().encode(key)]);
    }
  }));

Deno.test({
  name: "a key that others can read or change is refused with the command that helps",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (dir) => {
      for (const mode of [0o644, 0o640, 0o604, 0o620, 0o660]) {
        const path = await keyFile(dir, newKey(), mode);
        await assert.rejects(
          readKeys(path),
          (error: Error) => error instanceof KeyError && error.message.includes(`chmod 600 ${path}`),
        );
      }
      await readKeys(await keyFile(dir, newKey(), 0o400));
    }),
});

Deno.test("a key that is too short is refused, and its text is not shown", () =>
  inFolder(async (dir) => {
    const short = "s3cret".repeat(6).slice(0, MIN_KEY_BYTES - 1);
    await assert.rejects(
      readKeys(await keyFile(dir, `${short}\n`)),
      (error: Error) =>
        error instanceof KeyError && error.message.includes("has 31 characters; 32 or more") &&
        !error.message.includes("s3cret"),
    );
    await assert.rejects(readKeys(await keyFile(dir, "")), /has 0 characters/);
  }));

Deno.test("a key file that does not exist is named with the command that makes one", () =>
  inFolder(async (dir) => {
    const path = join(dir, "baton.key");
    await assert.rejects(
      readKeys(path),
      (error: Error) =>
        error instanceof KeyError &&
        error.message.startsWith(`the key file ${path} does not exist; make one with \`baton key > ${path}\``),
    );
    await assert.rejects(readKeys(dir), /can't be read/);
  }));
