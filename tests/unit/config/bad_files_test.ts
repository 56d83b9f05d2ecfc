/** A table of bad files: what is written, and the exact lines that an operator reads. */
import assert from "node:assert/strict";
import { ConfigError } from "../../../core/config/problem.ts";
import { problemsOf, read, yaml } from "./fakes.ts";

const group = (resource: string) => yaml({ groups: `groups:\n  g:\n    resources:\n      ${resource}` });
const monitor = (text: string) => yaml({ monitors: `monitors:\n  ${text}` });
const VIP = "type: aws-vip, ip: 10.1.0.20, vpc: v";
const SCRIPT = "type: script, start: [a], stop: [b]";

const FILES: Readonly<Record<string, readonly [text: string, ...lines: string[]]>> = {
  "empty": ["", "1:1: is empty; it must have the keys cluster, servers and groups, as in examples/vip.yaml"],
  "only comments": [
    "# later\n",
    "1:1: is empty; it must have the keys cluster, servers and groups, as in examples/vip.yaml",
  ],
  "a list": [
    "- a",
    "1:1: is a list, not a map of keys; it must have the keys cluster, servers and groups, as in examples/vip.yaml",
  ],
  "not YAML": [
    "cluster: [1\nservers: {}",
    "2:1: is not YAML that can be read: Flow sequence in block collection must be sufficiently indented and end with a ]",
  ],
  "a tab": ["cluster: c\n\tkey: x", "2:1: is not YAML that can be read: Tabs are not allowed as indentation"],
  "two documents": [
    "cluster: c\n---\nx: 1",
    "2:1: is not YAML that can be read: more than one document; remove the line ---",
  ],
  "an unknown tag": [
    yaml({ top: "key: !secret x" }),
    "2:6: is not YAML that can be read: Unresolved tag: !secret",
  ],
  "an alias without anchor": [
    monitor("m: *nothing"),
    "7:6: monitors.m: *nothing refers to nothing; put &nothing before the value it means",
  ],
  "everything missing": [
    "key: k",
    "1:1: cluster: is missing: the name of the cluster",
    "1:1: servers: is missing: the servers, 1 to 32, by their names",
    "1:1: groups: is missing: the failover groups, by their names",
  ],
  "unknown keys": [
    yaml({ top: "timming: fast\ncolour: red" }),
    "2:1: timming: is not known; did you mean timing?",
    "3:1: colour: is not known; known here are cluster, key, state, status, statusNames, timing, aws, preflight, selfFence, lastServer, maxPowerActions, watchdog, servers, quorum, " +
    "tieBreaker, fence, survivor, exclusions, groups, monitors, plugins",
  ],
  "a key twice": [
    yaml({ top: "key: a\nkey: b" }),
    "3:1: key: is here for the second time; it is already in line 2, keep one of them",
  ],
  "wrong types": [
    yaml({ top: "key: 5\nstatus: 7711\naws: { region: tokyo, timeout: 5 }\nselfFence: [reboot]\nstate:" }),
    "2:6: key: must be text: put quotes around it (it is 5)",
    "3:9: status: must be text: put quotes around it (it is 7711)",
    '4:16: aws.region: must be a region like ap-northeast-1 (it is "tokyo")',
    "4:32: aws.timeout: has no unit: write a number with its unit, like 500ms, 5s or 2m (it is 5)",
    '5:12: selfFence: must be text (it is ["reboot"])',
    "6:1: state: has no value; give one (folder for state and journal; default /var/lib/baton, on Windows " +
    "%ProgramData%\\baton) or remove the key",
  ],
  "a map for a value": [
    yaml({ top: "key: { a: 1 }" }),
    "2:6: key: is a map of keys; it must be a value: file with the key that all servers share, relative to this file; " +
    "default baton.key",
  ],
  "a word that is nearly right": [
    yaml({ top: "selfFence: rebot" }),
    '2:12: selfFence: must be one of stop-service, shutdown, reboot (it is "rebot"); did you mean reboot?',
  ],
  "exclusions": [
    yaml({
      top: "survivor: server9\nexclusions:\n  apart: { groups: [g, h] }\n  alone: { groups: [g, g], kind: total }",
    }),
    "2:11: survivor: there is no server server9; did you mean server1?",
    "4:20: exclusions.apart.groups: there is no group h; did you mean g?",
    "5:20: exclusions.alone.groups: a rule needs two groups or more: one alone excludes nothing",
    '5:34: exclusions.alone.kind: must be one of normal, absolute (it is "total")',
  ],
  "monitors that can't say whether a standby is healthy": [
    yaml({
      groups: "groups:\n  g:\n    healthy: { monitors: [m, n, o] }\n    resources: { a: { " + SCRIPT + " } }",
      monitors: "monitors:\n  m: { type: aws-az, zone: z }\n" +
        "  n: { type: aws-az, zone: z, timing: active, recovery: { target: g } }",
    }),
    "7:30: groups.g.healthy.monitors.2: n runs only where its target is active, so it says nothing of a standby; set " +
    "its timing to always",
    "7:33: groups.g.healthy.monitors.3: there is no monitor o; did you mean m?",
  ],
  "a name that is none": [
    monitor('"a b": { type: aws-az, zone: z }'),
    "7:3: monitors.a b: can't be a name; it must be a name of letters, digits, dots, dashes and underscores, at most " +
    "63 long, a letter or digit first",
  ],
  "interconnects": [
    yaml({
      servers: "servers:\n  a: { interconnect: [10.0.0.1, host1] }\n  b: { interconnect: 10.0.0.1:7710 }\n" +
        "  c: { hostname: x }\n  d: 5\n  e: { interconnect: 10.0.0.2:70000 }\n  f: { interconnect: 0.0.0.0 }",
      quorum: "",
    }),
    '4:33: servers.a.interconnect.2: "host1" is no IP address; write an IP address like 10.0.110.10, with a port ' +
    "10.0.110.10:7710 or [fd00::1]:7710",
    "5:22: servers.b.interconnect: 10.0.0.1:7710 is already an address of a; each server has its own",
    "6:3: servers.c.interconnect: is missing: IP addresses, the preferred one first; with :port where it is not 7710",
    "7:6: servers.d: is a single value; it must be a map of keys: a server",
    "8:22: servers.e.interconnect: port 70000 does not exist; give 1 to 65535",
    "9:22: servers.f.interconnect: 0.0.0.0 is no address that other servers can send to; write an IP address like " +
    "10.0.110.10, with a port 10.0.110.10:7710 or [fd00::1]:7710",
  ],
  "one address in two spellings": [
    yaml({ servers: 'servers:\n  a: { interconnect: "fd00:0::1" }\n  b: { interconnect: "[FD00::1]:7710" }' }),
    "5:22: servers.b.interconnect: [fd00::1]:7710 is already an address of a; each server has its own",
  ],
  "no servers": [
    "cluster: c\nservers: {}\ngroups: { g: { resources: { a: { type: script, start: [a], stop: [b] } } } }",
    "2:10: servers: has no server; give 1 to 32",
  ],
  "too many servers": [
    yaml({
      servers: "servers:\n" +
        Array.from({ length: 33 }, (_, n) => `  s${n}: { interconnect: 10.0.1.${n + 1} }`).join("\n"),
    }),
    "3:1: servers: has 33 servers; give 1 to 32",
  ],
  "timing that is not safe": [
    yaml({ top: "timing: { detection: 8s, permit: 7s }" }),
    "2:22: timing.detection: two servers could carry at once: (permit 7000 ms + pause 800 ms + stop 3184 ms) * 1.001 / " +
    "0.999 = 11006 ms is more than the detection time 8000 ms; a detection time of 11006 ms or more would be sound",
  ],
  "timing that is not live": [
    yaml({ top: "timing:\n  interval: 3s", quorum: "" }),
    "3:13: timing.interval: a healthy server would lose its permit: heartbeat interval 3000 ms * 4 + round trip 50 ms = 12050 ms " +
    "is not less than the permit 5000 ms; an interval of 1237 ms or less would do",
  ],
  "timing that is no preset": [
    yaml({ top: "timing: fats" }),
    '2:9: timing: must be one of fast, standard, relaxed (it is "fats"); did you mean fast?',
  ],
  "timing as a list": [
    yaml({ top: "timing: [8s]" }),
    "2:9: timing: is a list; it must be fast, standard, relaxed, or times such as { detection: 8s }",
  ],
  "timing out of range": [
    yaml({ top: "timing: { detection: 1s }" }),
    '2:22: timing.detection: is less than 1500 ms (it is "1s")',
  ],
  "a device that is asked too rarely": [
    yaml({ quorum: "quorum:\n  nat: { type: ping, targets: [10.0.0.9], interval: 5s }" }),
    "5:53: quorum.nat.interval: a server that only the device confirms would lose its permit: interval 5 s + timeout 1 s + heartbeat " +
    "interval 1 s is not less than the permit 5 s; 1 s each would do",
  ],
  "a device that is asked often enough but for the heartbeat that its answer is counted from": [
    yaml({ quorum: "quorum:\n  nat: { type: ping, targets: [10.0.0.9], interval: 2500ms, timeout: 1500ms }" }),
    "5:53: quorum.nat.interval: a server that only the device confirms would lose its permit: interval 2.5 s + timeout 1.5 s + " +
    "heartbeat interval 1 s is not less than the permit 5 s; 1 s each would do",
  ],
  "two witnesses": [
    yaml({ quorum: "quorum:\n  one: { type: store, bucket: b }\n  two: { type: store, bucket: c }" }),
    "6:3: quorum.two: two is a second witness beside one; together they would not be one vote, keep one of them",
  ],
  "a witness and a device": [
    yaml({ quorum: "quorum:\n  s: { type: store, bucket: b }\n  nat: { type: ping, targets: [10.0.0.9] }" }),
    "6:3: quorum.nat: s is a witness and nat an acknowledgement device; both sides of a partition could have the " +
    "device's weak vote, and with it even the witness's vote would prove nothing; keep the witness, or the devices",
  ],
  "devices and a witness": [
    yaml({
      quorum: "quorum:\n  nat: { type: ping, targets: [10.0.0.9] }\n  gw: { type: ping, targets: [10.0.0.8] }\n" +
        "  s: { type: store, bucket: b }",
    }),
    "7:3: quorum.s: s is a witness and nat an acknowledgement device; both sides of a partition could have the " +
    "device's weak vote, and with it even the witness's vote would prove nothing; keep the witness, or the devices",
  ],
  "an interval of a witness": [
    yaml({ quorum: "quorum:\n  s: { type: store, bucket: b, interval: 1s }" }),
    "5:42: quorum.s.interval: means nothing for a witness, which is asked when its vote is needed; remove it",
  ],
  "a witness that is waited for too long": [
    yaml({ quorum: "quorum:\n  s: { type: store, bucket: b, timeout: 2500ms }" }),
    "5:41: quorum.s.timeout: a read and a write would outlive the permit: 2 * timeout 2.5 s is not less than the permit " +
    "5 s; 1.25 s would do",
  ],
  "a witness without its options": [
    yaml({ quorum: "quorum:\n  s: { type: store }" }),
    "5:3: quorum.s.bucket: is missing: where",
  ],
  "the name of a witness": [
    yaml({ quorum: "quorum:\n  g: { type: store, bucket: b }" }),
    "6:11: groups.g: the group g has the name of the witness in line 5; names are unique in the cluster",
  ],
  "tieBreaker without devices": [
    yaml({ top: "tieBreaker: all", quorum: "" }),
    "2:1: tieBreaker: says how acknowledgement devices count together, but quorum has none; remove the key, or add " +
    "devices",
  ],
  "tieBreaker with a witness": [
    yaml({ top: "tieBreaker: any", quorum: "quorum: { s: { type: store, bucket: b } }" }),
    "2:1: tieBreaker: says how acknowledgement devices count together, but quorum has none; remove the key, or add " +
    "devices",
  ],
  "tieBreaker beside a device that can't be read": [
    yaml({ top: "tieBreaker: most", quorum: "quorum: { nat: { type: pong } }" }),
    '2:13: tieBreaker: must be one of any, all (it is "most")',
    "4:24: quorum.nat.type: there is no quorum type pong: did you mean ping?",
  ],
  "no groups": [yaml({ groups: "groups: {}" }), "5:9: groups: has no group; give at least one"],
  "groups without content": [
    yaml({ groups: "groups:\n  g: { resources: {} }\n  h: { servers: [], resources: }\n  i: {}\n  j:" }),
    "6:19: groups.g.resources: has no resource; give at least one",
    "7:17: groups.h.servers: is an empty list: give at least one value",
    "7:21: groups.h.resources: is empty; it must be a map of names: the resources, by their names, in the order of " +
    "activation; deactivation goes in reverse",
    "8:3: groups.i.resources: is missing: the resources, by their names, in the order of activation; deactivation goes " +
    "in reverse",
    "9:3: groups.j: is empty; it must be a map of keys: a failover group",
  ],
  "unknown servers": [
    yaml({ groups: `groups:\n  g:\n    servers: [server1, sever2, server1]\n    resources: { a: { ${SCRIPT} } }` }),
    "7:24: groups.g.servers.2: there is no server sever2; did you mean server2?",
    "7:32: groups.g.servers.3: server1 is here twice; keep one of them",
  ],
  "a resource twice": [
    group(`a: { ${SCRIPT} }\n      a: { ${SCRIPT} }`),
    "9:7: groups.g.resources.a: is here for the second time; it is already in line 8, keep one of them",
  ],
  "one name for several things": [
    group(`g: { ${SCRIPT} }`) + "monitors: { g: { type: aws-az, zone: z }, nat: { type: aws-az, zone: z } }",
    "8:7: groups.g.resources.g: the resource g has the name of the group in line 6; names are unique in the cluster",
    "9:13: monitors.g: the monitor g has the name of the group in line 6; names are unique in the cluster",
    "9:43: monitors.nat: the monitor nat has the name of the acknowledgement device in line 4; names are unique in the " +
    "cluster",
  ],
  "the name of a companion": [
    group(`v1: { ${VIP}, eni: eni-1 }`) + "monitors: { vw1: { type: aws-az, zone: z } }",
    "8:7: groups.g.resources.v1.monitor: the companion monitor vw1 has the name of the monitor in line 9; names are " +
    "unique in the cluster",
  ],
  "a reserved name": [
    group(`LocalServer: { ${SCRIPT} }`),
    "8:7: groups.g.resources.LocalServer: LocalServer means the server itself as a recovery target; choose another name",
  ],
  "no type": [
    group("a: { start: [a] }"),
    "8:7: groups.g.resources.a.type: is missing: what it is: a built-in type, or the name of a drop-in",
  ],
  "an unknown type": [
    group("a: { type: scirpt, start: [a] }"),
    "8:18: groups.g.resources.a.type: there is no resource type scirpt: did you mean script?",
  ],
  "a type of another kind": [
    group("a: { type: aws-az }"),
    "8:18: groups.g.resources.a.type: aws-az is a monitor type, not a resource type: use one of aws-vip, clash, script, " +
    "throwing",
  ],
  "an unknown option": [
    group(`a: { ${SCRIPT}, strat: [x] }`),
    "8:49: groups.g.resources.a.strat: is not known; did you mean start?",
  ],
  "a VIP with a prefix": [
    group("v1: { type: aws-vip, ip: 10.1.0.20/32, vpc: v, eni: eni-1 }"),
    "8:32: groups.g.resources.v1.ip: write the address without its prefix: 10.1.0.20",
  ],
  "an option that is missing": [
    group(`v1: { ${VIP} }`),
    "8:7: groups.g.resources.v1.eni: is missing: network interface",
  ],
  "an option that is missing for one server": [
    group(`v1: { ${VIP}, individually: { server2: { eni: eni-2 } } }`),
    "8:7: groups.g.resources.v1.eni: is missing for server1; give it here for all, or in individually.server1: network " +
    "interface",
  ],
  "overrides": [
    group(
      `v1: { ${VIP}, eni: eni-1, individually: { sever2: { eni: eni-2 }, server2: { enni: eni-2, type: x, eni: 4 } } }`,
    ),
    "8:79: groups.g.resources.v1.individually.sever2: there is no server sever2; did you mean server2?",
    "8:114: groups.g.resources.v1.individually.server2.enni: is not known; did you mean eni?",
    "8:127: groups.g.resources.v1.individually.server2.type: is the same for all servers; only options of the type can " +
    "differ",
    "8:141: groups.g.resources.v1.individually.server2.eni: must be text: put quotes around it (it is 4)",
  ],
  "the plugin's own rules": [
    group("v1: { type: aws-vip, ip: 10.9.9.9, vpc: v, eni: eni-1, individually: { server2: { ip: 10.1.0.20 } } }"),
    "8:7: groups.g.resources.v1: ip: 10.9.9.9 lies in v; take one outside (server1)",
  ],
  "a plugin that throws": [
    group("a: { type: throwing }"),
    "8:7: groups.g.resources.a: validate of its plugin failed: oh no",
  ],
  "a plugin with the name of a common key": [
    group("a: { type: clash }"),
    "8:18: groups.g.resources.a.type: the type clash declares an option monitor, which every resource has already; " +
    "rename it in the plugin",
  ],
  "deadlines and final actions": [
    group(`a: { ${SCRIPT}, activation: { timeout: 0s, retries: -1 }, deactivation: { finalAction: stop-group } }`),
    '8:72: groups.g.resources.a.activation.timeout: is less than 100 ms (it is "0s")',
    "8:85: groups.g.resources.a.activation.retries: is less than 0 (it is -1)",
    "8:120: groups.g.resources.a.deactivation.finalAction: must be one of none, stop-service, shutdown, reboot (it is " +
    '"stop-group")',
  ],
  "a companion that is none": [
    group(`a: { ${SCRIPT}, monitor: { interval: 5s } }`),
    "8:49: groups.g.resources.a.monitor: the type script brings no monitor; remove the key, or write one under monitors",
  ],
  "companion settings": [
    group(`v1: { ${VIP}, eni: eni-1, monitor: { deeep: true, timing: always, recovery: { target: LocalServer } } }`),
    "8:74: groups.g.resources.v1.monitor.deeep: is not known; did you mean deep?",
    "8:87: groups.g.resources.v1.monitor.timing: is not known; known here are interval, timeout, retries, startDelay, " +
    "recovery, ip, settle, deep",
    "8:113: groups.g.resources.v1.monitor.recovery: a companion runs where its target is active; name the group g or " +
    "one of its resources as target",
  ],
  "recovery targets": [
    monitor(
      "m: { type: aws-az, zone: z, recovery: { target: ap } }\n" +
        "  n: { type: aws-az, zone: z, recovery: { target: nat } }",
    ),
    "7:51: monitors.m.recovery.target: there is no group or resource ap; did you mean app?",
    "8:51: monitors.n.recovery.target: nat is no group or resource but the acknowledgement device in line 4; give " +
    "LocalServer, all groups, or a group or resource",
  ],
  "recovery of the server itself": [
    monitor("m: { type: aws-az, zone: z, recovery: { failovers: 1, finalAction: stop-group } }"),
    "7:54: monitors.m.recovery.failovers: is 1, but a server can't be reactivated or moved; set it to 0, or name a " +
    "group or resource as target",
    "7:70: monitors.m.recovery.finalAction: stop-group needs a group; name a group or resource as target, or take " +
    "stop-service",
  ],
  "active without a target": [
    monitor("m: { type: aws-az, zone: z, timing: active }"),
    "7:39: monitors.m.timing: timing active needs to know what has to be active; name a group or resource in " +
    "recovery.target",
  ],
};

