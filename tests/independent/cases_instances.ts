/**
 * Instances: found, stopped, started; and what their end makes of the routes that lead to them.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import { fencingCases } from "./cases_fencing.ts";
import type { Conversation } from "./conversation.ts";
import { type Network, VIP_BLOCK } from "./network.ts";

const done = () => "done";

export async function instanceCases(talk: Conversation, net: Network): Promise<void> {
  await reading(talk, net);
  await stoppingAndStarting(talk, net);
  await fencingCases(talk, net);
}

function describe(talk: Conversation, input: aws.DescribeInstancesCommandInput) {
  return talk.client.send(new aws.DescribeInstancesCommand(input));
}

const instancesOf = ({ Reservations }: aws.DescribeInstancesCommandOutput) =>
  Reservations?.flatMap(({ Instances }) => Instances ?? []) ?? [];
const seeIdsFor = (talk: Conversation) => (answer: aws.DescribeInstancesCommandOutput) =>
  talk.sorted(instancesOf(answer).map((one) => one.InstanceId));
const seeStates = (answer: aws.DescribeInstancesCommandOutput) =>
  instancesOf(answer).map((one) => [one.State?.Name, one.State?.Code]);

async function reading(talk: Conversation, net: Network): Promise<void> {
  const [first] = net.servers;
  await talk.ask(
    "an instance by id",
    describe(talk, { InstanceIds: [first.instance] }),
    (answer) =>
      instancesOf(answer).map((one) => ({
        id: one.InstanceId,
        state: one.State?.Name,
        zone: one.Placement?.AvailabilityZone,
        vpc: one.VpcId,
        subnet: one.SubnetId,
        ip: one.PrivateIpAddress,
        enis: one.NetworkInterfaces?.map((eni) => eni.NetworkInterfaceId),
      })),
    [{
      id: "<instance1>",
      state: "running",
      zone: "ap-northeast-1a",
      vpc: "<vpc>",
      subnet: "<subnet1>",
      ip: "10.50.1.10",
      enis: ["<eni1>"],
    }],
  );
  await talk.ask(
    "instances of the VPC",
    describe(talk, { Filters: [{ Name: "vpc-id", Values: [net.vpc] }] }),
    seeIdsFor(talk),
    [
      "<instance1>",
      "<instance2>",
    ],
  );
  await talk.ask(
    "instances that run",
    describe(talk, {
      Filters: [{ Name: "vpc-id", Values: [net.vpc] }, { Name: "instance-state-name", Values: ["running"] }],
    }),
    seeIdsFor(talk),
    ["<instance1>", "<instance2>"],
  );
  await talk.ask(
    "an instance that does not exist",
    describe(talk, { InstanceIds: ["i-0bad0bad0bad0bad1"] }),
    seeIdsFor(talk),
    "InvalidInstanceID.NotFound 400 notFound",
  );
  await talk.ask(
    "an instance by id and pages at once",
    describe(talk, { InstanceIds: [first.instance], MaxResults: 5 }),
    seeIdsFor(talk),
    "InvalidParameterCombination 400 invalid",
  );
}

async function stoppingAndStarting(talk: Conversation, net: Network): Promise<void> {
  const [first] = net.servers;
  const ids = { InstanceIds: [first.instance] };
  const seeStop = ({ StoppingInstances }: aws.StopInstancesCommandOutput) =>
    StoppingInstances?.map((one) => [one.PreviousState?.Name, one.CurrentState?.Name]);
  const seeStart = ({ StartingInstances }: aws.StartInstancesCommandOutput) =>
    StartingInstances?.map((one) => [one.PreviousState?.Name, one.CurrentState?.Name]);
  const stop = (input: Partial<aws.StopInstancesCommandInput> = {}) =>
    talk.client.send(new aws.StopInstancesCommand({ ...ids, ...input }));
  const start = (input: Partial<aws.StartInstancesCommandInput> = {}) =>
    talk.client.send(new aws.StartInstancesCommand({ ...ids, ...input }));
  const vipState = async (title: string, expected: string, moto?: string) =>
    await talk.ask(
      title,
      talk.client.send(new aws.DescribeRouteTablesCommand({ RouteTableIds: [net.tables[0]] })),
      ({ RouteTables }) => RouteTables?.[0]?.Routes?.find((one) => one.DestinationCidrBlock === VIP_BLOCK)?.State,
      expected,
      moto === undefined ? undefined : { name: "no-blackhole", moto },
    );

  await talk.need(
    "the VIP leads to the first server",
    talk.client.send(
      new aws.ReplaceRouteCommand({
        RouteTableId: net.tables[0],
        DestinationCidrBlock: VIP_BLOCK,
        NetworkInterfaceId: first.eni,
      }),
    ),
  );
  await vipState("the route to a server that runs", "active");
  await talk.ask("StopInstances as a dry run", stop({ DryRun: true }), seeStop, "DryRunOperation 412 refused");
  await talk.ask("StopInstances", stop(), seeStop, [["running", "stopping"]]);
  await talk.askUntil("it stops", () => describe(talk, ids), seeStates, [["stopped", 80]]);
  await vipState("the route to a server that is stopped", "blackhole", "active");
  await talk.call(
    "Ec2.routeTables: the same as plugins see it",
    async (ec2, options) =>
      (await ec2.routeTables({ vpcId: net.vpc, destination: VIP_BLOCK }, options))
        .find(({ id }) => id === net.tables[0])?.routes.find((one) => one.destination === VIP_BLOCK),
    { destination: VIP_BLOCK, state: "blackhole", eniId: "<eni1>" },
    { name: "no-blackhole", moto: { destination: VIP_BLOCK, state: "active", eniId: "<eni1>" } },
  );
  await talk.ask("StopInstances a second time", stop(), seeStop, [["stopped", "stopped"]], {
    name: "stop-again",
    moto: [["stopped", "stopping"]],
  });
  await talk.ask("StartInstances as a dry run", start({ DryRun: true }), seeStart, "DryRunOperation 412 refused");
  await talk.ask("StartInstances", start(), seeStart, [["stopped", "pending"]]);
  await talk.askUntil("it runs", () => describe(talk, ids), seeStates, [["running", 16]]);
  await vipState("the route to a server that runs again", "active");
  await talk.ask(
    "StopInstances of an instance that does not exist",
    stop({ InstanceIds: ["i-0bad0bad0bad0bad1"] }),
    done,
    "InvalidInstanceID.NotFound 400 notFound",
  );
  await talk.ask(
    "StartInstances of an instance that does not exist",
    start({ InstanceIds: ["i-0bad0bad0bad0bad1"] }),
    done,
    "InvalidInstanceID.NotFound 400 notFound",
  );
}
