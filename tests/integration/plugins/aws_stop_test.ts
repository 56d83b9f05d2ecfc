/** What only EC2 can do to a fence: old reads, throttling, instance types, protection, and a race of two fences. */
import assert from "node:assert/strict";
import type { InstanceState, InstanceStateName, StopAnswer } from "../../../core/aws/ec2.ts";
import { createEc2 } from "../../../core/aws/ec2_client.ts";
import { Ec2Sdk } from "../../../core/aws/ec2_sdk.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import awsStop from "../../../plugins/fence/aws-stop.ts";
import type { AwsStopOptions } from "../../../plugins/fence/aws_instances.ts";
import { AwsShot } from "../../../plugins/fence/aws_shot.ts";
import type { SandboxOptions } from "../../../sandbox/mod.ts";
import { FakeEc2 } from "../../conformance/fake_ec2.ts";
import { createFenceBench, type FenceBench, SHOOTER } from "../../conformance/fence_bench.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

type Choices = Partial<AwsStopOptions> & { deadlineMs?: number; other?: string };

function contextOf(bench: FenceBench, { deadlineMs = 5_000, other = bench.target.id, ...choices }: Choices = {}) {
  const options: AwsStopOptions = { instance: bench.own.id, skipOsShutdown: "auto", pollInterval: 20, ...choices };
  return bench.context(options, { ...options, instance: other }, AbortSignal.timeout(deadlineMs));
}

const stop = (bench: FenceBench, choices?: Choices) => awsStop.stop(contextOf(bench, choices));
const ready = (bench: FenceBench, choices?: Choices) => awsStop.ready(contextOf(bench, choices));

async function faultOf(call: Promise<unknown>): Promise<Fault> {
  const error = await call.then((value) => value, (thrown: unknown) => thrown);
  assert.ok(error instanceof Fault, `expected a Fault, got ${String(error)}`);
  return error;
}

const test = (
  title: string,
  body: (bench: FenceBench) => Promise<void>,
  options?: SandboxOptions & { givenKeys?: boolean },
) =>
  Deno.test(`aws-stop: ${title}`, async () => {
    await using bench = await createFenceBench(options);
    await body(bench);
  });

test("one stop is sent, forced and without asking the operating system", async (bench) => {
  assert.match(await stop(bench), new RegExp(`^${bench.target.id} is stopped`));
  const sent = bench.sandbox.calls.list({ action: "StopInstances" });
  assert.deepEqual(sent.map(({ params }) => [params.Force, params.SkipOsShutdown]), [["true", "true"]]);
});

for (const state of ["stopping", "stopped", "shutting-down", "terminated", "pending"] as const) {
  test(`who is ${state} itself stops nobody`, async (bench) => {
    // Its credentials come from the metadata service, which is gone with the machine.
    await awsStop.prepare?.(contextOf(bench));
    bench.own.state = state;
    const fault = await faultOf(stop(bench));
    assert.match(fault.message, new RegExp(`own instance ${bench.own.id} is ${state}`));
    assert.ok(!fault.uncertain);
    assert.deepEqual(bench.stops(), []);
    assert.equal(bench.target.state, "running");
  });
}

test("whose own stop begins while it looks does not shoot either", async (bench) => {
  bench.target.state = "stopping";
  const shot = faultOf(stop(bench));
  await until(() => bench.sandbox.calls.list({ action: "DescribeInstances" }).length > 2);
  bench.own.state = "stopping";
  assert.match((await shot).message, /who is being stopped stops nobody/);
  assert.deepEqual(bench.stops(), []);
});

for (const state of ["stopping", "shutting-down", "pending"] as const) {
  test(`${state} is not off`, async (bench) => {
    bench.target.state = state;
    // It stays as it is: nothing follows a stop here.
    bench.target.wedged = true;
    bench.target.instanceType = "m4.large";
    const fault = await faultOf(stop(bench, { deadlineMs: 1_500 }));
    assert.ok(fault.uncertain);
    assert.match(fault.message, state === "pending" ? /last seen stopping/ : new RegExp(`last seen ${state}`));
  }, { forceDelayMs: 60_000 });
}

test("one that somebody else stops is waited for, and told only once it is stopped", async (bench) => {
  bench.target.state = "stopping";
  setTimeout(() => bench.target.state = "stopped", 100);
  assert.match(await stop(bench), /is stopped/);
  assert.deepEqual(bench.stops(), [`${bench.target.id} ok`]);
});

