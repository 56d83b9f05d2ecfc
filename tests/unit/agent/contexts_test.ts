import assert from "node:assert/strict";
import { Contexts } from "../../../core/agent/contexts.ts";
import { createBench } from "../../conformance/bench.ts";

Deno.test("contexts: what belongs to a group knows how long its permit lasts, what belongs to none has none", async () => {
  await using bench = await createBench();
  const left = new Map([["g", 700]]);
  const silent = { debug() {}, info() {}, warn() {} };
  const contexts = new Contexts(
    "server1",
    bench.os,
    { callTimeoutMs: 1_000 },
    () => silent,
    (group) => left.get(group)!,
  );
  try {
    const { signal } = new AbortController();
    const resource = contexts.of({ name: "dns1", group: "g", options: new Map() }, signal);
    assert.equal(resource.permitRemainingMs?.(), 700);
    left.set("g", 0);
    assert.equal(resource.permitRemainingMs?.(), 0, "asked anew each time");
    assert.equal(contexts.of({ name: "az", options: new Map() }, signal).permitRemainingMs, undefined);
  } finally {
    contexts.close();
  }
});
