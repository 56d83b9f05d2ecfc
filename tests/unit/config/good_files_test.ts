import assert from "node:assert/strict";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { companionName } from "../../../core/config/companions.ts";
import type { MonitorConfig } from "../../../core/config/config.ts";
import { describeTiming } from "../../../core/config/describe_timing.ts";
import { toSpec } from "../../../core/config/spec.ts";
import { read, yaml } from "./fakes.ts";

const VIP = "type: aws-vip, ip: 10.1.0.20, vpc: v, eni: eni-1";
const vipGroup = (more = "") =>
  yaml({
    groups: `groups: { g: { servers: [server2, server1], resources: { app: { type: script, start: [a], stop: [b], ` +
      `cwd: app }, v1: { ${VIP}${more} } } } }`,
  });

Deno.test("config: the smallest file has every default", async () => {
  const config = await read(yaml({ monitors: "monitors: { az: { type: aws-az, zone: z } }" }));
  assert.equal(config.cluster, "c");
  assert.equal(config.keyFile, "/etc/baton/baton.key");
  assert.equal(config.stateDir, "/var/lib/baton");
  assert.deepEqual(config.status, { host: "127.0.0.1", port: 7711 });
  assert.deepEqual(config.timing, TIMING_PRESETS.standard);
  assert.deepEqual(config.aws, { callTimeoutMs: 5_000 });
  assert.equal(config.selfFenceFinalAction, "shutdown");
  assert.deepEqual(config.servers, [
    { name: "server1", interconnect: [{ host: "10.0.0.1", port: 7710 }] },
    { name: "server2", interconnect: [{ host: "10.0.0.2", port: 7710 }] },
  ]);
  const [group] = config.groups;
  assert.deepEqual(
    [group?.servers, group?.startup, group?.failover, group?.failback],
    [["server1", "server2"], "auto", "auto", "manual"],
  );
  const { plugin: _p, options: _o, ...resource } = group?.resources[0] ?? assert.fail();
  assert.deepEqual(resource, {
    name: "app",
    group: "g",
    type: "script",
    activateTimeoutMs: 60_000,
    deactivateTimeoutMs: 60_000,
    activateRetries: 5,
    deactivateRetries: 0,
    deactivateFinalAction: "shutdown",
  });
  const { plugin: _q, options: _r, ...monitor } = config.monitors[0] ?? assert.fail();
  assert.deepEqual(monitor, {
    name: "az",
    type: "aws-az",
    companion: false,
    intervalMs: 60_000,
    timeoutMs: 10_000,
    retries: 2,
    startDelayMs: 0,
    timing: "always",
    recovery: {
      target: { kind: "local-server" },
      maxReactivations: 0,
      maxFailovers: 0,
      finalAction: "none",
      onUnknown: "warn",
    },
  });
  assert.deepEqual(config.warnings, []);
});

