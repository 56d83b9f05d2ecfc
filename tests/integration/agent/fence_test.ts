/**
 * Fences of real processes, at the standard timing: 2,977 ms for the agent (see `core/cluster/stop_budget.ts`). The shares are
 * those of every timing; the scripts get their part of it also where this machine has much else to do.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { GroupOrders, type GroupOrdersExtras } from "../../../core/agent/group_orders.ts";
import { markOf } from "../../../core/agent/mark.ts";
import { FENCE_SHARE } from "../../../core/cluster/self_fence.ts";
import type { Event } from "../../../core/cluster/events.ts";
import { fenceMs } from "../../../core/cluster/stop_budget.ts";
import { type Timing, TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import type { ResourceConfig } from "../../../core/config/config.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import type { ResourcePlugin } from "../../../core/plugin/contract.ts";
import script from "../../../plugins/resources/script.ts";
import service from "../../../plugins/resources/service.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";
import { endStrays, running } from "../os/strays.ts";
import { contextsOn, eventually, type FakeOs, group, resource } from "../../unit/agent/helpers.ts";

/** What a later attempt has of the time, on a machine that was late: programs start that much later there. */
const FACTORS = [1, 4, 8] as const;
/** A machine that was late by that much is no judge of a fence, in milliseconds. */
const LATE_MS = 100;
const TIMING = TIMING_PRESETS.standard;
const VIP = "10.1.0.20";

interface Bench {
  dir: string;
  os: SimulatedOs;
  /** A resource of the type `script`; `$1` is the folder of the test. */
  script(name: string, start: string, stop: string): ResourceConfig;
  activate(...resources: ResourceConfig[]): Promise<void>;
  /**
   * Fences; resolves with the failure, if there is one, and how long it took in milliseconds, without the time for which
   * this thread waited for a processor that others had.
   */
  fence(): Promise<{ failure?: string; ms: number }>;
  /** What a fence may take. */
  budgetMs: number;
  /** What has been written to the log of the test. */
  log(): Promise<string[]>;
}

async function withBench(work: (bench: Bench) => Promise<void>, extras: GroupOrdersExtras = {}) {
  for (const factor of FACTORS) {
    const watch = new Stopwatch();
    try {
      return await withTime({ ...TIMING, stopMs: TIMING.stopMs * factor }, work, extras);
    } catch (error) {
      if (factor === FACTORS.at(-1) || watch.passedMs - watch.ownMs < LATE_MS) throw error;
    }
  }
}

async function withTime(timing: Timing, work: (bench: Bench) => Promise<void>, extras: GroupOrdersExtras) {
  const budgetMs = Math.floor(timing.stopMs * FENCE_SHARE);
  const dir = await Deno.makeTempDir({ prefix: "baton-fence-" });
  await Deno.mkdir(join(dir, "nics", "eth0", "addresses"), { recursive: true });
  await Deno.mkdir(join(dir, "services"));
  const os = new SimulatedOs(dir, () => {});
  const contexts = contextsOn(os as unknown as FakeOs);
  const answers: Event[] = [];
  let orders: GroupOrders | undefined;
  try {
    await work({
      dir,
      os,
      script: (name, start, stop) => {
        const options = { start: ["sh", "-c", start, name, dir], stop: ["sh", "-c", stop, name, dir] };
        return resource(name, script as Partial<ResourcePlugin<never>> as ResourcePlugin, {
          options: new Map([["server1", options]]),
        });
      },
      activate: async (...resources) => {
        const own = { mark: markOf(dir, "server1", "g"), ...extras };
        orders = new GroupOrders(group(...resources), contexts, timing, (event) => answers.push(event), own);
        for (const { name } of resources) {
          const order = { do: "activate", group: "g", resource: name, epoch: 1, cause: "start", attempt: 1 } as const;
          await orders.carryOut(order, orders.ticket());
          assert.equal((answers.at(-1) as { failure?: unknown }).failure, undefined);
        }
      },
      fence: async () => {
        const watch = new Stopwatch();
        await orders!.carryOut({ do: "fence", group: "g", epoch: 1, budgetMs }, orders!.ticket());
        const { failure } = answers.at(-1) as { failure?: { message: string } };
        const ms = watch.ownMs;
        return failure === undefined ? { ms } : { failure: failure.message, ms };
      },
      budgetMs,
      log: async () => (await Deno.readTextFile(join(dir, "log")).catch(() => "")).trim().split("\n"),
    });
  } finally {
    await orders?.close();
    await orders?.disarm();
    contexts.close();
    await Deno.remove(dir, { recursive: true });
  }
}

/** An address on the simulated NIC, and one that needs a network that is gone. */
const vip = resource("vip", {
  address: true,
  activate: ({ os, signal }) => os.addAddress("eth0", VIP, signal),
  deactivate: ({ os, signal }) => os.removeAddress(VIP, signal),
  guard: ({ os }) => Promise.resolve([os.removeAddressCommand("eth0", VIP)]),
});
const eip = resource("eip", {
  address: true,
  deactivate: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
});

const DAEMON = 'setsid sh -c \'trap "" TERM HUP; echo $$ >"$0"; sleep 30 & wait\' "$1/daemon" & ' +
  'until [ -s "$1/daemon" ]; do sleep 0.01; done';

