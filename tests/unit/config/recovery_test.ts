/** Recovery, final actions and dependencies in the file: what is refused, and what reaches the engine. */
import assert from "node:assert/strict";
import { toSpec } from "../../../core/config/spec.ts";
import { problemsOf, read, yaml } from "./fakes.ts";

const group = (resource: string) => yaml({ groups: `groups:\n  g:\n    resources:\n      ${resource}` });
const monitor = (text: string) => yaml({ monitors: `monitors:\n  ${text}` });
const SCRIPT = "type: script, start: [a], stop: [b]";

const FILES: Readonly<Record<string, readonly [text: string, ...lines: string[]]>> = {
  "programs of a recovery": [
    monitor(
      "m: { type: aws-az, zone: z, recovery: { target: g, reactivations: 0, script: { command: [bin/x], count: -1 }, " +
        "before: { reactivation: { command: [/x] }, failovr: {}, finalAction: { timeout: 0s } } } }",
    ),
    "7:91: monitors.m.recovery.script.command: begins with the relative path bin/x; write the absolute path, or a name " +
    "that is in PATH",
    "7:107: monitors.m.recovery.script.count: is less than 0 (it is -1)",
    "7:137: monitors.m.recovery.before.reactivation: would never run, because reactivations is 0; raise that, or remove " +
    "the script",
    "7:156: monitors.m.recovery.before.failovr: is not known; did you mean failover?",
    "7:169: monitors.m.recovery.before.finalAction.command: is missing: program and arguments, run without a shell; status " +
    "0 is success",
    '7:193: monitors.m.recovery.before.finalAction.timeout: is less than 100 ms (it is "0s")',
  ],
  "a final action for a resource": [
    monitor(
      "m: { type: aws-az, zone: z, recovery: { target: g, finalAction: stop-resource, failoverTarget: stabel } }",
    ),
    "7:67: monitors.m.recovery.finalAction: stop-resource needs a resource; name a resource as target, or take stop-group",
    '7:98: monitors.m.recovery.failoverTarget: must be one of stable, priority (it is "stabel"); did you mean stable?',
  ],
  "activation without an end": [
    group(`a: { ${SCRIPT}, activation: { finalAction: shutdown, onTimeout: fial } }`),
    "8:76: groups.g.resources.a.activation.finalAction: never happens, because the group fails over as often as it takes; " +
    "say how often with failovers",
    '8:97: groups.g.resources.a.activation.onTimeout: must be one of fail, stop-service, shutdown, reboot (it is "fial"); ' +
    "did you mean fail?",
  ],
  "the last server": [
    yaml({ top: "lastServer: kep\nmaxPowerActions: -1" }),
    '2:13: lastServer: must be one of act, keep (it is "kep"); did you mean keep?',
    "3:18: maxPowerActions: is less than 0 (it is -1)",
  ],
  "resources that need each other": [
    yaml({
      groups:
        `groups:\n  g:\n    resources:\n      a: { ${SCRIPT}, dependsOn: b }\n      b: { ${SCRIPT}, dependsOn: [c] }\n` +
        `      c: { ${SCRIPT}, dependsOn: [a, d] }`,
    }),
    "8:60: groups.g.resources.a.dependsOn: goes round in a circle: a needs b needs c needs a; take one of them out",
    "10:60: groups.g.resources.c.dependsOn: there is no resource d; did you mean a? (resources of the same group)",
  ],
  "groups that wait for each other": [
    yaml({
      groups:
        `groups:\n  g: { startAfter: [h], stopAfter: { groups: [x], at: [never] }, resources: { a: { ${SCRIPT} } } }\n` +
        `  h: { startAfter: [{ group: g, timeout: 1 }], stopAfter: h, resources: { b: { ${SCRIPT} } } }`,
    }),
    "6:20: groups.g.startAfter: goes round in a circle: g waits for h waits for g; take one of them out",
    "6:36: groups.g.stopAfter: there is no group x; did you mean g?",
    '6:55: groups.g.stopAfter.at: must be some of group, server, cluster (it is "never")',
    "7:42: groups.h.startAfter.1.timeout: has no unit: write a number with its unit, like 500ms, 5s or 2m (it is 1)",
    "7:59: groups.h.stopAfter: goes round in a circle: h waits for h; take one of them out",
  ],
};

for (const [name, [text, ...lines]] of Object.entries(FILES)) {
  Deno.test(`config, bad file: ${name}`, async () => {
    assert.deepEqual(await problemsOf(text), lines.map((line) => `cluster.yaml:${line}`));
  });
}

