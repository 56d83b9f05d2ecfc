/** Agents whose output nobody takes: they start, carry and hand over as if somebody did. */
import assert from "node:assert/strict";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { startAgent } from "./start_agent.ts";
import { online, until } from "./waiting.ts";

const WAYS: readonly (readonly [name: string, shell: string])[] = [
  // The pipe is full before the agent says its first word.
  ["a full pipe that nobody reads", 'head -c 65536 /dev/zero >&2; head -c 65536 /dev/zero; exec "$@"'],
  ["/dev/full", 'exec "$@" >/dev/full 2>/dev/full'],
  ["nothing: both are closed", 'exec "$@" >&- 2>&-'],
];

for (const [name, shell] of WAYS) {
  Deno.test({
    name: `an agent whose output goes into ${name} carries, answers and leaves in order`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "baton-unread-" });
      const cluster = await DemoCluster.make("vip", folder);
      const [one, two] = cluster.machines as [Machine, Machine];
      const agent = startAgent(cluster, one, { shell });
      try {
        two.start();
        await until("server1 carries", () => online(one));
        agent.stop();
        const { code } = await agent.status;
        assert.equal(code, 0);
        await until("server2 carries", () => online(two));
      } finally {
        await agent.end();
        await cluster.close();
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
