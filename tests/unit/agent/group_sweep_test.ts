import assert from "node:assert/strict";
import { GroupOrders } from "../../../core/agent/group_orders.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { recording, withOrders } from "./group_orders_bench.ts";
import { contextsOn, FakeOs, group, resource } from "./helpers.ts";

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
