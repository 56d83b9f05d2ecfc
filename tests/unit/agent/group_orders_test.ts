import assert from "node:assert/strict";
import { type GroupOrder, GroupOrders } from "../../../core/agent/group_orders.ts";
import type { Event } from "../../../core/cluster/events.ts";
import type { ResourceConfig } from "../../../core/config/config.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { contextsOn, eventually, FakeOs, group, resource, sleep } from "./helpers.ts";

interface Bench {
  os: FakeOs;
  orders: GroupOrders;
  answers: Event[];
  /** Gives an order as the agent does. */
  order(order: GroupOrder): Promise<void>;
}

async function withOrders(resources: ResourceConfig[], work: (bench: Bench) => Promise<void>, os = new FakeOs()) {
  const contexts = contextsOn(os);
  const answers: Event[] = [];
  const orders = new GroupOrders(
    group(...resources),
    contexts,
    { stopMs: 1_500, pauseMs: 300 },
    (event) => answers.push(event),
  );
  try {
    await work({ os, orders, answers, order: (order) => orders.carryOut(order, orders.ticket()) });
  } finally {
    await orders.close();
    await orders.disarm();
    contexts.close();
    await Promise.all(running);
  }
  assert.equal(os.armed, 0, "every switch that was armed is disarmed");
}

const up = (resource: string, epoch = 1, cause: "start" | "failover" = "start"): GroupOrder => ({
  do: "activate",
  group: "g",
  resource,
  epoch,
  cause,
  attempt: 1,
});
const down = (resource: string, epoch = 1): GroupOrder => ({
  do: "deactivate",
  group: "g",
  resource,
  epoch,
  cause: "stop",
  attempt: 1,
});
const fence = (budgetMs: number, epoch = 1): GroupOrder => ({ do: "fence", group: "g", epoch, budgetMs });

/** Resources that write down what is done with them; all of them have something for the switch. */
function recording(said: string[], names: string[], more: Partial<ResourceConfig["plugin"]> = {}): ResourceConfig[] {
  return names.map((name) =>
    resource(name, {
      activate: ({ reason, epoch }) => Promise.resolve(void said.push(`up ${name} ${reason} ${epoch}`)),
      deactivate: ({ reason }) => Promise.resolve(void said.push(`down ${name} ${reason}`)),
      guard: () => Promise.resolve([["off", name]]),
      address: name.startsWith("ip"),
      ...more,
    })
  );
}

/** Runs until it is told to end, and then for as long as it likes. */
const stubborn = (ms: number, then: () => void = () => {}) => () => {
  const work = sleep(ms).then(then).finally(() => running.delete(work));
  running.add(work);
  return work;
};
const running = new Set<Promise<void>>();

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
      const startedMs = performance.now();
      await order(fence(budgetMs));
      const tookMs = performance.now() - startedMs;
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
    const startedMs = performance.now();
    await order(fence(1_000));
    assert.ok(performance.now() - startedMs < 200);
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

Deno.test("a sweep takes down everything, addresses first, and tells what is left", async () => {
  const said: string[] = [];
  const resources = recording(said, ["ip", "disk", "app"]);
  await withOrders(resources, async ({ orders }) => {
    assert.equal(await orders.sweep(new AbortController().signal), undefined);
    assert.deepEqual(said, ["down ip sweep", "down app sweep", "down disk sweep"]);
    resources[1]!.plugin.deactivate = () => Promise.reject(new Fault(99, "busy", { remedy: "unmount it" }));
    resources[2]!.plugin.deactivate = () => Promise.reject(new Error("oh no"));
    assert.deepEqual(await orders.sweep(new AbortController().signal), {
      code: 99,
      message: "app: oh no; disk: busy; unmount it",
    });
  });
});

Deno.test("what can't be prepared is told and keeps nothing from being prepared", async () => {
  const said: string[] = [];
  const resources = [
    resource("a", { prepare: () => Promise.reject(new Fault(5, "no region", { remedy: "set one" })) }),
    resource("b", {}),
    resource("c", { prepare: () => Promise.resolve(void said.push("c prepared")) }),
  ];
  await withOrders(resources, async ({ orders }) => {
    await orders.prepare(new AbortController().signal, (text) => said.push(text));
    assert.deepEqual(said, ["a could not be prepared on this server. (5 : no region; set one)", "c prepared"]);
  });
});

Deno.test("a server that is none of the group's has nothing to remove and nothing to prepare", async () => {
  const said: string[] = [];
  const resources = recording(said, ["a"], {
    prepare: () => Promise.resolve(void said.push("prepared")),
  });
  const contexts = contextsOn(new FakeOs());
  const elsewhere = { ...group(...resources), servers: ["somebody else"] };
  const orders = new GroupOrders(elsewhere, contexts, { stopMs: 1_500, pauseMs: 300 }, () => {});
  try {
    const { signal } = new AbortController();
    assert.equal(await orders.sweep(signal), undefined);
    await orders.prepare(signal, (text) => said.push(text));
    assert.deepEqual(said, []);
    orders.change(group(...resources));
    await orders.sweep(signal);
    assert.deepEqual(said, ["down a sweep"]);
  } finally {
    await orders.close();
    contexts.close();
  }
});
