import assert from "node:assert/strict";
import { Contexts } from "../../../core/agent/contexts.ts";
import { Guard } from "../../../core/agent/guard.ts";
import type { DeadMansSwitch, Os, SwitchPlan } from "../../../core/os/os.ts";
import { eventually, FakeOs, group, quiet, resource, sleep } from "../../unit/agent/helpers.ts";

const TIMING = { pauseMs: 90, stopMs: 1_000 };
const signal = new AbortController().signal;

/** A guard on a fake machine, with a permit that lasts as long as `permit.leftMs` says. */
function guarded(os = new FakeOs(), told: string[] = []) {
  const permit = { leftMs: 500 };
  const contexts = new Contexts(
    "server1",
    os as unknown as Os,
    { callTimeoutMs: 1_000 },
    () => quiet,
    () => permit.leftMs,
  );
  const app = resource("app", { guard: () => Promise.resolve([["true"]]) });
  const guard = new Guard(group(app), contexts, TIMING, { tell: (text) => told.push(text) });
  return { os, permit, guard, contexts };
}

Deno.test("a switch is told the end of the permit and the pause as soon as it is armed", async () => {
  const { os, guard, contexts } = guarded();
  guard.live();
  assert.deepEqual(os.alive, []);
  await guard.arm(signal);
  assert.deepEqual(os.alive, [590]);
  await guard.disarm();
  contexts.close();
});

Deno.test("only a permit that ends noticeably later is news; one that has ended is none", async () => {
  const { os, permit, guard, contexts } = guarded();
  await guard.arm(signal);
  guard.live();
  permit.leftMs = 510;
  guard.live();
  assert.equal(os.alive.length, 1);
  permit.leftMs = 800;
  guard.live();
  assert.equal(os.alive.at(-1), 890);
  for (const leftMs of [-91, -Infinity, 100]) {
    permit.leftMs = leftMs;
    guard.live();
  }
  assert.equal(os.alive.length, 2);
  await guard.disarm();
  guard.live();
  assert.equal(os.alive.length, 2);
  contexts.close();
});

Deno.test("a fence keeps the switch off for a pause at a time, and no longer than it lasts", async () => {
  const { os, permit, guard, contexts } = guarded();
  await guard.arm(signal);
  permit.leftMs = -1;
  os.alive.length = 0;
  // What it was told last is still to come.
  await sleep(600);
  assert.equal(os.hurried, 0);
  const letGo = guard.hold();
  await eventually("it is told again and again", () => os.alive.length >= 3);
  letGo();
  assert.equal(os.hurried, 1, "should it fire now, the stop time runs already");
  const told = os.alive.length;
  assert.deepEqual([...new Set(os.alive)], [90]);
  await sleep(100);
  assert.equal(os.alive.length, told);
  await guard.disarm();
  contexts.close();
});

/** A machine whose switches can be ended from outside. */
class Deadly extends FakeOs {
  readonly ends: (() => void)[] = [];

  override async deadMansSwitch(plan: SwitchPlan): Promise<DeadMansSwitch> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ends.push(resolve);
    return { ...await super.deadMansSwitch(plan), ended: promise };
  }
}

Deno.test("a switch that somebody killed is armed again while the permit lasts; one that has fired is not", async () => {
  const os = new Deadly();
  const { permit, guard, contexts } = guarded(os);
  await guard.arm(signal);
  os.ends[0]!();
  await eventually("a new one", () => os.ends.length === 2);
  await eventually("it is told", () => os.alive.length === 2);
  permit.leftMs = -50;
  os.ends[1]!();
  await sleep(20);
  assert.equal(os.ends.length, 2);
  // It is gone, so the next activation arms one.
  permit.leftMs = 500;
  await guard.arm(signal);
  assert.equal(os.ends.length, 3);
  await guard.disarm();
  contexts.close();
});

/** A machine that has no process left for a while. */
class Poor extends Deadly {
  poor = false;
  asked = 0;

