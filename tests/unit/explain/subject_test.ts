import assert from "node:assert/strict";
import type { AgentView } from "../../../core/agent/agent.ts";
import { causesOf, meaningOf } from "../../../core/explain/codes.ts";
import { failedIn } from "../../../core/explain/numbers.ts";
import { explainName, knownNames } from "../../../core/explain/subject.ts";

const at = "2026-01-01T00:00:00.000Z";
const NOW = Date.parse(at);
const line = (code: string, level: string, text: string, facts = {}) => ({
  time: at,
  server: "server1",
  code,
  level,
  text,
  ...facts,
});

/** A cluster in trouble: server2 is silent, the witness does not answer, the fence may not, and app1 does not start. */
function viewOf(): AgentView {
  const failure = { code: 1, message: "start: /opt/app ended with status 3: no licence" };
  return {
    cluster: "c",
    server: "server1",
    view: {
      me: "server1",
      leaving: false,
      votes: { held: ["server1"], total: 3, majority: 2, visible: ["server1"], quorum: false },
      tieBreaker: null,
      witness: { reached: false, message: "(6 : timed out)", weak: false },
      fence: { required: true, targets: [{ server: "server2", stopped: false, message: "(6 : no answer)" }] },
      servers: [
        { name: "server1", status: "online", silentMs: null, votes: ["server1"] },
        { name: "server2", status: "offline", silentMs: 12_345, votes: ["server2"] },
      ],
      groups: [{
        name: "web",
        status: "online-failure",
        epoch: 4,
        carrier: null,
        known: false,
        lastKnown: { server: "server2", agoMs: 12_345 },
        byHand: false,
        startAfter: [],
        forMs: 5_000,
        permitLeftMs: null,
        why: "Failed to start the resource app1. (1 : start: /opt/app ended with status 3: no licence)",
        waiting: "server1 failed to start it",
        intent: { version: 0, run: false, by: "" },
        resources: [{ name: "app1", status: "online-failure", failure }],
        servers: [{ name: "server1", status: "online-failure", ready: false, why: "failed to start it", errors: 1 }],
      }],
      monitors: [{
        name: "nat1",
        status: "error",
        code: 6,
        message: "no answer to a ping within 1000 ms from 10.0.10.100",
        failures: 2,
        reactivations: 1,
        failovers: 0,
      }, { name: "idle1", status: "offline", code: null, message: "", failures: 0, reactivations: 0, failovers: 0 }],
    },
    devices: [],
    fence: {
      type: "aws-stop",
      wait: "auto",
      targets: [{ target: "server2", ready: "unknown", code: 105, message: "denied (UnauthorizedOperation)" }],
    },
    witness: { name: "votes", type: "s3", reached: false, message: "(6 : the read timed out)", latencyMs: null },
    paths: [],
    checks: {},
    modules: [
      { name: "app1", kind: "resource", type: "script", description: "Starts and stops.", group: "web" },
      { name: "nat1", kind: "monitor", type: "ip", description: "Pings." },
      { name: "idle1", kind: "monitor", type: "ip", description: "Pings." },
      { name: "votes", kind: "quorum", type: "s3", description: "A witness." },
      { name: "fence", kind: "fence", type: "aws-stop", description: "Stops." },
    ],
    reasons: [
      line("peer-silent", "warning", "server2 is silent."),
      line("peer-silent", "warning", "server20 is silent."),
      line("activation-failed", "error", "Failed to start the resource app1. (1 : ...)", {
        group: "web",
        resource: "app1",
      }),
      line("witness-lost", "warning", "The witness is not reached: (6 : the read timed out)."),
    ],
  } as unknown as AgentView;
}

const only = (name: string) => {
  const found = explainName(viewOf(), name, NOW);
  assert.equal(found.length, 1);
  return found[0]!;
};

Deno.test("a group is explained by its resources, its servers and what an operator has to do", () => {
  const { kind, state, failures, why, todo, reasons } = only("web");
  assert.deepEqual([kind, state], ["group", "not known here; last known: server2 until 23:59:47 UTC, epoch 4"]);
  assert.deepEqual(failures.map(({ of, code }) => [of, code]), [["app1", 1]]);
  assert.match(why[0]!, /^Here it is online-failure since 23:59:55 UTC, and then it was so: Failed to start/);
  assert.ok(why.includes("server1: online-failure; failed to start it; 1 recorded error"), why.join("\n"));
  assert.ok(todo.some((step) => step.endsWith(": baton start web")), todo.join("\n"));
  assert.deepEqual(reasons.map(({ code }) => code), ["activation-failed"]);
});

Deno.test("a resource is explained by its latest failure and the cause that the message shows", () => {
  const { failures, todo, is } = only("app1");
  assert.match(is, /a resource of the type script in the group web/);
  const { shown } = causesOf(meaningOf(failures[0]!.code)!.entry, failures[0]!.message);
  assert.match(shown[0]!.what, /found something wrong/);
  assert.ok(todo.some((step) => step.includes("by hand")));
});

Deno.test("a monitor is explained by its verdict; one that does not run needs nothing", () => {
  const { failures, why } = only("nat1");
  assert.equal(failures[0]?.code, 6);
  assert.ok(why.includes("It failed 2 times in a row."));
  assert.ok(why.includes("Recovery so far: reactivations 1, failovers 0."));
  const idle = only("idle1");
  assert.deepEqual([idle.failures, idle.todo], [[], []]);
  assert.match(idle.why[0]!, /does not run here now/);
});

Deno.test("a monitor that an operator has forced is let go by an operator", () => {
  const view = viewOf();
  view.view.monitors[0]!.forcedBy = "alice";
  const [forced] = explainName(view, "nat1", NOW);
  assert.deepEqual(forced!.todo, ["baton fail nat1 --clear"]);
  assert.ok(forced!.why.some((sentence) => sentence.startsWith("alice forces it into error")));
});

Deno.test("a witness, a fence and a server are explained too", () => {
  assert.deepEqual(only("votes").failures, [{ type: "s3", code: 6, message: "the read timed out" }]);
  assert.deepEqual(only("votes").reasons.map(({ code }) => code), ["witness-lost"]);
  assert.deepEqual(only("fence").failures.map(({ of, code }) => [of, code]), [["server2", 105]]);
  const server2 = only("server2");
  assert.deepEqual(server2.reasons.map(({ text }) => text), ["server2 is silent."], "not those of server20");
  assert.ok(server2.todo.some((step) => step.includes("baton confirm-stopped server2 --yes")));
  assert.match(only("server1").todo[0]!, /too few votes/);
});

Deno.test("nothing is explained that is not there, and every name is known", () => {
  assert.deepEqual(explainName(viewOf(), "app2", NOW), []);
  const names = knownNames(viewOf());
  assert.deepEqual(names, ["web", "app1", "nat1", "idle1", "votes", "fence", "server1", "server2"]);
  for (const name of names) assert.ok(explainName(viewOf(), name, NOW).length > 0, name);
});

Deno.test("numbers are found where they stand in messages", () => {
  assert.deepEqual(failedIn("Failed. (5 : no (really) such id; correct it)"), [
    { code: 5, message: "no (really) such id; correct it" },
  ]);
  assert.deepEqual(failedIn("The witness is not reached: (6 : no answer)."), [{ code: 6, message: "no answer" }]);
  assert.deepEqual(failedIn("nothing (in brackets) here"), []);
});
