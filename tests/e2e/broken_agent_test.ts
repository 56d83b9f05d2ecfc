/** An agent in which something fails that must not: it says what and where, leaves in order, and ends. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { startAgent } from "./start_agent.ts";
import { carriesFirst, online, until } from "./waiting.ts";

const FAULTY = fileURLToPath(new URL("./faulty_agent.ts", import.meta.url));

for (const how of ["error", "rejection"]) {
  Deno.test(`an uncaught ${how} in the carrier's agent: its journal has it with its place, the group moves, it ends with 1`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "baton-broken-" });
    const cluster = await DemoCluster.make("vip", folder);
    const [one, two] = cluster.machines as [Machine, Machine];
    const trigger = join(folder, "trigger");
    const agent = startAgent(cluster, one, { program: [FAULTY, trigger, how] });
    try {
      cluster.observer.start();
      two.start();
      await carriesFirst(one, two);
      await Deno.writeTextFile(trigger, "");
      assert.equal((await agent.status).code, 1);
      await until("server2 carries", () => online(two));
      const journal = await Deno.readTextFile(join(one.folder, "state", "journal.jsonl"));
      const lines = journal.trim().split("\n").map((line) => JSON.parse(line) as { code: string; text: string });
      const said = lines.filter(({ code }) => code === "broken").map(({ text }) => text);
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0]!, /this must not happen \(at faulty_agent\.ts:\d+:\d+\); the agent leaves in order\.$/);
      assert.ok(lines.some(({ code }) => code === "deactivated"), "its group did not go down in order");
      assert.equal(cluster.observer.overlaps, 0);
    } finally {
      await agent.end();
      await cluster.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