Deno.test("config: every key arrives", async () => {
  const config = await read(yaml({
    top:
      "key: /k/key\nstate: var\nstatus: '[::1]:99'\ntiming: relaxed\naws: { region: us-gov-west-1, timeout: 1.5s, proxy: " +
      "'http://p:3128', caBundle: ca.pem }\n" +
      "selfFence: reboot",
    servers: 'servers:\n  server1: { interconnect: ["fd00:0::1", 10.0.0.1:99], hostname: HOST1 }\n' +
      '  server2: { interconnect: "[fd00::2]:7" }',
    quorum: "quorum: { nat: { type: ping, targets: [10.0.0.9], interval: 2s, timeout: 500ms, " +
      "individually: { server2: { targets: [10.0.0.8] } } } }",
    groups: "groups: { g: { servers: server2, startup: manual, failover: manual, failback: auto, resources: { app: { " +
      "type: script, start: [a], stop: [b], activation: { timeout: 2m, retries: 0 }, " +
      "deactivation: { timeout: 3s, retries: 2, finalAction: reboot } } } } }",
    monitors: "monitors: { m: { type: aws-az, zone: z, interval: 1h, timeout: 9s, retries: 0, startDelay: 1m, " +
      "timing: active, servers: [server2], recovery: { target: app, reactivations: 1, failovers: 2, " +
      "finalAction: stop-group, onUnknown: recover } }, n: { type: aws-az, zone: z, recovery: { target: g } }, " +
      "o: { type: aws-az, zone: z, recovery: { target: All Groups, failovers: 0 } } }",
  }));
  assert.equal(config.keyFile, "/k/key");
  assert.equal(config.stateDir, "/etc/baton/var");
  assert.deepEqual(config.status, { host: "::1", port: 99 });
  assert.deepEqual(config.timing, TIMING_PRESETS.relaxed);
  assert.deepEqual(config.aws, {
    region: "us-gov-west-1",
    callTimeoutMs: 1_500,
    way: { proxy: "http://p:3128", caBundle: "/etc/baton/ca.pem" },
  });
  assert.equal(config.selfFenceFinalAction, "reboot");
  assert.deepEqual(config.servers, [
    {
      name: "server1",
      hostname: "HOST1",
      interconnect: [{ host: "fd00::1", port: 7710 }, { host: "10.0.0.1", port: 99 }],
    },
    { name: "server2", interconnect: [{ host: "fd00::2", port: 7 }] },
  ]);
  const [device] = config.quorum;
  assert.deepEqual([device?.intervalMs, device?.timeoutMs], [2_000, 500]);
  assert.deepEqual([...device?.options ?? []], [
    ["server1", { targets: ["10.0.0.9"] }],
    ["server2", { targets: ["10.0.0.8"] }],
  ]);
  const [group] = config.groups;
  assert.deepEqual([group?.servers, group?.startup, group?.failover, group?.failback], [
    ["server2"],
    "manual",
    "manual",
    "auto",
  ]);
  const [app] = group?.resources ?? [];
  assert.deepEqual(
    [app?.activateTimeoutMs, app?.activateRetries, app?.deactivateTimeoutMs, app?.deactivateRetries],
    [120_000, 0, 3_000, 2],
  );
  assert.equal(app?.deactivateFinalAction, "reboot");
  const [m, n, o] = config.monitors as [MonitorConfig, MonitorConfig, MonitorConfig];
  assert.deepEqual(
    [m.intervalMs, m.timeoutMs, m.retries, m.startDelayMs, m.timing, m.servers],
    [3_600_000, 9_000, 0, 60_000, "active", ["server2"]],
  );
  assert.deepEqual([...m.options.keys()], ["server2"]);
  assert.deepEqual(m.recovery, {
    target: { kind: "resource", group: "g", resource: "app" },
    maxReactivations: 1,
    maxFailovers: 2,
    finalAction: "stop-group",
    onUnknown: "recover",
  });
  assert.deepEqual(n.recovery, {
    target: { kind: "group", group: "g" },
    maxReactivations: 3,
    maxFailovers: 1,
    finalAction: "none",
    onUnknown: "warn",
  });
  assert.deepEqual([o.recovery.target, o.recovery.maxFailovers], [{ kind: "all-groups" }, 0]);
});

Deno.test("config: what a server has for itself lies over what all have", async () => {
  const config = await read(vipGroup(", settle: 4s, individually: { server2: { eni: eni-2, settle: 5s } }"));
  const vip = config.groups[0]?.resources[1];
  assert.deepEqual([...vip?.options ?? []], [
    ["server2", { settle: 5_000, ip: "10.1.0.20", vpc: "v", eni: "eni-2" }],
    ["server1", { settle: 4_000, ip: "10.1.0.20", vpc: "v", eni: "eni-1" }],
  ]);
  assert.equal(config.groups[0]?.resources[0]?.options.get("server1")?.cwd, "/etc/baton/app");
});

