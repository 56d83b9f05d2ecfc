import assert from "node:assert/strict";
import { nameOf } from "../../../core/whatif/question.ts";
import { askedServers, MAX_ASKED, standardFaults } from "../../../core/whatif/standard.ts";
import { specOf } from "./bench.ts";

function names(kind: Parameters<typeof specOf>[0], zones = new Map<string, string[]>()): string[] {
  return standardFaults(specOf(kind), zones).map((faults) =>
    nameOf({ faults: faults.map((fault) => ({ atMs: 0, fault })) })
  );
}

Deno.test("every server, every link, every zone, the further vote alone and with a link, and a carrier that stalls", () => {
  assert.deepEqual(names("two-and-tie-breaker", new Map([["a", ["server1"]], ["b", ["server2"]]])), [
    "server1 loses power",
    "server2 loses power",
    "agent of server1 is killed",
    "agent of server2 is killed",
    "server1 is isolated",
    "server2 is isolated",
    "link server1 - server2 is cut",
    "zone a loses power",
    "zone b loses power",
    "no server reaches the quorum vote",
    "no server reaches the quorum vote, link server1 - server2 is cut",
    "agent of server1 is frozen for 6 s",
    "server1 stands still for 6 s",
  ]);
  assert.ok(names("two-and-witness").includes("witness is down, link server1 - server2 is cut"));
  assert.equal(names("three").filter((name) => name.startsWith("link")).length, 3);
});

Deno.test("of many servers those that carry something first are asked about", () => {
  const servers = Array.from({ length: 12 }, (_, index) => `server${index + 1}`);
  const spec = { ...specOf("three"), servers };
  const groups = spec.groups.map((group) => ({ ...group, servers: ["server9", "server2"] }));
  const asked = askedServers({ ...spec, groups });
  assert.deepEqual(asked, ["server1", "server2", "server9"]);
  assert.deepEqual(askedServers({ ...spec, servers: servers.slice(0, MAX_ASKED) }), servers.slice(0, MAX_ASKED));
});