Deno.test("fence: a stop script that hangs, ignores SIGTERM and has left its session is killed, and the fence ends in time", () =>
  withBench(async ({ dir, os, script, activate, fence, budgetMs }) => {
    const stop = 'trap "" TERM; setsid sh -c \'trap "" TERM; echo $$ >"$0"; sleep 30 & wait\' "$1/child" & sleep 30';
    await activate(script("app", DAEMON, stop), vip);
    assert.equal((await os.nics(AbortSignal.timeout(1_000)))[0]?.addresses.length, 1);
    let over = false;
    const fencing = fence().finally(() => over = true);
    // The address does not wait for anything.
    await eventually("the address is off", async () => {
      return (await os.nics(AbortSignal.timeout(10_000)))[0]?.addresses.length === 0;
    });
    assert.equal(over, false);
    const { failure, ms } = await fencing;
    const pids = new Map<string, number>();
    for (const name of ["daemon", "child"]) pids.set(name, Number(await Deno.readTextFile(join(dir, name))));
    try {
      assert.ok(ms <= budgetMs, `${ms} ms of ${budgetMs}`);
      assert.match(failure!, /^app: no answer within \d+ ms$/);
      // What it started is gone; what its second attempt started is the final action's.
      assert.deepEqual((await running(pids)).filter((name) => name === "daemon"), []);
    } finally {
      await endStrays(pids);
    }
  }));

Deno.test("fence: a stop script that waits for a process which does not end succeeds once that is killed", () =>
  withBench(async ({ dir, script, activate, fence, log, budgetMs }) => {
    const stop =
      'echo asked >>"$1/log"; while grep -q "^State:.[RSD]" "/proc/$(cat "$1/daemon")/status"; do sleep 0.02; done';
    await activate(script("app", DAEMON, stop));
    const { failure, ms } = await fence();
    assert.equal(failure, undefined);
    assert.ok(ms <= budgetMs, `${ms} ms of ${budgetMs}`);
    assert.deepEqual(await log(), ["asked", "asked"]);
    const pids = new Map([["daemon", Number(await Deno.readTextFile(join(dir, "daemon")))]]);
    assert.deepEqual(await running(pids), []);
  }));

Deno.test("fence: one that hangs leaves the others their time, and an address without network delays nobody for long", () =>
  withBench(async ({ script, activate, fence, log, budgetMs }) => {
    const said = (name: string, more = "") => `echo "${name}" >>"$1/log"; ${more}`;
    await activate(
      script("disk", "true", said("disk", "sleep 0.1")),
      eip,
      script("app", "true", said("app", 'trap "" TERM; sleep 30')),
    );
    const { failure, ms } = await fence();
    assert.deepEqual(await log(), ["app", "disk", "app"]);
    assert.deepEqual(failure!.split("; ").map((text) => text.split(":")[0]).sort(), ["app", "eip"]);
    assert.ok(ms <= budgetMs, `${ms} ms of ${budgetMs}`);
  }));

Deno.test("fence: what a well-behaved stop script leaves behind is killed too", () =>
  withBench(async ({ dir, script, activate, fence, budgetMs }) => {
    await activate(script("app", DAEMON, "true"));
    const { failure, ms } = await fence();
    assert.equal(failure, undefined);
    assert.ok(ms < budgetMs / 2, `${ms} ms`);
    assert.deepEqual(await running(new Map([["daemon", Number(await Deno.readTextFile(join(dir, "daemon")))]])), []);
  }));

Deno.test("fence: a service whose stop hangs is killed and asked again", async () => {
  const said: string[] = [];
  class Stubborn extends SimulatedOs {
    override async stopService(name: string, signal: AbortSignal): Promise<void> {
      said.push("stop");
      if (said.length === 1) {
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
      }
      await super.stopService(name, signal);
    }
    override killServiceCommand(name: string): [string, ...string[]] {
      said.push("kill");
      return ["test", name];
    }
  }
  const dir = await Deno.makeTempDir({ prefix: "baton-fence-" });
  await Deno.mkdir(join(dir, "services"));
  await Deno.writeTextFile(join(dir, "services", "db"), "running");
  const os = new Stubborn(dir, () => {});
  const contexts = contextsOn(os as unknown as FakeOs);
  const answers: Event[] = [];
  const config = group(
    resource("db", service as Partial<ResourcePlugin<never>> as ResourcePlugin, {
      options: new Map([["server1", { service: "db" }]]),
    }),
  );
  const orders = new GroupOrders(config, contexts, TIMING, (event) => answers.push(event));
  try {
    const budgetMs = Math.floor(TIMING.stopMs * FENCE_SHARE);
    await orders.carryOut({ do: "fence", group: "g", epoch: 1, budgetMs }, orders.ticket());
    assert.deepEqual(answers, [{ type: "fenced", group: "g", epoch: 1 }]);
    assert.deepEqual(said, ["stop", "kill", "stop"]);
    assert.equal(await Deno.readTextFile(join(dir, "services", "db")), "stopped");
  } finally {
    await orders.close();
    await orders.disarm();
    contexts.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("fence: an agent that will hand over to its switch takes half, so that the switch has its own share", () =>
  withBench(async ({ script, activate, fence, budgetMs }) => {
    await activate(script("app", "true", 'trap "" TERM; sleep 30'));
    const { failure, ms } = await fence();
    assert.match(failure!, /^app: no answer/);
    assert.ok(ms <= fenceMs(budgetMs, "stop-service") && ms > 250, `${ms} ms`);
  }, { selfFenceAction: "stop-service" }));

Deno.test("fence: a process that can't be killed is a failure with its name", () =>
  withBench(async ({ os, script, activate, fence }) => {
    await activate(script("app", "true", "true"));
    os.killMarked = () => Promise.resolve(["nfsd (process 77)"]);
    const { failure } = await fence();
    assert.equal(failure, "can't be killed: nfsd (process 77)");
  }));

Deno.test("fence: marks differ with the folder, the server and the group", () => {
  const marks = [markOf("/a", "s", "g"), markOf("/b", "s", "g"), markOf("/a", "t", "g"), markOf("/a", "s", "h")];
  assert.equal(new Set(marks).size, marks.length);
  assert.match(marks[0]!, /^:[0-9a-f]{32}:$/);
});
