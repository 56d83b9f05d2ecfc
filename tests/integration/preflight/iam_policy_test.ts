/** The policy of a file is what its types call: neither more nor less, as the sandbox's log of calls shows. */
import assert from "node:assert/strict";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import { iamPolicy } from "../../../core/preflight/iam_policy.ts";
import { Contexts } from "../../../core/agent/contexts.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import { join } from "node:path";
import { notWell, onBench, type PreflightBench, SELF } from "./bench.ts";

const never = new AbortController().signal;
const actionsOf = (bench: PreflightBench) => iamPolicy(bench.config, {}).actions.map(({ action }) => action);

/** A takeover, a look of every monitor, a fence's readiness, an orderly stop: everything but a real shot. */
async function live({ config, folder }: PreflightBench): Promise<void> {
  const os = new SimulatedOs(join(folder, "machine"), () => {});
  const contexts = new Contexts(SELF, os, config.aws, () => ({ debug() {}, info() {}, warn() {} }), () => 60_000);
  try {
    const resources = config.groups.flatMap((group) => group.resources);
    for (const { plugin, ...subject } of resources) {
      await plugin.prepare?.(contexts.of(subject, never));
      await plugin.activate(activateContext(contexts.of(subject, never), "failover", 2));
    }
    for (const { plugin, ...subject } of config.monitors) {
      const verdict = await plugin.check(contexts.of(subject, never));
      assert.equal(verdict.status, "normal", verdict.message);
    }
    const fence = config.fence!;
    const subject = { name: "fence", options: fence.options };
    await fence.plugin.prepare?.(contexts.of(subject, never));
    assert.equal((await fence.plugin.ready(contexts.fence(subject, "server1", never))).status, "normal");
    for (const { plugin, ...subject } of resources.toReversed()) {
      await plugin.deactivate(deactivateContext(contexts.of(subject, never), "stop"));
    }
  } finally {
    contexts.close();
  }
}

for (const kind of ["vip", "eip"] as const) {
  Deno.test(`iam-policy of the guide's ${kind} cluster: nothing outside it is called, and nothing in it is unused`, async () => {
    let policy: string[] = [];
    await onBench(kind, {}, (bench) => Promise.resolve(void (policy = actionsOf(bench))));
    // Nothing else is allowed now, so whatever was missing would fail here.
    await onBench(kind, { allow: policy }, async (bench) => {
      assert.deepEqual(notWell(await bench.run()), []);
      await live(bench);
      const called = new Set(bench.sandbox.calls.list().map(({ action }) => `ec2:${action}`));
      assert.deepEqual([...called].sort(), [...policy].sort());
    });
  });

  Deno.test(`iam-policy of the guide's ${kind} cluster: without any one of its actions something is missing`, async () => {
    let policy: string[] = [];
    await onBench(kind, {}, (bench) => Promise.resolve(void (policy = actionsOf(bench))));
    for (const action of policy) {
      await onBench(kind, { allow: policy.filter((one) => one !== action) }, async (bench) => {
        const told = notWell(await bench.run()).filter(({ status }) => status === "error");
        assert.ok(
          told.some(({ remedy, message }) => `${message} ${remedy}`.includes(action)),
          `${action} is not missed`,
        );
      });
    }
  });
}

Deno.test("iam-policy names what AWS lets be named, in the region and account of the cluster", () =>
  onBench("eip", {}, ({ config }) => {
    const { document } = iamPolicy(config, { region: "cn-north-1", account: "123456789012" });
    const of = (action: string) => document.Statement.find(({ Action }) => Action.includes(action));
    assert.deepEqual(of("ec2:AssociateAddress")?.Resource, [
      "arn:aws-cn:ec2:cn-north-1:123456789012:elastic-ip/eipalloc-1234abcd",
      "arn:aws-cn:ec2:cn-north-1:123456789012:network-interface/eni-249f6c6d",
      "arn:aws-cn:ec2:cn-north-1:123456789012:network-interface/eni-3c8a1e5f",
    ]);
    assert.equal(of("ec2:DescribeAddresses")?.Resource, "*");
    assert.ok([of("ec2:StopInstances")?.Resource].flat().every((arn) => /:instance\/i-\w+$/.test(arn ?? "")));
    assert.ok(document.Statement.every(({ Action }) => Action.every((action) => !action.includes("*"))));
    // What is not known stays in words that IAM refuses.
    assert.match(JSON.stringify(iamPolicy(config, {}).document), /arn:aws:ec2:REGION:ACCOUNT:/);
    return Promise.resolve();
  }));

Deno.test("iam-policy prints the partition of every kind of region", () =>
  onBench("eip", {}, ({ config }) => {
    const partitions: [region: string, partition: string][] = [
      ["us-gov-west-1", "aws-us-gov"],
      ["us-iso-east-1", "aws-iso"],
      ["us-isob-east-1", "aws-iso-b"],
      ["eu-isoe-west-1", "aws-iso-e"],
      ["us-isof-south-1", "aws-iso-f"],
      ["eusc-de-east-1", "aws-eusc"],
      ["us-east-1", "aws"],
    ];
    for (const [region, partition] of partitions) {
      const text = JSON.stringify(iamPolicy(config, { region, account: "123456789012" }).document);
      assert.ok(text.includes(`arn:${partition}:ec2:${region}:123456789012:elastic-ip/eipalloc-1234abcd`), text);
    }
    return Promise.resolve();
  }));

Deno.test("iam-policy: a VIP may be moved in its own VPC only, and listed tables only there", async () => {
  await onBench("vip", {}, ({ config }) => {
    const { document } = iamPolicy(config, { region: "ap-northeast-1", account: "123456789012" });
    const route = document.Statement.find(({ Action }) => Action.includes("ec2:ReplaceRoute"));
    assert.equal(route?.Resource, "arn:aws:ec2:ap-northeast-1:123456789012:route-table/*");
    assert.deepEqual(route?.Condition, {
      ArnEquals: { "ec2:Vpc": "arn:aws:ec2:ap-northeast-1:123456789012:vpc/vpc-1234abcd" },
    });
    return Promise.resolve();
  });
  await onBench("vip", { file: [["ip: 10.1.0.20,", "ip: 10.1.0.20, tables: [rtb-0000ab01],"]] }, ({ config }) => {
    const { document } = iamPolicy(config, {});
    const route = document.Statement.find(({ Action }) => Action.includes("ec2:ReplaceRoute"));
    assert.equal(route?.Resource, "arn:aws:ec2:REGION:ACCOUNT:route-table/rtb-0000ab01");
    return Promise.resolve();
  });
});
