import { join } from "node:path";
import awsEip from "../../../plugins/resources/aws-eip.ts";
import awsVip from "../../../plugins/resources/aws-vip.ts";
import script from "../../../plugins/resources/script.ts";
import service from "../../../plugins/resources/service.ts";
import { createBench, EIP, ENI, type TestBench, VIP, VPC } from "../../conformance/bench.ts";
import { type ResourceSubject, resourceSuite } from "../../conformance/resource_suite.ts";

/** A subject on a bench; `parts` says what is special. */
async function onBench(parts: (bench: TestBench) => Omit<ResourceSubject, "context" | typeof Symbol.asyncDispose>) {
  const bench = await createBench();
  return {
    ...parts(bench),
    context: (options: Record<string, unknown>, signal?: AbortSignal) =>
      bench.context(options, signal === undefined ? {} : { signal }),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

for (const ip of [VIP, "fd00:bbbb::20"]) {
  resourceSuite(`aws-vip ${ip}`, awsVip, () =>
    onBench((bench) => ({
      options: { ip, vpc: VPC, eni: ENI },
      isActive: async () => (await bench.addresses()).includes(ip),
      crashHalfway: async () => {
        await bench.os.addAddress("eth0", ip, new AbortController().signal);
        for (const route of bench.ec2.tables[0]?.routes ?? []) route.eniId = ENI;
      },
      hang: () => void bench.ec2.hanging.add("replaceRoute"),
      cutNetwork: () => bench.ec2.cutOff(),
      localDeactivation: true,
    })));
}

resourceSuite("aws-eip", awsEip, () =>
  onBench((bench) => ({
    options: { allocation: EIP, eni: ENI },
    isActive: () => Promise.resolve(bench.ec2.eips.get(EIP)?.eniId === ENI),
    crashHalfway: async () => {
      const signal = new AbortController().signal;
      await bench.ec2.associateAddress({ allocationId: EIP, eniId: ENI }, { signal });
    },
    hang: () => void bench.ec2.hanging.add("elasticIp"),
    cutNetwork: () => bench.ec2.cutOff(),
    localDeactivation: false,
  })));

resourceSuite("service", service, () =>
  onBench((bench) => {
    const file = join(bench.folder, "services", "web");
    Deno.writeTextFileSync(file, "stopped");
    return {
      options: { service: "web" },
      isActive: async () => await Deno.readTextFile(file) === "running",
      crashHalfway: () => Deno.writeTextFile(file, "running"),
      localDeactivation: true,
    };
  }), ["hang"]);

resourceSuite("script", script, () =>
  onBench((bench) => {
    const flag = join(bench.folder, "running");
    const brake = join(bench.folder, "brake");
    return {
      options: {
        start: ["sh", "-c", 'test -e "$1" && sleep 30; touch "$0"', flag, brake],
        stop: ["rm", "-f", flag],
      },
      isActive: () => Deno.stat(flag).then(() => true, () => false),
      crashHalfway: () => Deno.writeTextFile(flag, ""),
      hang: () => Deno.writeTextFile(brake, ""),
      localDeactivation: true,
    };
  }));
