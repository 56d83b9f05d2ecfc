import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { builtIns } from "../../../plugins/mod.ts";
import { changeOf } from "../../../core/config/change.ts";
import { readCluster } from "../../../core/config/cluster.ts";
import type { ClusterConfig } from "../../../core/config/config.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { keyChangeLine, keyChanges } from "../../../core/config/key_changes.ts";

const VIP = await Deno.readTextFile(fileURLToPath(new URL("../../../examples/guide-vip.yaml", import.meta.url)));

async function read(text: string): Promise<ClusterConfig> {
  const file = { label: "c.yaml", path: "/c.yaml", baseDir: "/", text, digest: text, defaultStateDir: "/state" };
  return await readCluster(file, pluginLoader({ builtIns, dropInDirs: [] }));
}

async function change(from: string | RegExp, to: string, before = VIP) {
  const after = before.replace(from, to);
  assert.notEqual(after, before, `${from} is not in the file`);
  return changeOf(await read(before), await read(after));
}

Deno.test("change: comments, layout and written defaults reach nobody", async () => {
  assert.equal((await change("timing: standard", "timing:   standard # so")).reach, "nothing");
  assert.equal((await change("cluster: cluster", "cluster: cluster\nstatus: 127.0.0.1:7711")).reach, "nothing");
});

Deno.test("change: monitors, what they lead to, preferences and devices are taken up by a running agent", async () => {
  for (const line of ["interval: 7s", "timeout: 9s", "startDelay: 1s", "retries: 4"]) {
    const found = await change("    type: aws-az\n", `    type: aws-az\n    ${line}\n`);
    assert.deepEqual([found.reach, found.monitors, found.groups], ["live", ["awsazw1"], []], line);
  }
  assert.equal((await change("zone: ap-northeast-1a", "zone: ap-northeast-1c")).reach, "live");
  assert.equal((await change("finalAction: shutdown", "finalAction: reboot")).reach, "live");
  const more = await change("monitors:\n", "monitors:\n  other: { type: aws-az, zone: ap-northeast-1c }\n");
  assert.deepEqual([more.reach, more.monitors], ["live", ["other"]]);
  const policy = await change(/ {2}failover1:.*\n/, "  failover1:\n    failback: auto\n");
  assert.deepEqual([policy.reach, policy.groups, policy.moves], ["live", ["failover1"], []]);
  const retries = await change("      awsvip1:\n", "      awsvip1:\n        activation: { retries: 9 }\n");
  assert.deepEqual([retries.reach, retries.groups, retries.moves], ["live", ["failover1"], []]);
  const device = await change("10.0.10.100, ", "");
  assert.deepEqual([device.reach, device.devices], ["live", true]);
  assert.equal(more.devices, false);
});

Deno.test("change: a new group is taken up by a running agent; a server, a vote, or what a group is made of, by one that starts again", async () => {
  const more = await change("groups:\n", "groups:\n  other: { resources: { s: { type: service, service: nginx } } }\n");
  assert.deepEqual([more.reach, more.groups, more.moves, more.down, more.refusals], ["live", ["other"], [], [], []]);
  const grown = await change(
    /servers: #([\s\S]*?individually:.*\n)( +)/,
    "servers:\n  server3: { interconnect: 10.0.110.11 }\n  # $1$2server3: { eni: eni-3 }\n$2",
  );
  assert.deepEqual([grown.reach, grown.added, grown.refusals], ["agent", ["server3"], []]);
  const shrunk = await change(/quorum:\n.*\n/, "");
  assert.deepEqual([shrunk.reach, shrunk.refusals], ["agent", []]);
  const two = VIP.replace("groups:\n", "groups:\n  other: { resources: { s: { type: service, service: nginx } } }\n");
  for (
    const [from, to] of [
      ["s: { type: service, service: nginx }", "s: { type: script, start: [a], stop: [b] }"],
      ["s: { type: service, service: nginx }", "t: { type: service, service: nginx }"],
      ["other: {", "other: { startup: manual,"],
      [/ {2}other: .*\n/, ""],
    ] as const
  ) assert.equal((await change(from, to, two)).reach, "agent", String(from));
  assert.equal((await change("cluster: cluster", "cluster: cluster\nselfFence: reboot")).reach, "agent");
});

