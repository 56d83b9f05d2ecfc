import { StartInstancesCommand, StopInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import type { Region, Sandbox } from "../../../sandbox/mod.ts";
import { vipTopology } from "../../../sandbox/mod.ts";
import { eventually } from "../../unit/agent/helpers.ts";
import { answers, withSandbox } from "./helpers.ts";

const topology = vipTopology();
const { instanceId } = topology.servers[0]!;
const InstanceIds = [instanceId];

const instanceOf = ({ region }: Sandbox): Region["instances"][number] =>
  region.instances.find(({ id }) => id === instanceId)!;

/** Resolves once it is in that state, which a machine with much else to do takes its time for. */
async function reach(sandbox: Sandbox, state: string, ms = 30_000): Promise<void> {
  const startedMs = performance.now();
  while (instanceOf(sandbox).state !== state) {
    assert.ok(performance.now() - startedMs < ms, `${instanceOf(sandbox).state}, not ${state}, after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("an instance that is not asked to shut down stops sooner, and a stop under way is hastened", () =>
  withSandbox(async (sandbox, client) => {
    // Within less than the 60 s of one that is asked.
    await client.send(new StopInstancesCommand({ InstanceIds, SkipOsShutdown: true }));
    await reach(sandbox, "stopped");
    await client.send(new StartInstancesCommand({ InstanceIds }));
    sandbox.region.instances.find(({ id }) => id === instanceId)!.transitions = [{ state: "running", at: 0 }];
    await reach(sandbox, "running");
    await client.send(new StopInstancesCommand({ InstanceIds }));
    await client.send(new StopInstancesCommand({ InstanceIds, SkipOsShutdown: true }));
    await reach(sandbox, "stopped");
  }, { topology, options: { instanceDelayMs: 60_000, skipShutdownDelayMs: 30 } }));

Deno.test("an operating system that hangs is only got off by force, or by not asking it", () =>
  withSandbox(async (sandbox, client) => {
    instanceOf(sandbox).wedged = true;
    await client.send(new StopInstancesCommand({ InstanceIds }));
    await new Promise((resolve) => setTimeout(resolve, 80));
    assert.equal(instanceOf(sandbox).state, "stopping");
    await client.send(new StopInstancesCommand({ InstanceIds, Force: true }));
    await reach(sandbox, "stopped");
  }, { topology, options: { instanceDelayMs: 20, forceDelayMs: 60 } }));

Deno.test("what can't be stopped so is refused with EC2's code, and stays as it is", () =>
  withSandbox(async (sandbox, client) => {
    instanceOf(sandbox).instanceType = "m4.large";
    const xen = await answers(
      "OperationNotPermitted",
      client.send(new StopInstancesCommand({ InstanceIds, SkipOsShutdown: true })),
    );
    assert.match(xen.message, /SkipOsShutdown/);
    instanceOf(sandbox).stopProtection = true;
    const protectedOne = await answers(
      "OperationNotPermitted",
      client.send(new StopInstancesCommand({ InstanceIds, Force: true })),
    );
    assert.match(protectedOne.message, /disableApiStop/);
    assert.equal(instanceOf(sandbox).state, "running");
  }, { topology }));

Deno.test("termination ends in a state that nothing leaves", () =>
  withSandbox(async (sandbox, client) => {
    const { TerminatingInstances } = await client.send(new TerminateInstancesCommand({ InstanceIds }));
    assert.equal(TerminatingInstances![0]!.CurrentState?.Name, "shutting-down");
    await answers("IncorrectInstanceState", client.send(new StopInstancesCommand({ InstanceIds })));
    await reach(sandbox, "terminated");
    await client.send(new TerminateInstancesCommand({ InstanceIds }));
    await answers("IncorrectInstanceState", client.send(new StopInstancesCommand({ InstanceIds })));
    await answers("IncorrectInstanceState", client.send(new StartInstancesCommand({ InstanceIds })));
  }, { topology, options: { instanceDelayMs: 30 } }));

Deno.test("the metadata service of a server that is off does not answer", () =>
  withSandbox(async (sandbox) => {
    const ask = async () => {
      const response = await fetch(`${sandbox.imdsEndpoint("server1")}/latest/meta-data/instance-id`);
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await ask(), 401);
    instanceOf(sandbox).state = "stopped";
    await assert.rejects(ask());
    instanceOf(sandbox).state = "running";
    assert.equal(await ask(), 401);
  }, { topology }));

Deno.test("an instance is stopped only when the machine that plays it is off, and runs once it is on", async () => {
  const told: string[] = [];
  let release = () => {};
  const off = new Promise<void>((resolve) => release = resolve);
  await withSandbox(async (sandbox, client) => {
    await client.send(new StopInstancesCommand({ InstanceIds }));
    await eventually("the machine is told", () => told.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.deepEqual([told, instanceOf(sandbox).state], [["server1 off"], "stopping"]);
    release();
    await reach(sandbox, "stopped");
    await client.send(new StartInstancesCommand({ InstanceIds }));
    await reach(sandbox, "running");
    assert.deepEqual(told, ["server1 off", "server1 on"]);
  }, {
    topology,
    options: {
      instanceDelayMs: 20,
      power: (server, power) => {
        told.push(`${server} ${power}`);
        return power === "off" ? off : undefined;
      },
    },
  });
});

Deno.test("a machine that can't be turned off leaves its instance on its way, and nothing is left at the end", () =>
  withSandbox(async (sandbox, client) => {
    await client.send(new StopInstancesCommand({ InstanceIds }));
    await new Promise((resolve) => setTimeout(resolve, 80));
    assert.equal(instanceOf(sandbox).state, "stopping");
  }, {
    topology,
    options: { instanceDelayMs: 10, power: () => Promise.reject(new Error("it holds on")) },
  }));