Deno.test("config: a resource brings its companion with what it knows", async () => {
  const config = await read(vipGroup(", settle: 4s"));
  const { plugin: _, options, ...companion } = config.monitors[0] ?? assert.fail();
  assert.deepEqual(companion, {
    name: "vw1",
    type: "aws-vip-monitor",
    companion: true,
    intervalMs: 60_000,
    timeoutMs: 30_000,
    retries: 1,
    startDelayMs: 0,
    timing: "active",
    servers: ["server2", "server1"],
    recovery: {
      target: { kind: "resource", group: "g", resource: "v1" },
      maxReactivations: 3,
      maxFailovers: 1,
      finalAction: "none",
      onUnknown: "warn",
    },
  });
  assert.deepEqual(options.get("server1"), { settle: 4_000, ip: "10.1.0.20", deep: false });
});

Deno.test("config: the key monitor changes the companion", async () => {
  const config = await read(
    vipGroup(", monitor: { interval: 5s, timeout: 2s, deep: true, recovery: { target: g, finalAction: reboot } }"),
  );
  const [companion] = config.monitors;
  assert.deepEqual([companion?.intervalMs, companion?.timeoutMs], [5_000, 2_000]);
  assert.deepEqual(companion?.recovery.target, { kind: "group", group: "g" });
  assert.deepEqual([companion?.recovery.maxReactivations, companion?.recovery.finalAction], [3, "reboot"]);
  assert.equal(companion?.options.get("server2")?.deep, true);
});

Deno.test("config: companions are named as in the guide", () => {
  assert.deepEqual(["awsvip1", "awseip12", "vip", "1"].map(companionName), ["awsvipw1", "awseipw12", "vipw", "w1"]);
});

Deno.test("config: times are derived from what is written", async () => {
  const times = async (timing: string) => (await read(yaml({ top: `timing: ${timing}`, quorum: "" }))).timing;
  assert.deepEqual(await times("fast"), TIMING_PRESETS.fast);
  assert.deepEqual(await times("{ detection: 6s }"), {
    intervalMs: 500,
    permitMs: 3_000,
    pauseMs: 600,
    stopMs: 2_388,
    takeoverMs: 6_000,
  });
  const shifted = await times("{ detection: 6s, permit: 4s }");
  assert.deepEqual([shifted.permitMs, shifted.stopMs], [4_000, 1_388]);
  // A fifth of the detection time is the least that is meant for stopping.
  assert.equal((await times("{ detection: 6s, permit: 4188ms }")).stopMs, 1_200);
});

Deno.test("config: a device is asked as often as a heartbeat is sent", async () => {
  for (const preset of ["fast", "standard", "relaxed"] as const) {
    const { quorum: [device] } = await read(yaml({ top: `timing: ${preset}` }));
    const { intervalMs } = TIMING_PRESETS[preset];
    assert.deepEqual([device?.intervalMs, device?.timeoutMs], [intervalMs, intervalMs]);
  }
});

Deno.test("config: question, answer and heartbeat of a device may take all but the last millisecond of the permit", async () => {
  const { quorum: [device] } = await read(
    yaml({ quorum: "quorum: { nat: { type: ping, targets: [10.0.0.9], interval: 2500ms, timeout: 1499ms } }" }),
  );
  assert.deepEqual([device?.intervalMs, device?.timeoutMs], [2_500, 1_499]);
});

Deno.test("config: several devices count as any of them, or as all", async () => {
  const quorum = "quorum: { a: { type: ping, targets: [10.0.0.8] }, b: { type: ping, targets: [10.0.0.9] } }";
  assert.equal((await read(yaml({ quorum }))).tieBreaker, "any");
  for (const tieBreaker of ["any", "all"] as const) {
    const config = await read(yaml({ quorum, top: `tieBreaker: ${tieBreaker}` }));
    assert.equal(config.tieBreaker, tieBreaker);
    assert.deepEqual([config.quorum.map(({ name }) => name), config.witness], [["a", "b"], undefined]);
  }
});