test("terminated is off without a stop", async (bench) => {
  bench.target.state = "terminated";
  assert.match(await stop(bench), /is terminated/);
  assert.deepEqual(bench.stops(), []);
});

test("an old read that shows it stopped does not count", async (bench) => {
  // It was stopped, and has been started since: reads do not know it yet.
  const { sandbox, target } = bench;
  await sandboxStop(bench, "StopInstances");
  await until(() => sandbox.region.instances.find(({ id }) => id === target.id)!.state === "stopped");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const stoppedMs = performance.now();
  await sandboxStop(bench, "StartInstances");
  await until(() => sandbox.region.instances.find(({ id }) => id === target.id)!.state === "running");
  target.wedged = true;
  target.instanceType = "m4.large";
  const ms = Math.round(performance.now() - stoppedMs) + 180;
  sandbox.faults.add({ kind: "stale", ms, action: "DescribeInstances" });
  const fault = await faultOf(stop(bench, { deadlineMs: 2_000 }));
  assert.match(fault.message, /is not known to be off .*: EC2 has taken the stop/);
  assert.ok(bench.logged.some((line) => /was running and is told to stop/.test(line)));
  assert.equal(sandbox.region.instances.find(({ id }) => id === target.id)!.state, "stopping");
}, { instanceDelayMs: 80, forceDelayMs: 60_000 });

test("throttled for a while, cut off for a while: confirmed all the same", async (bench) => {
  const { faults } = bench.sandbox;
  faults.add({ kind: "throttle", count: 6 });
  faults.add({ kind: "lost", action: "StopInstances", count: 1 });
  faults.add({ kind: "error", code: "InternalError", status: 500, action: "DescribeInstances", count: 2 });
  assert.match(await stop(bench, { deadlineMs: 20_000 }), /is stopped/);
});

test("credentials that can't be had at the moment are no refusal", async (bench) => {
  const { faults } = bench.sandbox;
  faults.add({ kind: "error", code: "RequestExpired", status: 400, action: "StopInstances", count: 1 });
  assert.match(await stop(bench), /is stopped/);
  assert.ok(bench.logged.some((line) => /goes on looking: StopInstances of .* was not accepted with/.test(line)));
});

test("an instance type on Xen is stopped with its shutdown, unless that must be skipped", async (bench) => {
  bench.target.instanceType = "t2.micro";
  assert.match((await ready(bench)).message, /t2\.micro has its operating system asked first/);
  assert.equal((await ready(bench, { skipOsShutdown: "always" })).status, "error");
  const fault = await faultOf(stop(bench, { skipOsShutdown: "always" }));
  assert.match(fault.remedy, /skipOsShutdown to auto/);
  assert.equal(bench.target.state, "running");
  assert.match(await stop(bench), /is stopped/);
  assert.deepEqual(bench.stops().slice(1), [
    `${bench.target.id} OperationNotPermitted`,
    `${bench.target.id} ok`,
  ]);
});

test("never does not try to skip", async (bench) => {
  assert.match(await stop(bench, { skipOsShutdown: "never" }), /is stopped/);
  const [sent] = bench.sandbox.calls.list({ action: "StopInstances" });
  assert.deepEqual([sent!.params.Force, sent!.params.SkipOsShutdown], ["true", undefined]);
});

test("stop protection is not taken for a type that can't skip, and the fault says how to get rid of it", async (bench) => {
  bench.target.stopProtection = true;
  const fault = await faultOf(stop(bench));
  assert.match(fault.remedy, /stop protection of i-\w+ off \(its attribute disableApiStop\)/);
  assert.deepEqual(bench.stops(), [`${bench.target.id} OperationNotPermitted`]);
  await assert.rejects(ready(bench), (error) => error instanceof Fault && !error.uncertain);
});

test("an instance that EC2 does not know is not off", async (bench) => {
  const unknown = "i-0bad0bad0bad0bad1";
  const fault = await faultOf(stop(bench, { other: unknown }));
  assert.match(fault.message, /knows no instance i-0bad0bad0bad0bad1 of server1 .*no proof/);
  assert.match(fault.remedy, /baton confirm-stopped server1/);
  await assert.rejects(ready(bench, { other: unknown }), /no proof/);
  assert.deepEqual(bench.stops(), []);
});

/** EC2 that shows the target in these states, one after the other and then the last for ever. */
class Shown extends FakeEc2 {
  stops = 0;

  constructor(private readonly own: string, private readonly states: (InstanceStateName | null)[]) {
    super();
  }

