/** Agents whose output nobody takes: they start, carry and hand over as if somebody did. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { online, until } from "./waiting.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** Starts the agent of a machine behind a line of shell that says where its output goes. */
function behind(shell: string, cluster: DemoCluster, machine: Machine): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: [
      "-c",
      shell,
      "sh",
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      MAIN,
      "run",
      "-c",
      join(machine.folder, "cluster.yaml"),
      "--server",
      machine.name,
    ],
    env: { ...cluster.sandbox.env(machine.name), BATON_SANDBOX: join(machine.folder, "machine"), NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

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
      const agent = behind(shell, cluster, one);
      try {
        two.start();
        await until("server1 carries", () => online(one));
        agent.kill("SIGTERM");
        const { code } = await agent.status;
        assert.equal(code, 0);
        await until("server2 carries", () => online(two));
      } finally {
        try {
          agent.kill("SIGKILL");
        } catch {
          // It has ended.
        }
        await agent.status;
        await Promise.all([agent.stdout.cancel(), agent.stderr.cancel()]);
        await cluster.close();
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
