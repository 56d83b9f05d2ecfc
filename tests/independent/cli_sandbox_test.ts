import assert from "node:assert/strict";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { eipTopology, startSandbox, vipTopology } from "../../sandbox/mod.ts";
import { AwsCli } from "./aws_cli.ts";
import { clientEnv } from "./moto.ts";
import { allReady, answerOf, carriesFirst, online, until } from "../e2e/waiting.ts";

const VIP_BLOCK = "10.1.0.20/32";
const [ENI1, ENI2] = ["eni-4bc00502", "eni-5a3a7902"];
const EIP_ENIS = ["eni-249f6c6d", "eni-3c8a1e5f"] as const;
const ALLOCATION = "eipalloc-1234abcd";

Deno.test("aws cli: reads the sandbox", async () => {
  const sandbox = await startSandbox(vipTopology());
  try {
    const cli = new AwsCli(sandbox.endpoint("server1"), clientEnv(sandbox.endpoint("server1")));
    const [zones, vpcs, tables, enis, instances] = await Promise.all([
      cli.ec2("describe-availability-zones", "--query", "AvailabilityZones[].[ZoneName,State]"),
      cli.ec2("describe-vpcs", "--vpc-ids", "vpc-1234abcd", "--query", "Vpcs[].CidrBlock"),
      cli.ec2(
        "describe-route-tables",
        "--filters",
        `Name=route.destination-cidr-block,Values=${VIP_BLOCK}`,
        "--query",
        `RouteTables[].Routes[?DestinationCidrBlock=='${VIP_BLOCK}'].NetworkInterfaceId[]`,
      ),
      cli.ec2(
        "describe-network-interfaces",
        "--network-interface-ids",
        ENI2,
        "--query",
        "NetworkInterfaces[].[PrivateIpAddress,SourceDestCheck]",
      ),
      // Asked for in pages, which the CLI puts together.
      cli.ec2("describe-instances", "--page-size", "5", "--query", "Reservations[].Instances[].State.Name"),
    ]);
    assert.deepEqual(zones, [
      ["ap-northeast-1a", "available"],
      ["ap-northeast-1b", "available"],
      ["ap-northeast-1c", "available"],
    ]);
    assert.deepEqual(vpcs, ["10.0.0.0/16"]);
    assert.deepEqual(tables.flat(), [ENI1, ENI1, ENI1]);
    assert.deepEqual(enis, [["10.0.120.100", false]]);
    assert.deepEqual(instances, ["running", "running", "running", "running"]);
  } finally {
    await sandbox.close();
  }
});

Deno.test("aws cli: changes the sandbox, and is told why not", async () => {
  const sandbox = await startSandbox(eipTopology({ associated: false }), { instanceDelayMs: 50 });
  try {
    const cli = new AwsCli(sandbox.endpoint("server1"), clientEnv(sandbox.endpoint("server1")));
    const route = ["--route-table-id", "rtb-0000ab01", "--destination-cidr-block", "10.1.0.77/32"];
    const refused = await cli.run("ec2", "replace-route", ...route, "--network-interface-id", EIP_ENIS[0]);
    assert.notEqual(refused.status, 0);
    assert.match(
      refused.error,
      /\(InvalidParameterValue\) when calling the ReplaceRoute operation: There is no route defined for '10\.1\.0\.77\/32'/,
    );
    const dry = await cli.run("ec2", "create-route", ...route, "--network-interface-id", EIP_ENIS[0], "--dry-run");
    assert.match(dry.error, /\(DryRunOperation\) when calling the CreateRoute operation/);
    assert.equal((await cli.ec2("create-route", ...route, "--network-interface-id", EIP_ENIS[0])).Return, true);
    await cli.ec2("replace-route", ...route, "--network-interface-id", EIP_ENIS[1]);
    const table = sandbox.region.routeTables.find(({ id }) => id === "rtb-0000ab01");
    assert.equal(table?.routes.find(({ destination }) => destination === "10.1.0.77/32")?.eniId, EIP_ENIS[1]);

    const associate = ["associate-address", "--allocation-id", ALLOCATION];
    const { AssociationId } = await cli.ec2(...associate, "--network-interface-id", EIP_ENIS[0]);
    const held = await cli.run(
      "ec2",
      ...associate,
      "--network-interface-id",
      EIP_ENIS[1],
      "--no-allow-reassociation",
    );
    assert.match(held.error, /\(Resource\.AlreadyAssociated\)/);
    await cli.ec2("disassociate-address", "--association-id", AssociationId);
    assert.equal(sandbox.region.addresses[0]?.association, undefined);

    const { instanceId } = eipTopology().servers[0]!;
    const stopped = await cli.ec2("stop-instances", "--instance-ids", instanceId);
    assert.equal(stopped.StoppingInstances[0].CurrentState.Name, "stopping");
    await cli.ec2("wait", "instance-stopped", "--instance-ids", instanceId);
    assert.equal((await cli.ec2("start-instances", "--instance-ids", instanceId)).StartingInstances.length, 1);
  } finally {
    await sandbox.close();
  }
});

