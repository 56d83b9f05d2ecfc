import assert from "node:assert/strict";
import { type Candidate, place } from "../../../core/cluster/placement.ts";

const candidate = (server: string, change: Partial<Candidate> = {}): Candidate => ({
  server,
  alive: true,
  ready: true,
  errors: 0,
  ...change,
});

Deno.test("the first server of the group carries when it can", () => {
  assert.deepEqual(place([candidate("server1"), candidate("server2")]), {
    server: "server1",
    reason: "server1 comes first in the group's servers",
  });
});

Deno.test("the next one carries when the first is gone, and the reason says why", () => {
  const gone = candidate("server1", { alive: false, ready: false, why: "has been silent for 3001 ms" });
  assert.deepEqual(place([gone, candidate("server2")]), {
    server: "server2",
    reason: "server2 is next: server1 has been silent for 3001 ms",
  });
});

Deno.test("a server with fewer recorded errors comes before the order (the guide's stable server)", () => {
  const { server, reason } = place([candidate("server1", { errors: 1 }), candidate("server2")]);
  assert.equal(server, "server2");
  assert.match(reason, /server1 has 1 recorded error$/);
});

Deno.test("with equal errors the order decides", () => {
  assert.equal(place([candidate("server1", { errors: 2 }), candidate("server2", { errors: 2 })]).server, "server1");
});

Deno.test("the server an operator asked for comes before all, but only when it can carry", () => {
  const servers = [candidate("server1"), candidate("server2", { errors: 5 })];
  assert.equal(place(servers, { wanted: "server2" }).server, "server2");
  assert.equal(
    place([servers[0]!, candidate("server2", { ready: false, why: "is not ready" })], { wanted: "server2" }).server,
    "server1",
  );
});

Deno.test("nobody carries when nobody can, and every server's excuse is told", () => {
  const { server, reason } = place([
    candidate("server1", { alive: false, ready: false, why: "has left in order" }),
    candidate("server2", { ready: false, why: "has no vote" }),
  ]);
  assert.equal(server, undefined);
  assert.match(reason, /server1 has left in order, server2 has no vote/);
});

Deno.test("a slow server is named after one that is not, unless that one has more errors; one that hangs after any", () => {
  const slow = "took 1.5 s for the latest write to its disk";
  const hung = { slow: "has waited 9.0 s for its disk", hangs: true } as const;
  const of = (server: string, more: Partial<Candidate> = {}): Candidate => ({
    server,
    alive: true,
    ready: true,
    errors: 0,
    ...more,
  });
  assert.deepEqual(place([of("a", { slow }), of("b")]), { server: "b", reason: `b is next: a ${slow}` });
  assert.equal(place([of("a", { slow }), of("b")], { wanted: "a" }).server, "b", "whoever asked for it");
  assert.equal(place([of("a", { slow }), of("b", { errors: 1 })], { wanted: "a" }).server, "a");
  assert.equal(place([of("a", { slow }), of("b", { errors: 1 })]).server, "a");
  assert.equal(place([of("a", hung), of("b", { errors: 1 })], { wanted: "a" }).server, "b");
  assert.equal(place([of("a", hung), of("b", { errors: 1, slow })]).server, "b");
  assert.equal(place([of("a", hung)]).server, "a", "better late than never");
  assert.equal(place([of("a", { slow }), of("b")], { policy: "priority" }).server, "b");
});
