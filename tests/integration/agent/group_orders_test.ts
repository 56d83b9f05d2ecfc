import assert from "node:assert/strict";
import type { GroupOrder } from "../../../core/agent/group_orders.ts";
import { tryPauseMs } from "../../../core/cluster/try_pause.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { down, recording, up, withOrders } from "../../unit/agent/group_orders_bench.ts";
import { FakeOs, resource, sleep } from "../../unit/agent/helpers.ts";

Deno.test("orders are carried out one after the other and answered with their epoch", async () => {
  const said: string[] = [];
  await withOrders(recording(said, ["disk", "app"]), async ({ order, answers }) => {
    await order(up("disk", 3, "failover"));
    await order(up("app", 3, "failover"));
    await order(down("app", 3));
    await order(down("disk", 3));
    assert.deepEqual(said, ["up disk failover 3", "up app failover 3", "down app stop", "down disk stop"]);
    assert.deepEqual(answers, [
      { type: "activated", group: "g", resource: "disk", epoch: 3 },
      { type: "activated", group: "g", resource: "app", epoch: 3 },
      { type: "deactivated", group: "g", resource: "app", epoch: 3 },
      { type: "deactivated", group: "g", resource: "disk", epoch: 3 },
    ]);
  });
});

Deno.test("the switch is armed before the first activation and disarmed after the last deactivation", async () => {
  const os = new FakeOs();
  await withOrders(recording(os.said, ["disk", "ip", "app"]), async ({ order }) => {
    for (const name of ["disk", "ip", "app"]) await order(up(name));
    for (const name of ["app", "ip", "disk"]) await order(down(name));
    assert.deepEqual(os.said, [
      "arm",
      "up disk start 1",
      "up ip start 1",
      "up app start 1",
      "down app stop",
      "down ip stop",
      "down disk stop",
      "disarm",
    ]);
    assert.deepEqual(os.plans.map(({ off, stop }) => ({ off, stop })), [
      { off: [["off", "ip"]], stop: [["off", "app"], ["off", "disk"]] },
    ]);
  }, os);
});

Deno.test("a group with nothing for a switch has none", async () => {
  const os = new FakeOs();
  await withOrders([resource("app", { guard: () => Promise.resolve([]) }), resource("b", {})], async ({ order }) => {
    await order(up("app"));
    await order(down("app"));
    assert.deepEqual(os.said, []);
  }, os);
});

Deno.test("nothing is activated when the switch can't be armed", async () => {
  const os = new FakeOs();
  os.deadMansSwitch = () => Promise.reject(new Fault(99, "no process can be started", { remedy: "end some" }));
  const said: string[] = [];
  await withOrders(recording(said, ["app"]), async ({ order, answers }) => {
    await order(up("app"));
    assert.deepEqual(said, []);
    assert.deepEqual((answers[0] as { failure?: unknown }).failure, {
      code: 99,
      message: "no process can be started; end some",
    });
  }, os);
});

Deno.test("a failure carries its code, its text and its remedy", async () => {
  const thrown: [unknown, { code: number; message: RegExp }][] = [
    [new Fault(5, "refused", { remedy: "allow it" }), { code: 5, message: /^refused; allow it$/ }],
    [new Fault(8, "the route is gone"), { code: 8, message: /^the route is gone$/ }],
    [new DOMException("no answer within 9 ms", "TimeoutError"), { code: 6, message: /^Timeout occurred: no answer/ }],
    [new Error("bug"), { code: 99, message: /^bug$/ }],
    ["text", { code: 99, message: /^text$/ }],
  ];
  for (const [error, { code, message }] of thrown) {
    const failing = resource("app", { activate: () => Promise.reject(error), deactivate: () => Promise.reject(error) });
    await withOrders([failing], async ({ order, answers }) => {
      await order(up("app"));
      await order(down("app"));
      for (const answer of answers) {
        const { failure } = answer as { failure: { code: number; message: string } };
        assert.equal(failure.code, code);
        assert.match(failure.message, message);
      }
      assert.equal(answers.length, 2);
    });
  }
});

Deno.test("a drop-in that throws at once, or gives no promise, is a failure or a success like any other", async () => {
  const odd = resource("app", {
    activate: () => {
      throw new Error("at once");
    },
    deactivate: (() => undefined) as unknown as () => Promise<void>,
  });
  await withOrders([odd], async ({ order, answers }) => {
    await order(up("app"));
    await order(down("app"));
    assert.match((answers[0] as { failure: { message: string } }).failure.message, /at once/);
    assert.equal("failure" in answers[1]!, false);
  });
});

Deno.test("tries of one start or stop have pauses between them that grow, and a later order ends a pause", async () => {
  assert.deepEqual([1, 2, 3, 4, 7, 99].map(tryPauseMs), [0, 500, 1_000, 2_000, 10_000, 10_000]);
  const calls: string[] = [];
  await withOrders(recording(calls, ["a"]), async ({ order, answers }) => {
    await order(up("a"));
    const startedMs = performance.now();
    const again = up("a") as Extract<GroupOrder, { do: "activate" }>;
    await order({ ...again, attempt: 2 });
    assert.ok(performance.now() - startedMs >= 490);
    const paused = order({ ...again, attempt: 99 });
    await order(down("a"));
    await paused;
    assert.deepEqual(answers.map(({ type }) => type), ["activated", "activated", "deactivated"]);
  });
});

Deno.test("an activation that takes too long is a timeout with code 6", async () => {
  const slow = resource("app", {
    activate: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  }, { activateTimeoutMs: 30 });
  await withOrders([slow], async ({ order, answers }) => {
    await order(up("app"));
    assert.deepEqual((answers[0] as { failure: { code: number } }).failure.code, 6);
  });
});

Deno.test("a new order ends the one before it, waits for its end, and only the latest is answered", async () => {
  const said: string[] = [];
  const app = resource("app", {
    activate: ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          said.push("told to end");
          setTimeout(() => {
            said.push("ended");
            reject(signal.reason);
          }, 30);
        })
      ),
    deactivate: () => Promise.resolve(void said.push("down")),
  });
  await withOrders([app], async ({ order, answers }) => {
    const first = order(up("app"));
    await sleep(10);
    await Promise.all([first, order(down("app"))]);
    assert.deepEqual(said, ["told to end", "ended", "down"]);
    assert.deepEqual(answers, [{ type: "deactivated", group: "g", resource: "app", epoch: 1 }]);
  });
});

Deno.test("two activations in a row never start two switches, however long one takes to be armed", async () => {
  const os = new FakeOs();
  os.armMs = 400;
  await withOrders(recording([], ["app"]), async ({ order }) => {
    const first = order(up("app", 1));
    await sleep(10);
    const second = order(up("app", 2));
    await Promise.all([first, second]);
    assert.deepEqual(os.said, ["arm"]);
  }, os);
});
