/** An agent of a distribution as a resource of a real cluster: two agent processes on the sandbox. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { answerOf, carriesFirst, online, until } from "../e2e/waiting.ts";

/** Agents whose effect is one file of each server, and how they are told which. */
const AGENTS: Readonly<Record<string, (file: string) => string>> = {
  Dummy: (file) => `state: ${file}`,
  symlink: (file) => `link: ${file}, target: /etc/hostname`,
};

const fileOf = (machine: Machine) => join(machine.folder, "effect");
const runs = (machine: Machine) => Deno.lstat(fileOf(machine)).then(() => true, () => false);

/** Puts `ocf:heartbeat:AGENT` in the place of the service, with a file for each server. */
async function useAgent(agent: string, machine: Machine): Promise<void> {
  const path = join(machine.folder, "cluster.yaml");
  const yaml = await Deno.readTextFile(path);
  const parameters = AGENTS[agent]!(fileOf(machine));
  const resource = `app1: { type: "ocf:heartbeat:${agent}", ${parameters}, monitor: { interval: 500ms, retries: 0 } }`;
  const changed = yaml.replace(/app1: \{ type: script.*\}$/m, resource);
  assert.notEqual(changed, yaml);
  await Deno.writeTextFile(path, changed);
}

for (const agent of Object.keys(AGENTS)) {
  Deno.test(`${agent} of resource-agents: started, watched, recovered, failed over and stopped by two agents`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "baton-ocf-" });
    const cluster = await DemoCluster.make("vip", folder);
    const [one, two] = cluster.machines as [Machine, Machine];
    try {
      for (const machine of [one, two]) await useAgent(agent, machine);
      one.start();
      two.start();
      await carriesFirst(one, two);
      assert.deepEqual([await runs(one), await runs(two)], [true, false]);

      // Its monitor sees OCF_NOT_RUNNING, and the recovery starts it again.
      await until("a check", async () => {
        const { checks } = await (await fetch(`${one.statusUrl}/status`)).json();
        return checks.appw1?.verdict.status === "normal";
      });
      await Deno.remove(fileOf(one));
      await until("the recovery", async () => await runs(one) && await online(one));
      const { reasons } = await answerOf(one);
      assert.ok(
        reasons.some(({ text }) => /appw1.*not running/.test(text)),
        reasons.map(({ text }) => text).join("\n"),
      );

      // Nobody stops it in order: the dead man's switch runs the agent's stop.
      await one.kill();
      await until("the switch has stopped it on server1", async () => !await runs(one));
      await until("server2 carries", () => online(two));
      assert.ok(await runs(two));

      assert.equal(await two.stop(), 0);
      assert.equal(await runs(two), false);
    } finally {
      await cluster.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