Deno.test("config: a type whose vote is sound is a witness", async () => {
  const entry = "s: { type: store, bucket: b, individually: { server2: { bucket: c } } }";
  const config = await read(yaml({ quorum: `quorum: { ${entry} }` }));
  const { plugin, options, ...witness } = config.witness ?? assert.fail();
  assert.deepEqual(witness, { name: "s", type: "store", timeoutMs: 1_250 });
  assert.deepEqual([...options], [["server1", { bucket: "b" }], ["server2", { bucket: "c" }]]);
  assert.equal(plugin.vote, "sound");
  assert.deepEqual(config.quorum, []);
  const spec = toSpec(config);
  assert.deepEqual([spec.tieBreaker, spec.witness], [false, true]);
  assert.ok(
    describeTiming(config).includes("witness s: a read and a write 2 * timeout 1.25 s = 2.5 s < permit 5 s"),
  );
});

Deno.test("config: a witness answers within a quarter of the permit, or its type's own time when that is shorter", async () => {
  const timeoutMs = async (timing: string, more = "") =>
    (await read(yaml({ top: `timing: ${timing}`, quorum: `quorum: { s: { type: store, bucket: b${more} } }` })))
      .witness?.timeoutMs;
  assert.equal(await timeoutMs("fast"), 300);
  assert.equal(await timeoutMs("relaxed"), 2_000);
  assert.equal(await timeoutMs("fast", ", timeout: 500ms"), 500);
});

Deno.test("config: 32 servers are as sound as two", async () => {
  const count = 32;
  const servers = `servers:\n${
    Array.from({ length: count }, (_, n) => `  s${n}: { interconnect: [10.0.0.${n + 1}, 10.0.1.${n + 1}] }`).join("\n")
  }`;
  const config = await read(yaml({ servers }), { server: "s31" });
  assert.equal(config.servers.length, count);
  assert.equal(config.quorum[0]?.options.size, count);
  const spec = toSpec(config);
  assert.deepEqual([spec.servers.length, spec.groups[0]?.servers.length], [count, count]);
  assert.deepEqual(config.warnings, []);
});

Deno.test("config: a sound file may still be warned about", async () => {
  const server = (count: number) =>
    `servers:\n${Array.from({ length: count }, (_, n) => `  s${n}: { interconnect: 10.0.0.${n + 1} }`).join("\n")}`;
  const warnings = async (count: number, quorum?: string) =>
    (await read(yaml({ servers: server(count), ...(quorum === undefined ? {} : { quorum }) }))).warnings;
  assert.deepEqual(await warnings(2, ""), [
    "quorum: 2 servers without an acknowledgement device or a witness; after a crash of one the other has no majority and takes " +
    "over nothing",
  ]);
  assert.deepEqual(await warnings(4, ""), [
    "quorum: 4 servers without an acknowledgement device or a witness; after a loss of 2 the other 2 have no majority and take over " +
    "nothing",
  ]);
  assert.deepEqual(await warnings(3), [
    "quorum: an acknowledgement device adds nothing to an odd number of servers (3); remove it",
  ]);
  const store = "quorum: { s: { type: store, bucket: b } }";
  assert.deepEqual(await warnings(3, store), [
    "quorum: a witness adds nothing to an odd number of servers: of 4 votes 3 are a majority, so 1 of them may be lost, " +
    "as without it; remove it",
  ]);
  assert.deepEqual([await warnings(2, store), await warnings(32, store)], [[], []]);
  assert.deepEqual([await warnings(2), await warnings(3, ""), await warnings(1, "")], [[], [], []]);
  const open = await read(yaml({ top: "status: 0.0.0.0:7711" }));
  assert.deepEqual(open.warnings, [
    "status: 0.0.0.0:7711 can be reached from other machines; 127.0.0.1:7711 keeps it on this one",
  ]);
  const unused = await read(yaml({
    groups: "groups: { g: { servers: [server1], resources: { a: { type: script, start: [a], stop: [b], " +
      "individually: { server2: { start: [c] } } } } } }",
  }));
  assert.deepEqual(unused.warnings, [
    "groups.g.resources.a.individually.server2: server2 never uses it; its servers are server1",
  ]);
});