Deno.test("config: a recovery with all its steps, and what the engine gets of it", async () => {
  const config = await read(yaml({
    top: "lastServer: { monitor: keep }\nmaxPowerActions: 0",
    monitors:
      "monitors: { m: { type: aws-az, zone: z, recovery: { target: app, script: { command: [/r, -x], count: 2, " +
      "timeout: 5s }, reactivations: 1, failovers: 2, failoverTarget: priority, before: { failover: { command: [f] }, " +
      "finalAction: { command: [l], timeout: 1m } }, finalAction: stop-resource, onUnknown: ignore, onTimeout: recover } } }",
  }));
  const [monitor] = config.monitors;
  assert.deepEqual(monitor?.scripts, {
    script: { command: ["/r", "-x"], timeoutMs: 5_000 },
    failover: { command: ["f"], timeoutMs: 30_000 },
    finalAction: { command: ["l"], timeoutMs: 60_000 },
  });
  const spec = toSpec(config);
  assert.deepEqual(spec.monitors[0]?.recovery, {
    target: { kind: "resource", group: "g", resource: "app" },
    maxScripts: 2,
    before: ["failover", "finalAction"],
    maxReactivations: 1,
    maxFailovers: 2,
    failoverTarget: "priority",
    finalAction: "stop-resource",
    onUnknown: "ignore",
    onTimeout: "recover",
  });
  assert.deepEqual(spec.lastServer, { monitor: "keep", activation: "act", deactivation: "act" });
  assert.equal(spec.maxPowerActions, undefined, "0 is no limit");
  assert.equal((await read(yaml({ top: "lastServer: keep" }))).lastServer?.deactivation, "keep");
});

Deno.test("config: what failures of a resource lead to reaches the engine", async () => {
  const script = (more: string) =>
    yaml({ groups: `groups: { g: { resources: { app: { type: script, start: [a], stop: [b], ${more} } } } }` });
  const spec = toSpec(
    await read(script(
      "activation: { retries: 2, failovers: 1, finalAction: continue, onTimeout: reboot }, " +
        "deactivation: { retries: 3, finalAction: none, onTimeout: shutdown }",
    )),
  );
  assert.deepEqual(spec.groups[0]?.resources[0], {
    name: "app",
    address: false,
    activateRetries: 2,
    activateFailovers: 1,
    activateFinalAction: "continue",
    activateStallAction: "reboot",
    deactivateRetries: 3,
    deactivateFinalAction: "none",
    deactivateStallAction: "shutdown",
  });
});

Deno.test("config: resources come in the order of the file, moved no more than dependsOn asks for", async () => {
  const order = async (resources: string) => {
    const config = await read(yaml({ groups: `groups: { g: { resources: { ${resources} } } }` }));
    return config.groups[0]?.resources.map(({ name }) => name);
  };
  const one = (name: string, dependsOn = "") =>
    `${name}: { type: script, start: [a], stop: [b]${dependsOn === "" ? "" : `, dependsOn: ${dependsOn}`} }`;
  assert.deepEqual(await order([one("vip"), one("disk"), one("app")].join(", ")), ["vip", "disk", "app"]);
  assert.deepEqual(await order([one("vip", "app"), one("disk"), one("app", "[disk]")].join(", ")), [
    "disk",
    "app",
    "vip",
  ]);
  assert.deepEqual(await order([one("c", "a"), one("b"), one("a")].join(", ")), ["b", "a", "c"]);
});

Deno.test("config: groups that wait for each other, in the short form and in the long one", async () => {
  const app = "resources: { RES: { type: script, start: [a], stop: [b] } }";
  const config = await read(yaml({
    groups:
      `groups: { a: { ${app.replace("RES", "r1")}, stopAfter: b }, b: { ${
        app.replace("RES", "r2")
      }, startAfter: a }, ` +
      `c: { ${
        app.replace("RES", "r3")
      }, startAfter: [a, { group: b, sameServer: true, timeout: 10s, onTimeout: continue }], ` +
      `stopAfter: { groups: [b], at: [group, server], timeout: 1m } } }`,
  }));
  const [a, b, c] = toSpec(config).groups;
  assert.deepEqual(a?.stopAfter, {
    groups: ["b"],
    at: { group: false, server: false, cluster: true },
    timeoutMs: 1_800_000,
  });
  const first = { group: "a", sameServer: false, timeoutMs: 1_800_000, onTimeout: "abort" };
  assert.deepEqual(b?.startAfter, [first]);
  assert.deepEqual(c?.startAfter, [first, { group: "b", sameServer: true, timeoutMs: 10_000, onTimeout: "continue" }]);
  assert.deepEqual(c?.stopAfter, {
    groups: ["b"],
    at: { group: true, server: true, cluster: false },
    timeoutMs: 60_000,
  });
});