/** What the agents of the demo have logged last. */
async function logs(cluster: DemoCluster): Promise<string> {
  const texts = await Promise.all(
    cluster.machines.map(({ folder }) => Deno.readTextFile(`${folder}/agent.log`).catch(() => "")),
  );
  return texts.map((text) => text.split("\n").slice(-25).join("\n")).join("\n---\n");
}

/** Somebody changes the cloud under a running cluster with the AWS CLI; the monitor sees it and reactivation repairs it. */
async function stolen(kind: "vip" | "eip", steal: string[], monitor: string, noticed: RegExp): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-cli-" });
  const cluster = await DemoCluster.make(kind, folder);
  const [server1, server2] = cluster.machines as [Machine, Machine];
  try {
    cluster.observer.start();
    server1.start();
    server2.start();
    const told = () => logs(cluster);
    await carriesFirst(server1, server2);
    await until(
      "clients are sent to server1",
      async () => await online(server1) && cluster.observer.answering() === "server1",
      { told },
    );
    await until("both are ready", () => allReady(server1), { told });
    const monitorIsNormal = async () =>
      (await server1.status())?.view.monitors.find(({ name }) => name === monitor)?.status === "normal";
    await until("the monitor has looked", monitorIsNormal, { told });
    const said = async () =>
      (await answerOf(server1)).reasons.filter((reason) => reason.monitor === monitor).map(({ text }) => text);
    assert.ok(!(await said()).some((text) => noticed.test(text)), "the error was there before");

    const cli = new AwsCli(cluster.sandbox.endpoint("server2"), clientEnv(cluster.sandbox.endpoint("server2")));
    await cli.ec2(...steal);
    await until("the monitor reports it", async () => (await said()).some((text) => noticed.test(text)), { told });
    await until(
      "the address leads to server1 again, and the monitor is content",
      async () => cluster.target() === "server1" && await online(server1) && await monitorIsNormal(),
      { told },
    );
    const texts = await said();
    const [error, recovery, normal] = [noticed, /reactivation 1 of \d+/, /is normal( again)?\.$/].map((pattern) =>
      texts.findLastIndex((text) => pattern.test(text))
    );
    assert.ok(error! >= 0 && error! < recovery! && recovery! < normal!, texts.join("\n"));
    assert.deepEqual(cluster.observer.carriers(), ["server1"], "the group did not move");
    assert.equal(cluster.observer.overlaps, 0);
    if (kind === "vip") {
      const seen = await cli.ec2(
        "describe-route-tables",
        "--query",
        `RouteTables[].Routes[?DestinationCidrBlock=='${VIP_BLOCK}'].NetworkInterfaceId[]`,
      );
      assert.deepEqual(seen.flat(), [ENI1, ENI1, ENI1]);
    } else {
      const seen = await cli.ec2("describe-addresses", "--query", "Addresses[].NetworkInterfaceId");
      assert.deepEqual(seen, [EIP_ENIS[0]]);
    }
  } finally {
    await cluster.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("aws cli: a route that somebody changed is error 8, and reactivation repairs it", () =>
  stolen(
    "vip",
    [
      "replace-route",
      "--route-table-id",
      "rtb-0000ab01",
      "--destination-cidr-block",
      VIP_BLOCK,
      "--network-interface-id",
      ENI2,
    ],
    "awsvipw1",
    /detected an error\. \(8 : the routing for the VIP 10\.1\.0\.20 was changed: rtb-0000ab01 leads to eni-5a3a7902/,
  ));

Deno.test("aws cli: an address that somebody took away is error 7, and reactivation takes it back", () =>
  stolen(
    "eip",
    [
      "associate-address",
      "--allocation-id",
      ALLOCATION,
      "--network-interface-id",
      EIP_ENIS[1],
      "--allow-reassociation",
    ],
    "awseipw1",
    /detected an error\. \(7 : the EIP 203\.0\.113\.10 is not on eni-249f6c6d but on eni-3c8a1e5f/,
  ));