Deno.test("config: anchors and empty optional parts are fine", async () => {
  const config = await read(yaml({
    quorum: "quorum:",
    servers: "servers: { server1: { interconnect: 10.0.0.1 } }",
    monitors: "monitors: { m: &m { type: &t aws-az, zone: z }, n: *m, o: { type: *t, zone: z } }",
  }));
  assert.deepEqual(config.monitors.map((monitor) => monitor.name), ["m", "n", "o"]);
});

Deno.test("config: the engine gets names, orders and times", async () => {
  const spec = toSpec(await read(vipGroup()));
  assert.deepEqual(spec, {
    servers: ["server1", "server2"],
    tieBreaker: true,
    witness: false,
    timing: TIMING_PRESETS.standard,
    exclusions: [],
    selfFenceAction: "shutdown",
    lastServer: { monitor: "act", activation: "act", deactivation: "act" },
    maxPowerActions: 3,
    groups: [{
      name: "g",
      servers: ["server2", "server1"],
      startup: "auto",
      failover: "auto",
      failback: "manual",
      policy: "stable",
      resources: [
        {
          name: "app",
          address: false,
          activateRetries: 5,
          deactivateRetries: 0,
          deactivateFinalAction: "shutdown",
        },
        { name: "v1", address: true, activateRetries: 5, deactivateRetries: 0, deactivateFinalAction: "shutdown" },
      ],
    }],
    monitors: [{
      name: "vw1",
      timing: "active",
      servers: ["server2", "server1"],
      retries: 1,
      recovery: {
        target: { kind: "resource", group: "g", resource: "v1" },
        maxReactivations: 3,
        maxFailovers: 1,
        finalAction: "none",
        onUnknown: "warn",
      },
    }],
  });
  assert.equal(toSpec(await read(yaml({ quorum: "" }))).tieBreaker, false);
});

Deno.test("config: every derived time is printed with its formula", async () => {
  const config = await read(yaml({ monitors: "monitors: { az: { type: aws-az, zone: z, startDelay: 5s } }" }));
  assert.deepEqual(describeTiming(config), [
    "heartbeat interval: 1 s",
    "permit: 5 s after a heartbeat that a majority confirmed",
    "detection: 10 s of silence, then another server may take over",
    "self-fencing: permit 5 s + pause 1 s + stop 3.97 s = 9.97 s after the last confirmed heartbeat, then shutdown if " +
    "something still runs",
    "safety: (permit 5 s + pause 1 s + stop 3.97 s) * 1.001 / 0.999 = 9.99 s <= detection 10 s",
    "liveness: interval 1 s * (2 + 2 lost) + round trip 50 ms = 4.05 s < permit 5 s",
    "device nat: interval 1 s + timeout 1 s + heartbeat interval 1 s = 3 s < permit 5 s",
    "stop 3.97 s: fence 2.977 s (addresses 372 ms, stop scripts and services together 1.711 s, kill 297 ms, once more " +
    "446 ms), then shutdown 993 ms",
    "stops: 1 group on server1 with 1 stop command * 50 ms on a busy machine = 50 ms of 1.711 s (enough for 34)",
    "group g: activation at most 60 s * (1 + 5 retries) + 15.5 s between them = 6.3 min",
    "group g: deactivation at most 60 s",
    "monitor az: an error is known after at most (interval 60 s + timeout 10 s) * (1 + 2 retries) = 3.5 min, the first " +
    "check after 5 s",
  ]);
});