for (const [name, [text, ...lines]] of Object.entries(FILES)) {
  Deno.test(`config, bad file: ${name}`, async () => {
    assert.deepEqual(await problemsOf(text), lines.map((line) => `cluster.yaml:${line}`));
  });
}

Deno.test("config, bad file: the place is where the key or its value is written", () => {
  let looked = 0;
  for (const [text, ...lines] of Object.values(FILES)) {
    for (const problem of lines) {
      const match = /^(\d+):(\d+): ([^:]+): (.*)$/.exec(problem);
      const [, line, column, keyPath, message] = match ?? [];
      if (keyPath === undefined || keyPath.includes(" ") || /^is missing|companion/.test(message ?? "")) continue;
      const written = text.split("\n")[Number(line) - 1] ?? "";
      const key = keyPath.split(".").at(-1) ?? "";
      const before = written.slice(0, Number(column) - 1);
      const atKey = written.slice(Number(column) - 1).replace(/^"/, "").startsWith(key);
      const inList = /^\d+$/.test(key) && /[[,]\s*$/.test(before);
      assert.ok(atKey || inList || before.trimEnd().endsWith(`${key}:`), `${problem}\n${written}`);
      looked++;
    }
  }
  assert.ok(looked > 40, `only ${looked} places were looked at`);
});

Deno.test("config, bad file: a server that is not in it", async () => {
  assert.deepEqual(await problemsOf(yaml(), { server: "server3" }), [
    "cluster.yaml:3:1: servers: there is no server server3; did you mean server1?",
  ]);
  assert.deepEqual(await problemsOf(yaml(), { server: "server2" }), []);
});

Deno.test("config, bad file: nesting that would end the parser is a problem", async () => {
  const [line, ...others] = await problemsOf("a: " + "[".repeat(100_000));
  assert.match(line ?? "", /^cluster\.yaml:\d+:\d+: is not YAML/);
  assert.ok(others.every((other) => other.startsWith("cluster.yaml:")));
});

Deno.test("config, bad file: the number tells text, values, names, times, types and contradictions apart", async () => {
  const kinds: Readonly<Record<string, number>> = {
    "not YAML": 300,
    "a map for a value": 301,
    "a word that is nearly right": 301,
  };
  const numberOf = async (text: string) => {
    const error = await read(text).then(() => assert.fail(text), (thrown) => thrown);
    assert.ok(error instanceof ConfigError);
    // What an operator reads is the error itself.
    assert.match(String(error), /^cluster\.yaml:\d+:\d+: .+ \(explain \d+\)$/);
    return error.problems.map(({ code }) => code);
  };
  for (const [name, code] of Object.entries(kinds)) assert.deepEqual(await numberOf(FILES[name]![0]), [code], name);
  assert.deepEqual(await numberOf(yaml({ top: "survivor: server9" })), [302]);
  assert.deepEqual(await numberOf(yaml({ top: "timing: { detection: 8s, permit: 8s }" })), [303]);
  assert.deepEqual(await numberOf(group("app: { type: scirpt }")), [304]);
  assert.deepEqual(await numberOf(yaml({ top: "tieBreaker: any", quorum: "" })), [305]);
});
