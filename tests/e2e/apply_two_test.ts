/** A new file on two servers and a tie-breaker, where a server that has just started has the tie-breaker's vote only later. */
import assert from "node:assert/strict";
import { type ApplyCluster, DEVICES, startedAt, until, withCluster } from "./apply_cluster.ts";

/** Looks all the time at where failover1 is; resolves with the longest time in which it was online nowhere. */
function watch(cluster: ApplyCluster): { end(): Promise<{ longestMs: number; lateMs: number }> } {
  let ended = false;
  const looking = (async () => {
    let [onlineMs, longestMs, lateMs] = [performance.now(), 0, 0];
    while (!ended) {
      const askedMs = performance.now();
      const seen = await Promise.all(cluster.machines.map((machine) => cluster.seen(machine)));
      const online = seen.some((one) => one?.view.groups[0]?.status === "online");
      const nowMs = performance.now();
      if (online) onlineMs = nowMs;
      longestMs = Math.max(longestMs, nowMs - onlineMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
      lateMs = Math.max(lateMs, performance.now() - askedMs - 20);
    }
    return { longestMs: Math.round(longestMs), lateMs: Math.round(lateMs) };
  })();
  return { end: () => (ended = true, looking) };
}

Deno.test("apply: of two servers and a tie-breaker the carrier moves its group before it starts again, and it stays where it went", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const server2 = cluster.machine("server2");
    const text = cluster.file({ top: "selfFence: reboot\n" });
    const watched = watch(cluster);
    const { status, text: said } = await cluster.apply(server2, text, "--allow-restart");
    const { longestMs, lateMs } = await watched.end();
    assert.equal(status, 0, said);
    assert.match(said, /^failover1 is online on server2, after \d+ ms$/m);
    await cluster.allRun(text);
    const group = (await cluster.answer(server2)).view.groups[0]!;
    assert.deepEqual([group.carrier, group.status], ["server2", "online"]);
    // Without the vote of the other it would have been down for the detection time, 3 s, and then back on server1.
    assert.ok(longestMs < 2_000 + 3 * lateMs, `down for ${longestMs} ms; this machine was late by ${lateMs} ms`);
  }, 2));

Deno.test("apply: another device, other rules and a new group need no restart, and a device that is not reached takes nobody's place", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const server2 = cluster.machine("server2");
    const [before, epoch] = [await startedAt(cluster), (await cluster.answer(server2)).view.groups[0]!.epoch];
    const added = '  failover2: { resources: { app2: { type: script, start: ["true"], stop: ["true"] } } }\n';
    const text = cluster.file({ device: DEVICES[1], groups: added }).replace(
      "finalAction: none",
      "finalAction: reboot",
    );
    const { status, text: said } = await cluster.apply(server2, text);
    assert.equal(status, 0, said);
    await cluster.allRun(text);
    await until("both know the new group", async () => {
      const seen = await Promise.all(cluster.machines.map((machine) => cluster.seen(machine)));
      return seen.every((one) => one?.view.groups[1]?.carrier === "server1");
    });

    const wrong = cluster.file({ device: "10.0.30.100", groups: added }).replace(
      "finalAction: none",
      "finalAction: reboot",
    );
    const refused = await cluster.apply(server2, wrong, "--wait", "14");
    assert.equal(refused.status, 1, refused.text);
    assert.match(
      refused.text,
      /the new acknowledgement devices are not reached from here .*so the ones before go on being/,
    );
    assert.deepEqual(await startedAt(cluster), before);
    const seen = await cluster.answer(server2);
    assert.deepEqual([seen.view.groups[0]!.carrier, seen.view.groups[0]!.epoch], ["server1", epoch]);
    const good = await cluster.apply(server2, text);
    assert.equal(good.status, 0, good.text);
    assert.deepEqual(await startedAt(cluster), before);
  }, 2));
