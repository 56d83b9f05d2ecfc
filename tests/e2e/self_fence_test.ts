/** A carrier that is cut off and whose stop script hangs: real agents on the sandbox, the fast timing. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { carriesFirst, statusOf, until } from "./waiting.ts";

/** Something of the group is up there. A process that was killed and that nobody has waited for yet is none. */
function carries(machine: Machine): boolean {
  if (machine.addresses().length > 0) return true;
  try {
    const pid = Deno.readTextFileSync(join(machine.folder, "app", "pid")).trim();
    return /^State:\s+[^ZX\s]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

for (const action of ["stop-service", "shutdown"] as const) {
  Deno.test(`selfFence ${action}: a stop script that hangs keeps nothing up until the other server serves`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "baton-self-fence-" });
    const cluster = await DemoCluster.make("vip", folder);
    const [one, two] = cluster.machines as [Machine, Machine];
    let overlaps = 0;
    const watching = setInterval(() => overlaps += carries(one) && carries(two) ? 1 : 0, 10);
    try {
      // From now on stopping the service on server1 takes for ever, whatever signal comes.
      const path = join(one.folder, "cluster.yaml");
      const hanging = JSON.stringify(["sh", "-c", 'trap "" TERM INT HUP; test ! -e "$0/up" || sleep 20', one.folder]);
      const yaml = await Deno.readTextFile(path);
      const stop = JSON.stringify(one.appCommand("stop"));
      assert.ok(yaml.includes(stop));
      await Deno.writeTextFile(
        path,
        yaml.replace(stop, hanging).replace("timing: fast", `timing: fast\nselfFence: ${action}`),
      );
      cluster.observer.start();
      one.start();
      two.start();
      await carriesFirst(one, two);
      await Deno.writeTextFile(join(one.folder, "up"), "");
      cluster.isolate(one);
      await until("server2 carries", async () => await statusOf(two) === "online");
      assert.equal(cluster.observer.answering(), "server2");
      assert.deepEqual([carries(one), carries(two)], [false, true]);
      assert.equal(overlaps, 0, "something of the group was still up on server1");
      const journal = join(one.folder, "state", "journal.jsonl");
      await until(
        "the journal of server1 tells what is left",
        async () =>
          /Something of failover1 is left\. \(99 : app1: no answer within \d+ ms/.test(
            await Deno.readTextFile(journal),
          ),
      );
      const power = await Deno.readTextFile(join(one.folder, "machine", "power")).catch(() => "");
      // As far as it knows nobody else is there, so it is to come back.
      assert.match(power, action === "shutdown" ? /"action":"reboot"/ : /^$/);
      // It has ended by itself: with 1, or as the simulated machine does that has lost its power.
      assert.equal(await one.stop(), action === "shutdown" ? 143 : 1);
    } finally {
      clearInterval(watching);
      await cluster.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
