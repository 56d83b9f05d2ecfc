/** A preflight looks at what an activation will do: by the same description, so that neither knows of more than the other. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { exec } from "../../../core/os/exec.ts";
import { activateContext } from "../../../core/plugin/context.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import vip from "../../../plugins/resources/aws-vip.ts";
import type { Region } from "../../../sandbox/ec2/model.ts";
import { vipTopology } from "../../../sandbox/mod.ts";
import { createSandboxBench } from "../../conformance/sandbox_bench.ts";
import { assertFound, notWell, onBench, type PreflightBench } from "./bench.ts";

const VIP = "10.1.0.20/32";
const GATEWAY = "rtb-000000ed9e";
const UNUSED = "rtb-0000a0b1";
const EIP_ENI = "eni-3c8a1e5f";

const region = ({ sandbox }: PreflightBench): Region => sandbox.region;

/** A table of the internet gateway, and one that no subnet uses. */
function addTables({ routeTables, vpcs }: Region): void {
  const [{ vpcId } = { vpcId: "" }] = routeTables;
  const common = () => ({ vpcId, main: false, associations: [], routes: [], tags: {} });
  const gatewayId = vpcs.find(({ id }) => id === vpcId)?.internetGatewayId ?? "igw-0000ba70";
  routeTables.push({ ...common(), id: GATEWAY, gatewayId }, { ...common(), id: UNUSED });
}

const routed = ({ routeTables }: Region) =>
  routeTables.filter(({ routes }) => routes.some(({ destination }) => destination === VIP)).map(({ id }) => id).sort();

Deno.test("createRoute: what preflight says that activation adds is what it adds; a gateway's table is left alone by both", async () => {
  let said: string[] = [];
  let before: string[] = [];
  await onBench("vip", {
    file: [["ip: 10.1.0.20,", "ip: 10.1.0.20, createRoute: true,"]],
    world: (bench) => addTables(region(bench)),
  }, async (bench) => {
    before = routed(region(bench));
    const report = await bench.run();
    assert.deepEqual(notWell(report), []);
    said = report.findings.flatMap(({ message }) =>
      /^(rtb-\w+) has no route .*activation adds it$/.exec(message)?.[1] ?? []
    );
    const tried = bench.sandbox.calls.list({ action: "CreateRoute" }).map(({ params }) => params.RouteTableId);
    assert.deepEqual(tried.sort(), said.toSorted());
  });
  assert.ok(said.includes(UNUSED) && !said.includes(GATEWAY), said.join());
  await using bench = await createSandboxBench(vipTopology());
  addTables(bench.sandbox.region);
  const options = { ip: "10.1.0.20", vpc: "vpc-1234abcd", eni: bench.eni, createRoute: true };
  await vip.activate(activateContext(bench.context(options) as never, "failover", 2));
  assert.deepEqual(routed(bench.sandbox.region), [...before, ...said].sort());
});

Deno.test("createRoute: a gateway's table that is listed is found before the activation fails on it", () =>
  onBench("vip", {
    file: [["ip: 10.1.0.20,", `ip: 10.1.0.20, createRoute: true, tables: [rtb-0000ab01, ${GATEWAY}],`]],
    world: (bench) => addTables(region(bench)),
  }, async (bench) => {
    assertFound(await bench.run(), [
      "error",
      5,
      "awsvip1",
      /rtb-000000ed9e routes what comes in by igw-\w+, and EC2 takes no route for 10\.1\.0\.20\/32 there; take rtb-/,
    ]);
    assert.ok(
      bench.sandbox.calls.list({ action: "CreateRoute" }).every(({ params }) => params.RouteTableId !== GATEWAY),
    );
  }));

Deno.test("preflight of an Elastic IP finds that the standby's own one would be displaced for good", () =>
  onBench("eip", {
    world: (bench) => {
      const eni = region(bench).networkInterfaces.find(({ id }) => id === EIP_ENI)!;
      region(bench).addresses.push({
        allocationId: "eipalloc-0000000e",
        publicIp: "203.0.113.9",
        association: { id: "eipassoc-0000000e", eniId: eni.id, privateIp: eni.privateIps[0]! },
        tags: {},
      });
    },
  }, async ({ run }) =>
    assertFound(await run(), [
      "error",
      47,
      "awseip1",
      /203\.0\.113\.9 \(eipalloc-0000000e\).* will be displaced by eipalloc-1234abcd and not come back; put one of the two/,
    ])));