  override deadMansSwitch(plan: SwitchPlan): Promise<DeadMansSwitch> {
    this.asked += 1;
    return this.poor ? Promise.reject(new Error("no memory")) : super.deadMansSwitch(plan);
  }
}

Deno.test("a switch that was killed and can't be started again is told of, once, and tried again until it can", async () => {
  const os = new Poor();
  const told: string[] = [];
  const { guard, contexts } = guarded(os, told);
  await guard.arm(signal);
  os.poor = true;
  os.ends[0]!();
  await eventually("two more attempts", () => os.asked === 3);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /dead man's switch of g was killed, and can't be started again \(no memory\)/);
  os.poor = false;
  await eventually("a new one", () => os.ends.length === 2);
  await eventually("it is told", () => os.alive.length === 2);
  await guard.disarm();
  contexts.close();
});

Deno.test("a group that is down needs no new switch", async () => {
  const os = new Poor();
  const { guard, contexts } = guarded(os);
  await guard.arm(signal);
  os.poor = true;
  os.ends[0]!();
  await eventually("an attempt", () => os.asked === 2);
  await guard.disarm();
  os.poor = false;
  await sleep(300);
  assert.equal(os.asked, 2);
  contexts.close();
});

Deno.test("the plan has the order and the shares of a fence, and each command its part", async () => {
  const os = new FakeOs();
  const contexts = new Contexts("server1", os as unknown as Os, { callTimeoutMs: 1 }, () => quiet, () => 500);
  const off = (name: string, more = {}) =>
    resource(name, { guard: () => Promise.resolve([["off", name]]), address: name === "ip", ...more });
  const kill = () => Promise.resolve([["kill", "db"]] as const);
  const resources = group(off("disk"), off("ip"), off("db", { kill }));
  const timing = { pauseMs: 300, stopMs: 1_490 };
  for (
    const [selfFenceAction, times] of [
      ["shutdown", { offMs: 139, stopMs: 321, killMs: 111, againMs: 83, hurriedMs: 61 }],
      ["stop-service", { offMs: 93, stopMs: 214, killMs: 74, againMs: 55, hurriedMs: 61 }],
    ] as const
  ) {
    const guard = new Guard(resources, contexts, timing, { selfFenceAction, mark: ":m:" });
    await guard.arm(signal);
    assert.deepEqual(os.plans.at(-1), {
      group: "g",
      off: [["off", "ip"]],
      stop: [["off", "db"], ["off", "disk"]],
      kill: [["kill", "db"]],
      mark: ":m:",
      ...times,
    });
    await guard.disarm();
  }
  contexts.close();
});

Deno.test("a stop time that is too short for the stop commands is refused with the numbers", async () => {
  const os = new FakeOs();
  const contexts = new Contexts("server1", os as unknown as Os, { callTimeoutMs: 1 }, () => quiet, () => 500);
  const many = Array.from({ length: 9 }, (_, i) => resource(`r${i}`, { guard: () => Promise.resolve([["off"]]) }));
  const guard = new Guard(group(...many), contexts, { pauseMs: 150, stopMs: 597 });
  await assert.rejects(
    guard.arm(signal),
    /would have 28 ms for each of 9 stop commands \(stop time 597 ms, 447 ms of it for the switch, 257 ms of that/,
  );
  assert.equal(os.armed, 0);
  contexts.close();
});

/** A machine on which no switch can leave the cgroup of the agent. */
class Closed extends FakeOs {
  override async deadMansSwitch(plan: SwitchPlan): Promise<DeadMansSwitch> {
    return { ...await super.deadMansSwitch(plan), tied: "it may not" };
  }
}

Deno.test("a switch that ends with the cgroup of the agent is told of, once", async () => {
  const told: string[] = [];
  const { guard, contexts } = guarded(new Closed(), told);
  for (let time = 0; time < 2; time++) {
    await guard.arm(signal);
    await guard.disarm();
  }
  assert.equal(told.length, 1);
  assert.match(told[0]!, /switch of g can't leave the cgroup of the agent \(it may not\)/);
  contexts.close();
});
