import {
  DescribeInstancesCommand,
  DescribeRouteTablesCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { eventually } from "../../unit/agent/helpers.ts";
import assert from "node:assert/strict";
import { vipTopology } from "../../../sandbox/mod.ts";
import { answers, withSandbox } from "./helpers.ts";

const topology = vipTopology();
const [server1] = topology.servers;

Deno.test("an instance stops and starts over time, and routes to it are black holes while it is stopped", () =>
  withSandbox(async (sandbox, client) => {
    const InstanceIds = [server1!.instanceId];
    /** Its way takes a minute, and is cut short here. */
    const arrive = (state: "running" | "stopped") => {
      sandbox.region.instances.find(({ id }) => id === server1!.instanceId)!.transitions = [{ state, at: 0 }];
    };
    const state = async () =>
      (await client.send(new DescribeInstancesCommand({ InstanceIds }))).Reservations![0]!.Instances![0]!.State!.Name;
    const route = async () =>
      (await client.send(new DescribeRouteTablesCommand({ RouteTableIds: ["rtb-0000a002"] }))).RouteTables![0]!.Routes!
        .find((one) => one.DestinationCidrBlock === "10.1.0.20/32")!.State;
    const reach = async (wanted: "running" | "stopped") => {
      arrive(wanted);
      await eventually(`the instance is ${wanted}`, async () => await state() === wanted);
    };
    assert.deepEqual([await state(), await route()], ["running", "active"]);
    const { StoppingInstances } = await client.send(new StopInstancesCommand({ InstanceIds }));
    assert.equal(StoppingInstances![0]!.PreviousState?.Name, "running");
    assert.equal(StoppingInstances![0]!.CurrentState?.Name, "stopping");
    assert.deepEqual([await state(), await route()], ["stopping", "active"]);
    await answers("IncorrectInstanceState", client.send(new StartInstancesCommand({ InstanceIds })));
    await reach("stopped");
    assert.equal(await route(), "blackhole");
    await client.send(new StopInstancesCommand({ InstanceIds }));
    const { StartingInstances } = await client.send(new StartInstancesCommand({ InstanceIds }));
    assert.equal(StartingInstances![0]!.CurrentState?.Name, "pending");
    assert.equal(await route(), "active");
    await reach("running");
  }, { topology, options: { instanceDelayMs: 60_000 } }));

Deno.test("DescribeInstances shows zone, interfaces and state codes; RebootInstances counts", () =>
  withSandbox(async (sandbox, client) => {
    const InstanceIds = [server1!.instanceId];
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds }));
    const instance = Reservations![0]!.Instances![0]!;
    assert.equal(instance.State?.Code, 16);
    assert.equal(instance.Placement?.AvailabilityZone, "ap-northeast-1a");
    assert.deepEqual(instance.NetworkInterfaces?.map((eni) => eni.NetworkInterfaceId), ["eni-4bc00502"]);
    await client.send(new RebootInstancesCommand({ InstanceIds }));
    assert.equal(sandbox.region.instances.find((one) => one.id === InstanceIds[0])?.reboots, 1);
    const found = await client.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "private-ip-address", Values: ["10.0.10.100"] }] }),
    );
    assert.equal(found.Reservations![0]!.Instances![0]!.Tags?.[0]?.Value, "NAT1");
    await answers("InvalidInstanceID.NotFound", client.send(new StopInstancesCommand({ InstanceIds: ["i-00000009"] })));
    await answers("MissingParameter", client.send(new StartInstancesCommand({ InstanceIds: [] })));
  }, { topology }));