  override instanceState(id: string): Promise<InstanceState | null> {
    const name = id === this.own ? "running" : this.states.length > 1 ? this.states.shift()! : this.states[0]!;
    return Promise.resolve(name === null ? null : { id, name, reason: "", instanceType: "t3.small" });
  }

  override stopInstance(): Promise<StopAnswer> {
    this.stops += 1;
    return Promise.resolve({ kind: "accepted", previous: "stopping", current: "stopping" });
  }
}

const shown = async (bench: FenceBench, states: (InstanceStateName | null)[], againMs: number) => {
  const ec2 = new Shown(bench.own.id, states);
  return { proof: await new AwsShot(ec2, contextOf(bench), againMs).confirmed(), stops: ec2.stops };
};

test("one that was seen and is not shown for a moment is looked for again", async (bench) => {
  const { proof, stops } = await shown(bench, ["running", null, null, "stopping", null, "stopped"], 60_000);
  assert.deepEqual([proof, stops], [`${bench.target.id} is stopped`, 1]);
});

test("one that is stuck on its way is told once more, one that shuts down for good is not", async (bench) => {
  const stuck: InstanceStateName[] = [...Array<InstanceStateName>(12).fill("stopping"), "stopped"];
  const { stops } = await shown(bench, stuck, 100);
  assert.ok(stops >= 1 && stops <= 4, `told ${stops} times`);
  const ending: InstanceStateName[] = [...Array<InstanceStateName>(12).fill("shutting-down"), "terminated"];
  assert.deepEqual(await shown(bench, ending, 0), { proof: `${bench.target.id} is terminated`, stops: 0 });
});

test("wrong credentials end the attempt at once, so that it is told", async (bench) => {
  bench.sandbox.faults.add({ kind: "error", code: "AuthFailure", status: 401, action: "StopInstances" });
  const watch = new Stopwatch();
  assert.match((await faultOf(stop(bench))).message, /StopInstances of i-\w+ was not accepted with these credentials/);
  assert.ok(watch.ownMs < 2_000);
});

test("the own instance is checked against the metadata service, and two servers can't share one", async (bench) => {
  const swapped = await faultOf(stop(bench, { instance: bench.target.id, other: bench.own.id }));
  assert.match(swapped.message, new RegExp(`runs on ${bench.own.id}, not on ${bench.target.id}`));
  assert.match((await faultOf(stop(bench, { other: bench.own.id }))).message, /have the same instance/);
  await assert.rejects(ready(bench, { other: bench.own.id }), /have the same instance/);
  assert.deepEqual(bench.stops(), []);
});

test("a silent metadata service is no objection", async (bench) => {
  bench.sandbox.imds(SHOOTER).mode = "unreachable";
  assert.match(await stop(bench), /is stopped/);
  assert.equal(bench.target.state, "stopped");
  // The credentials come from it as well; here they are given.
}, { givenKeys: true });

test("a target that is gone for good is said before it is needed", async (bench) => {
  bench.target.state = "terminated";
  const verdict = await ready(bench);
  assert.deepEqual([verdict.status, verdict.code], ["error", 5]);
  assert.match(verdict.message, /never comes back/);
});

test("only a fence may stop instances", async (bench) => {
  const sdk = new Ec2Sdk({ callTimeoutMs: 1_000, way: bench.way });
  try {
    for (const binding of [{}, { permitRemainingMs: () => 10_000 }]) {
      const how = { force: true, skipOsShutdown: true };
      const { signal } = new AbortController();
      const fault = await faultOf(createEc2(sdk, binding).stopInstance(bench.target.id, how, { signal }));
      assert.match(fault.message, /was not sent: only a fence stops instances/);
    }
  } finally {
    sdk.close();
  }
  assert.equal(bench.target.state, "running");
});

/** Somebody else stops or starts the target. */
async function sandboxStop({ sandbox, target }: FenceBench, action: "StopInstances" | "StartInstances"): Promise<void> {
  const response = await fetch(sandbox.endpoint(SHOOTER), {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: "AWS4-HMAC-SHA256 Credential=AKIAUNITTEST/20260101/ap-northeast-1/ec2/aws4_request, " +
        "SignedHeaders=host, Signature=0",
    },
    body: new URLSearchParams({ Action: action, Version: "2016-11-15", "InstanceId.1": target.id }),
  });
  assert.equal(response.status, 200, await response.text());
}

async function until(met: () => boolean): Promise<void> {
  for (let look = 0; look < 4_000 && !met(); look++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(met());
}
