import assert from "node:assert/strict";
import { warningLines } from "../../../core/cli/warning_lines.ts";

const TEXT = `cluster: c
servers:
  server1: {}
groups:
  web:
    failover: manual
  web.tier:
    failover: manual
`;

Deno.test("a warning has the line of its key, votes that are missing that of the servers, others none", () => {
  assert.deepEqual(
    warningLines("/a/c.yaml", TEXT, ["groups.web.failover: is odd", "quorum: none; so what", "something: elsewhere"]),
    [
      "/a/c.yaml:6: groups.web.failover: is odd",
      "/a/c.yaml:2: quorum: none; so what",
      "/a/c.yaml: something: elsewhere",
    ],
  );
});

Deno.test("a warning about a name with dots in it has the line of that name", () => {
  assert.deepEqual(warningLines("c.yaml", TEXT, ["groups.web.tier.failover: is odd"]), [
    "c.yaml:8: groups.web.tier.failover: is odd",
  ]);
});
