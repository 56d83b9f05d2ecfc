import assert from "node:assert/strict";
import { Fault } from "../../../core/plugin/fault.ts";
import { down, fence, recording, stubborn, up, withOrders } from "../../unit/agent/group_orders_bench.ts";
import { eventually, FakeOs, resource, sleep } from "../../unit/agent/helpers.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

Deno.test("an order that waited for the disk while a later one was given is not carried out", async () => {
  const said: string[] = [];
  await withOrders(recording(said, ["app"]), async ({ orders, answers }) => {
    const early = orders.ticket();
    const late = orders.ticket();
    await orders.carryOut(fence(500), late);
    await orders.carryOut(up("app"), early);
    assert.deepEqual(said, ["down app fence"]);
    assert.deepEqual(answers.map(({ type }) => type), ["fenced"]);
  });
});

Deno.test("a fence drops what is under way, takes all addresses first and the rest in reverse order", async () => {
  const said: string[] = [];
  const resources = recording(said, ["ip1", "disk", "ip2", "app"]);
  resources[3]!.plugin.activate = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  await withOrders(resources, async ({ order, answers, os }) => {
    for (const name of ["ip1", "disk", "ip2"]) await order(up(name));
    said.length = 0;
    const hanging = order(up("app"));
    await sleep(5);
    await Promise.all([order(fence(1_000)), hanging]);
    assert.deepEqual(said, ["down ip2 fence", "down ip1 fence", "down app fence", "down disk fence"]);
    assert.deepEqual(answers.at(-1), { type: "fenced", group: "g", epoch: 1 });
    await eventually("disarmed", () => os.armed === 0);
  });
});

Deno.test("a fence is answered within its budget although everything ignores its signal", async () => {
  for (const budgetMs of [200, 500]) {
    const deaf = ["ip", "disk", "app"].map((name) =>
      resource(name, { address: name === "ip", activate: stubborn(400), deactivate: stubborn(2 * budgetMs) })
    );
    await withOrders(deaf, async ({ order, answers }) => {
      void order(up("app"));
      await sleep(5);
      const watch = new Stopwatch();
      await order(fence(budgetMs));
      const tookMs = watch.ownMs;
      assert.ok(tookMs <= budgetMs + 100, `${tookMs} of ${budgetMs} ms`);
      const { failure } = answers[0] as { failure: { message: string } };
      for (const name of ["ip", "disk", "app"]) assert.ok(failure.message.includes(`${name}: `), failure.message);
    });
  }
});

Deno.test("an address that hangs does not keep the rest of a group alive", async () => {
  const said: string[] = [];
  const resources = [resource("ip", { address: true, deactivate: stubborn(500) }), ...recording(said, ["app"])];
  await withOrders(resources, async ({ order, answers }) => {
    await order(fence(400));
    assert.deepEqual(said, ["down app fence"]);
    assert.match((answers[0] as { failure: { message: string } }).failure.message, /^ip: no answer/);
  });
});

Deno.test("a fence that leaves something keeps the switch armed", async () => {
  const os = new FakeOs();
  const app = resource("app", {
    deactivate: () => Promise.reject(new Fault(1, "it hangs", { remedy: "kill it" })),
    guard: () => Promise.resolve([["off"]]),
  });
  await withOrders([app], async ({ order, answers }) => {
    await order(up("app"));
    await order(fence(300));
    assert.deepEqual((answers.at(-1) as { failure: unknown }).failure, {
      code: 99,
      message: "app: it hangs; kill it",
    });
    assert.equal(os.armed, 1);
  }, os);
});

Deno.test("the answer to a fence does not wait for the switch, and the next activation has one again", async () => {
  const os = new FakeOs();
  os.disarmMs = 300;
  await withOrders(recording([], ["app"]), async ({ order, answers }) => {
    await order(up("app"));
    const watch = new Stopwatch();
    await order(fence(1_000));
    assert.ok(watch.ownMs < 200);
    assert.deepEqual(answers.at(-1), { type: "fenced", group: "g", epoch: 1 });
    await order(up("app", 2));
    assert.deepEqual(os.said, ["arm", "disarm", "arm"]);
    assert.equal(os.armed, 1);
  }, os);
});

Deno.test("an activation that is told to end while the switch is being armed never begins", async () => {
  const os = new FakeOs();
  os.armMs = 150;
  const said: string[] = [];
  await withOrders(recording(said, ["app"]), async ({ order }) => {
    const first = order(up("app"));
    await sleep(10);
    await Promise.all([order(fence(1_000)), first]);
    await sleep(200);
    assert.deepEqual(said, ["down app fence"]);
  }, os);
});

Deno.test("what an activation that ignored its end puts up late is taken down again before the fence is answered", async () => {
  let on = false;
  const late = resource("app", {
    activate: stubborn(300, () => on = true),
    deactivate: () => Promise.resolve(void (on = false)),
  });
  await withOrders([late], async ({ order, answers }) => {
    void order(up("app"));
    await sleep(5);
    await order(fence(1_000));
    assert.deepEqual(answers, [{ type: "fenced", group: "g", epoch: 1 }]);
    assert.equal(on, false);
    await sleep(350);
    assert.equal(on, false);
  });
});

Deno.test("nothing counts as down while an activation of it still runs", async () => {
  const late = resource("app", { activate: stubborn(900) }, { activateTimeoutMs: 20, deactivateTimeoutMs: 100 });
  await withOrders([late], async ({ order, answers }) => {
    await order(up("app"));
    await order(down("app"));
    await order(fence(200));
    for (const answer of answers.slice(1)) {
      assert.match((answer as { failure: { message: string } }).failure.message, /an activation of app .*still runs/);
    }
    assert.equal(answers.length, 3);
  });
});

Deno.test("a fence that is ordered once more while the first one hangs is the one that is answered, and the switch is held all the time", async () => {
  const os = new FakeOs();
  let hangs = true;
  const app = resource("app", {
    deactivate: () => hangs ? stubborn(1_500)() : Promise.resolve(),
    guard: () => Promise.resolve([["off"]]),
  });
  await withOrders([app], async ({ order, answers }) => {
    await order(up("app"));
    const first = order(fence(1_000));
    await sleep(200);
    hangs = false;
    await order(fence(3_000));
    assert.deepEqual(answers.at(-1), { type: "fenced", group: "g", epoch: 1 });
    await first;
    assert.equal(answers.filter(({ type }) => type === "fenced").length, 1);
    await eventually("disarmed", () => os.armed === 0);
  }, os);
});