Deno.test("preflight of an Elastic IP tries the very association that is wanted, with its private address", async () => {
  const wrong = "privateIp: 10.0.99.99 ";
  const own = `eni: ${EIP_ENI} }`;
  await onBench("eip", { file: [[own, `eni: ${EIP_ENI}, ${wrong}}`]] }, async ({ run }) =>
    assertFound(await run(), [
      "error",
      5,
      "awseip1",
      /privateIp 10\.0\.99\.99 is no address of eni-3c8a1e5f, which has 10\.\S+: EC2 will refuse it; correct privateIp of server2/,
    ]));
  // A second address that the interface has.
  await onBench("eip", {
    file: [[own, `eni: ${EIP_ENI}, ${wrong}}`]],
    world: (bench) =>
      void region(bench).networkInterfaces.find(({ id }) => id === EIP_ENI)!.privateIps.push("10.0.99.99"),
  }, async ({ run, sandbox }) => {
    assertFound(await run());
    const tried = sandbox.calls.list({ action: "AssociateAddress" });
    assert.deepEqual(tried.map(({ params }) => params.PrivateIpAddress), ["10.0.99.99"]);
  });
});

Deno.test("preflight of an Elastic IP knows of the private address that comes with the group", () =>
  onBench("eip", {
    file: [
      [`eni: ${EIP_ENI} }`, `eni: ${EIP_ENI}, privateIp: 10.0.20.77 }`],
      [
        "      awseip1:",
        "      awsip1: { type: aws-secondary-ip, ip: 10.0.20.77, eni: eni-249f6c6d, individually: { server2: { eni: " +
        `${EIP_ENI} } } }\n      awseip1:`,
      ],
    ],
  }, async ({ run }) => {
    const { findings } = await run();
    assert.ok(
      findings.some(({ subject, status, message }) =>
        subject === "awseip1" && status === "ok" &&
        /10\.0\.20\.77 comes to eni-3c8a1e5f with an aws-secondary-ip/.test(message)
      ),
      JSON.stringify(findings.filter(({ subject }) => subject === "awseip1")),
    );
    assert.ok(!findings.some(({ subject, status }) => subject === "awseip1" && status === "error"));
  }));

for (
  const [what, spot, allow, wanted] of [
    ["a one-time Spot instance", "one-time", undefined, [
      "error",
      5,
      "fence of server1",
      /may be stopped and can't: it is a Spot instance of a one-time request, .*; use an on-demand instance/,
    ]],
    ["a Spot instance of which nothing may be asked", "one-time", ["ec2:DescribeSpot*"], [
      "warning",
      5,
      "fence of server1",
      /may be stopped, but it is a Spot instance, and whether its request is a one-time one is not known: .*allow the action ec2:DescribeSpotInstanceRequests/,
    ]],
    ["a persistent one", "persistent", undefined, undefined],
  ] as const
) {
  Deno.test(`preflight of a fence: ${what}`, () =>
    onBench("vip", {
      ...(allow === undefined ? {} : {
        allow: ["V", "R", "N", "Se", "Su", "I", "A"].map((start) => `ec2:Describe${start}*`)
          .concat("ec2:ReplaceRoute", "ec2:StopInstances"),
      }),
      world: (bench) => {
        region(bench).instances.find(({ tags }) => tags.Name === "server1")!.spot = spot;
      },
    }, async ({ run }) => assertFound(await run(), ...(wanted === undefined ? [] : [[...wanted] as never]))));
}

Deno.test("a script that Windows wrote is told by preflight and by its start: it is there, its interpreter is not", async () => {
  const path = (folder: string) => join(folder, "start.sh");
  await onBench("vip", {
    world: ({ folder }) => Deno.writeTextFile(path(folder), "#!/bin/sh\r\nexit 0\r\n"),
  }, async ({ run, folder }) => {
    assertFound(
      await run(),
      ["error", 99, "app1", /start: .*start\.sh is there, but its first line ends with a carriage return.*sed -i/],
      ["error", 99, "app1", /stop: .*start\.sh has the line ends of Windows.*sed -i/],
    );
    await assert.rejects(
      () => exec([path(folder)], { signal: new AbortController().signal }),
      (error) => {
        assert.ok(error instanceof Fault);
        assert.match(
          error.message,
          /start\.sh is there, but its first line ends with a carriage return.*\/bin\/sh is not found/,
        );
        assert.match(error.remedy, /sed -i/);
        return true;
      },
    );
    await Deno.writeTextFile(path(folder), "#!/opt/nosuch/interpreter -x\n");
    const missing = notWell(await run()).map(({ message }) => message).join();
    assert.match(missing, /start\.sh is there, but its interpreter \/opt\/nosuch\/interpreter does not exist/);
    await assert.rejects(
      () => exec([path(folder)], { signal: new AbortController().signal }),
      /start\.sh is there, but its interpreter \/opt\/nosuch\/interpreter does not exist/,
    );
  });
});
