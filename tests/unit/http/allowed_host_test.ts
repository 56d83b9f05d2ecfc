import assert from "node:assert/strict";
import { allowedHost, hostNames } from "../../../core/http/allowed_host.ts";

const NAMES = hostNames(["Server1", "db.example.internal."]);

Deno.test("host: addresses, localhost and names of the file are answered, with and without a port", () => {
  const good = ["127.0.0.1", "10.0.0.1:7711", "[::1]", "[::1]:7711", "localhost", "LOCALHOST:7711", "server1:1"];
  for (const host of [...good, "server1.", "db.example.internal:7711", "[fe80::1]:80"]) {
    assert.equal(allowedHost(host, NAMES), true, host);
  }
  assert.equal(allowedHost(undefined, NAMES), true, "HTTP/1.0");
  const [longest, longer] = ["a".repeat(255), "a".repeat(256)];
  const long = hostNames([longest, longer]);
  assert.deepEqual([allowedHost(longest, long), allowedHost(longer, long)], [true, false]);
});

Deno.test("host: a name that somebody else can own is not, in any spelling", () => {
  const bad = [
    "evil.example",
    "evil.example:7711",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "server12",
    "::1",
  ];
  const odd = [
    "[evil]",
    "[127.0.0.1]",
    "127.0.0.1:",
    "127.0.0.1:x",
    "2130706433",
    "0x7f.1",
    "server1@evil",
    "a".repeat(300),
  ];
  for (const host of [...bad, ...odd, "server1, evil", "localhost:1:2", "..", "[::1].evil"]) {
    assert.equal(allowedHost(host, NAMES), false, host);
  }
});