Deno.test("change: what two files at a time can't bear is refused, or needs groups that are down", async () => {
  const refused = async (from: string | RegExp, to: string, why: RegExp) => {
    const { refusals } = await change(from, to);
    assert.equal(refusals.length, 1, `${from}: ${refusals.join("; ")}`);
    assert.match(refusals[0]!, why);
  };
  await refused("cluster: cluster", "cluster: other", /cluster can't become other while it runs/);
  await refused("key: baton.key", "key: other.key", /baton key --add/);
  await refused("cluster: cluster", "cluster: cluster\nstate: /elsewhere", /the memory of the votes/);
  await refused("10.0.110.10 }", "10.0.110.99 }", /Keep one of 10\.0\.110\.10:7710 beside the new address/);
  await refused(
    /quorum:\n.*\n/,
    "quorum: { s: { type: s3, bucket: my-votes } }\n",
    /changes 2 \(without the tie-breaker, with the witness\)/,
  );
  assert.deepEqual((await change("10.0.110.10 }", "[10.0.110.99, 10.0.110.10] }")).refusals, []);

  const timing = await change("timing: standard", "timing: fast");
  assert.deepEqual(timing.down.map(({ groups }) => groups), [["failover1"]]);
  const two = VIP.replace("groups:\n", "groups:\n  other: { resources: { s: { type: service, service: nginx } } }\n");
  const gone = await change(/ {2}other: .*\n/, "", two);
  assert.deepEqual(gone.down.map(({ groups }) => groups), [["other"]]);
  const witness = VIP.replace(/quorum:\n.*\n/, "quorum: { s: { type: s3, bucket: my-votes } }\n");
  const moved = await change("my-votes", "other-votes", witness);
  assert.deepEqual([moved.refusals, moved.down.map(({ groups }) => groups)], [[], [["failover1"]]]);
  assert.match((await change("10.0.10.100, ", "")).warnings[0]!, /both sides with a device/);
  // Nobody has other devices when there are none: that is a vote less, or more.
  const [, devices] = /(quorum:\n.*\n)/.exec(VIP)!;
  assert.deepEqual((await change(devices!, "")).warnings, []);
  assert.deepEqual((await change("groups:\n", `${devices}groups:\n`, VIP.replace(devices!, ""))).warnings, []);
});

Deno.test("key changes: each key that differs is one line, order counts where it means something", () => {
  const before = "a: 1\nservers: { x: { p: 1 }, y: { p: 2 } }\nlist: [1, 2]\n";
  const after = "# new\na: 2\nservers: { y: { p: 2 }, x: { p: 1, q: { z: 3 } } }\nlist: [1, 3]\n";
  assert.deepEqual(keyChanges(before, after).map(keyChangeLine), [
    "~ a: 1 -> 2",
    "~ servers (order): x, y -> y, x",
    "+ servers.x.q.z: 3",
    "~ list: [1, 2] -> [1, 3]",
  ]);
  assert.deepEqual(keyChanges(after, after), []);
  const [old, next] = ["m: { pw: one, individually: { s: { pw: two } } }", "m: { pw: three }"];
  assert.deepEqual(keyChanges(old, next, new Set(["pw"])).map(keyChangeLine), [
    "~ m.pw: (secret) -> (secret)",
    "- m.individually.s.pw: (secret)",
  ]);
  assert.deepEqual(keyChanges("a: 1\nb: 2", "a: 1").map(keyChangeLine), ["- b: 2"]);
});

Deno.test("change: options and time-outs of resources need their group down, and no agent that starts again", async () => {
  const moved = await change("ip: 10.1.0.20", "ip: 10.1.0.21");
  assert.deepEqual([moved.reach, moved.moves, moved.bearable], ["groups", ["failover1"], true]);
  const timing = await change("timing: standard", "timing: fast");
  assert.equal(timing.bearable, false);
});
