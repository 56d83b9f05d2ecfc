import assert from "node:assert/strict";
import { placeOf } from "../../../core/config/places.ts";

const TEXT = `cluster: c
servers:
  server1: {}
groups:
  web.tier:
    failover: manual
`;

Deno.test("the place of a key is where it is written; a missing one is at the nearest above, then near another", () => {
  assert.deepEqual(placeOf(TEXT, ["groups", "web.tier", "failover"]), {
    line: 6,
    column: 5,
    keyPath: "groups.web.tier.failover",
  });
  assert.equal(placeOf(TEXT, ["groups", "web.tier", "startup"]).line, 5);
  assert.equal(placeOf(TEXT, ["groups", "other", "failover"]).line, 4, "not the failover of another group");
  assert.deepEqual(placeOf(TEXT, ["quorum"], ["servers"]), { line: 2, column: 1, keyPath: "servers" });
  assert.deepEqual(placeOf(TEXT, ["quorum"]), { line: 1, column: 1, keyPath: "" });
  assert.deepEqual(placeOf("- no map", ["quorum"]), { line: 1, column: 1, keyPath: "" });
});
