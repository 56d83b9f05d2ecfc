import assert from "node:assert/strict";
import { adoptable } from "../../../core/cluster/adopt.ts";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Event } from "../../../core/cluster/events.ts";
import type { ClusterSpec, GroupSpec, MonitorSpec } from "../../../core/cluster/spec.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { addGroup, takeFile } from "../../../core/simulation/rolling.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";
import { step } from "./quick_disk.ts";

function group(name: string, more: Partial<GroupSpec> = {}): GroupSpec {
  const resource = { name: `${name}-app`, address: false, activateRetries: 1, deactivateRetries: 1 };
  return {
    name,
    servers: ["server1"],
    startup: "auto",
    failover: "auto",
    failback: "manual",
    resources: [{ ...resource, deactivateFinalAction: "none" }],
    ...more,
  };
}

function monitor(name: string, more: Partial<MonitorSpec["recovery"]> = {}): MonitorSpec {
  const target = { kind: "group", group: "g" } as const;
  const recovery = { target, maxReactivations: 5, maxFailovers: 0, finalAction: "none", onUnknown: "ignore" } as const;
  return { name, timing: "always", retries: 0, recovery: { ...recovery, ...more } };
}

function spec(more: Partial<ClusterSpec> = {}): ClusterSpec {
  return {
    servers: ["server1"],
    tieBreaker: false,
    witness: false,
    timing: TIMING_PRESETS.fast,
    selfFenceAction: "shutdown",
    groups: [group("g")],
    monitors: [monitor("m")],
    ...more,
  };
}

Deno.test("an engine that runs takes other monitors, recovery rules, preferences and new groups, and nothing it has promised by", () => {
  const yes = (after: Partial<ClusterSpec>) =>
    assert.equal(adoptable(spec(), spec(after)), true, JSON.stringify(after));
  const no = (after: Partial<ClusterSpec>) =>
    assert.equal(adoptable(spec(), spec(after)), false, JSON.stringify(after));
  yes({});
  yes({ monitors: [] });
  yes({ monitors: [monitor("m", { maxReactivations: 1 }), monitor("n")] });
  yes({ groups: [group("h"), group("g")] });
  yes({ groups: [group("g", { failback: "auto", policy: "priority" })] });
  yes({ maxPowerActions: 1, exclusions: [] });
  const [resource] = group("g").resources;
  yes({ groups: [group("g", { resources: [{ ...resource!, activateRetries: 9 }] })] });
  no({ servers: ["server1", "server2"] });
  no({ tieBreaker: true });
  no({ witness: true });
  no({ fence: { wait: "auto" } });
  no({ timing: TIMING_PRESETS.standard });
  no({ selfFenceAction: "reboot" });
  no({ survivor: "server1" });
  no({ groups: [] });
  no({ groups: [group("g", { servers: ["server2"] })] });
  no({ groups: [group("g", { startup: "manual" })] });
  no({ groups: [group("g", { resources: [{ ...resource!, name: "other" }] })] });
});

/** The only server of its cluster. */
function alone() {
  const engine = new Engine({
    spec: spec(),
    me: "server1",
    incarnation: "1",
    durable: emptyDurableState(),
    remembers: true,
    nowMs: 0,
    seed: 1,
  });
  return { step: (event: Event, nowMs: number) => step(engine, event, nowMs), view: () => engine.view() };
}

Deno.test("a new group of a running engine is swept before it is claimed, and what runs already stays as it is", () => {
  const engine = alone();
  engine.step({ type: "tick" }, 0);
  engine.step({ type: "swept", group: "g" }, 1);
  engine.step({ type: "activated", group: "g", resource: "g-app", epoch: 1 }, 2);
  const status = (name: string) => engine.view().groups.find((one) => one.name === name)?.status;
  assert.equal(status("g"), "online");
  const taken = engine.step({ type: "file", spec: spec({ groups: [group("g"), group("h")] }) }, 10);
  assert.deepEqual(taken.commands, []);
  assert.deepEqual([status("g"), status("h")], ["online", "offline"]);
  assert.deepEqual(engine.step({ type: "tick" }, 300).commands, []);
  const [order] = engine.step({ type: "swept", group: "h" }, 310).commands;
  assert.ok(order?.do === "activate" && order.group === "h" && order.epoch === 1, JSON.stringify(order));
});

Deno.test("monitors that are gone are stopped, new ones are started, and changed ones count on with their new rules", () => {
  const engine = alone();
  const first = engine.step({ type: "tick" }, 0);
  assert.deepEqual(first.commands, [{ do: "monitor", monitor: "m", run: true }]);
  const next = spec({ monitors: [monitor("n"), monitor("m", { maxReactivations: 0, finalAction: "stop-group" })] });
  assert.deepEqual(engine.step({ type: "file", spec: next }, 10).commands, [{
    do: "monitor",
    monitor: "n",
    run: true,
  }]);
  engine.step({ type: "swept", group: "g" }, 20);
  engine.step({ type: "activated", group: "g", resource: "g-app", epoch: 1 }, 21);
  const judged = engine.step({ type: "verdict", monitor: "m", verdict: { status: "error", message: "down" } }, 30);
  assert.match(judged.reasons.map(({ text }) => text).join(), /Final action stop-group/);
  const gone = engine.step({ type: "file", spec: spec({ monitors: [] }) }, 40);
  assert.deepEqual(
    gone.commands.filter((command) => command.do === "monitor"),
    [{ do: "monitor", monitor: "n", run: false }, { do: "monitor", monitor: "m", run: false }],
  );
});

Deno.test("a file that an engine can't go on with is no event for it", () => {
  assert.throws(() => alone().step({ type: "file", spec: spec({ tieBreaker: true }) }, 1), /can't take this file up/);
});

Deno.test("a new group goes to its preferred server, also where another one has the file a moment earlier", () => {
  const before = clusterOf("three", 1);
  const world = new World(before, 1);
  world.startAll();
  world.run(3 * before.timing.takeoverMs);
  addGroup(world, "failover2");
  const [server1, ...others] = world.machines;
  for (const machine of others) takeFile(world, machine);
  world.run(500);
  assert.deepEqual(world.online("failover2"), [], "server1 gets time to hear of it");
  takeFile(world, server1!);
  world.run(1_000);
  assert.deepEqual(world.online("failover2"), ["server1"]);
});

Deno.test("a new group does not wait for ever for a preferred server that takes no new file", () => {
  const before = clusterOf("three", 1);
  const world = new World(before, 1);
  world.startAll();
  world.run(3 * before.timing.takeoverMs);
  addGroup(world, "failover2");
  for (const machine of world.machines.slice(1)) takeFile(world, machine);
  world.run(2 * before.timing.takeoverMs);
  assert.deepEqual(world.online("failover2"), ["server2"]);
});
