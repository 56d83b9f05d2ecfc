import assert from "node:assert/strict";
import { join } from "node:path";
import { GroupOrders } from "../../../core/agent/group_orders.ts";
import { markOf } from "../../../core/agent/mark.ts";
import { straysOf } from "../../../core/agent/strays.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import type { ResourcePlugin } from "../../../core/plugin/contract.ts";
import script from "../../../plugins/resources/script.ts";
import { endStrays, running } from "../os/strays.ts";
import { down, up } from "../../unit/agent/group_orders_bench.ts";
import { contextsOn, eventually, FakeOs, group, inFolder, resource, sleep } from "../../unit/agent/helpers.ts";

const RELEASED = { group: "g", server: "server1", mark: ":m:" };

/** What is told when the looks find these, one after the other. */
async function told(...looks: string[][]): Promise<string | null> {
  const os = new FakeOs();
  os.strays = looks;
  return await straysOf(RELEASED, os, new AbortController().signal, 5);
}

Deno.test("strays: what runs at both looks is told by name; what was about to end, and what began meanwhile, is not", async () => {
  assert.equal(await told([]), null);
  assert.equal(await told(["db (process 7)"], []), null);
  assert.equal(await told(["db (process 7)"], ["db (process 8)"]), null);
  assert.equal(
    await told(["db (process 7)", "sh (process 8)"], ["db (process 7)"]),
    "g is down on server1, but what was started for it still runs: db (process 7); if it should not, let the stop " +
      "script end it",
  );
  const many = Array.from({ length: 9 }, (_, index) => `w (process ${index})`);
  assert.match((await told(many))!, /w \(process 4\) and 4 more;/);
});

Deno.test("strays: nothing is told once the group is being started again, or where the machine shows no processes", async () => {
  const os = new FakeOs();
  os.strays = [["db (process 7)"]];
  const started = new AbortController();
  const look = straysOf(RELEASED, os, started.signal, 5_000);
  started.abort();
  assert.equal(await look, null);
  const blind = { marked: () => Promise.reject(new Deno.errors.NotFound("/proc")) };
  assert.equal(await straysOf(RELEASED, blind, new AbortController().signal, 5), null);
});

/** A resource whose start fails after it has started something in a session of its own, and that process. */
async function halfStarted(
  stop: string,
  work: (orders: GroupOrders, told: string[], pids: ReadonlyMap<string, number>) => Promise<void>,
): Promise<void> {
  await inFolder(async (dir) => {
    const contexts = contextsOn(new SimulatedOs(dir, () => {}) as unknown as FakeOs);
    const start = `setsid sh -c 'echo $$ >"$1/pid"; exec sleep 30' stray "$1" & ` +
      'until test -s "$1/pid"; do sleep 0.05; done; exit 7';
    const options = { start: ["sh", "-c", start, "app", dir], stop: ["sh", "-c", stop, "app", dir] };
    const app = resource("app", script as Partial<ResourcePlugin<never>> as ResourcePlugin, {
      options: new Map([["server1", options]]),
    });
    const told: string[] = [];
    const answers: unknown[] = [];
    const orders = new GroupOrders(
      group(app),
      contexts,
      { stopMs: 1_500, pauseMs: 300 },
      (event) => answers.push(event),
      { mark: markOf(dir, "server1", "g"), stray: (text) => told.push(text) },
    );
    const pids = new Map<string, number>();
    try {
      await orders.carryOut(up("app"), orders.ticket());
      pids.set("stray", Number(await Deno.readTextFile(join(dir, "pid"))));
      assert.match(JSON.stringify(answers[0]), /ended with status 7/);
      await orders.carryOut(down("app"), orders.ticket());
      assert.deepEqual(answers[1], { type: "deactivated", group: "g", resource: "app", epoch: 1 });
      await work(orders, told, pids);
    } finally {
      await orders.close();
      await orders.disarm();
      contexts.close();
      await endStrays(pids);
    }
  });
}

Deno.test("strays: a start that failed and a stop that works leave a process, which is named and not killed", () =>
  halfStarted("true", async (_orders, told, pids) => {
    await eventually("it is told", () => told.length > 0);
    assert.deepEqual(told, [
      `g is down on server1, but what was started for it still runs: sleep (process ${pids.get("stray")}); ` +
      "if it should not, let the stop script end it",
    ]);
    assert.deepEqual(await running(pids), ["stray"]);
  }));

Deno.test("strays: a sweep tells of what a predecessor has left, and a stop script that ends everything of nothing", async () => {
  await halfStarted("true", async (orders, told) => {
    await eventually("it is told", () => told.length === 1);
    assert.equal(await orders.sweep(AbortSignal.timeout(5_000)), undefined);
    await eventually("it is told again", () => told.length === 2);
  });
  await halfStarted('kill "$(cat "$1/pid")"', async (_orders, told) => {
    await sleep(1_500);
    assert.deepEqual(told, []);
  });
});
