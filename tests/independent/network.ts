/**
 * The network that the script is about, built through the API on every endpoint alike: chapter 4 and 5 of the guide in
 * one VPC, beside whatever the endpoint has already.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import { setTimeout as pause } from "node:timers/promises";

/** The VIP's own block, outside the VPC. */
export const VIP_BLOCK = "10.9.0.20/32";
export const ZONES = ["ap-northeast-1a", "ap-northeast-1c"] as const;

/** One server. */
export interface BuiltServer {
  instance: string;
  eni: string;
  subnet: string;
  zone: string;
  privateIp: string;
  mac: string;
}

/** Ids of what was built. */
export interface Network {
  vpc: string;
  gateway: string;
  mainTable: string;
  /** Tables that are made by hand, each of a subnet. */
  tables: [string, string];
  servers: [BuiltServer, BuiltServer];
  allocation: string;
  publicIp: string;
}

/** Looks for something that was just made, and between them, in milliseconds: EC2 is eventually consistent. */
const LOOKS = 200;
const LOOK_PAUSE_MS = 25;

/** Builds it. Both tables route the VIP to the first server, as the guide has it before the first start. */
export async function buildNetwork(client: aws.EC2Client, vip = VIP_BLOCK): Promise<Network> {
  const { Vpc } = await client.send(new aws.CreateVpcCommand({ CidrBlock: "10.50.0.0/16" }));
  const vpc = idOf(Vpc?.VpcId);
  const { InternetGateway } = await client.send(new aws.CreateInternetGatewayCommand({}));
  const gateway = idOf(InternetGateway?.InternetGatewayId);
  await client.send(new aws.AttachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: vpc }));
  const { RouteTables } = await client.send(
    new aws.DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }] }),
  );
  const mainTable = idOf(RouteTables?.[0]?.RouteTableId);
  const servers: BuiltServer[] = [];
  const tables: string[] = [];
  for (const [index, zone] of ZONES.entries()) {
    servers.push(await buildServer(client, vpc, zone, index));
    const { RouteTable } = await client.send(new aws.CreateRouteTableCommand({ VpcId: vpc }));
    const table = idOf(RouteTable?.RouteTableId);
    await client.send(new aws.AssociateRouteTableCommand({ RouteTableId: table, SubnetId: servers[index]!.subnet }));
    await client.send(
      new aws.CreateRouteCommand({ RouteTableId: table, DestinationCidrBlock: "0.0.0.0/0", GatewayId: gateway }),
    );
    await client.send(
      new aws.CreateRouteCommand({
        RouteTableId: table,
        DestinationCidrBlock: vip,
        NetworkInterfaceId: servers[0]!.eni,
      }),
    );
    tables.push(table);
  }
  const address = await client.send(new aws.AllocateAddressCommand({ Domain: "vpc" }));
  return {
    vpc,
    gateway,
    mainTable,
    tables: tables as [string, string],
    servers: servers as [BuiltServer, BuiltServer],
    allocation: idOf(address.AllocationId),
    publicIp: idOf(address.PublicIp),
  };
}

async function buildServer(client: aws.EC2Client, vpc: string, zone: string, index: number): Promise<BuiltServer> {
  const { Subnet } = await client.send(
    new aws.CreateSubnetCommand({ VpcId: vpc, CidrBlock: `10.50.${index + 1}.0/24`, AvailabilityZone: zone }),
  );
  const subnet = idOf(Subnet?.SubnetId);
  const privateIp = `10.50.${index + 1}.10`;
  const { Instances } = await client.send(
    new aws.RunInstancesCommand({
      ImageId: "ami-12345678",
      InstanceType: "t3.small",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnet,
      PrivateIpAddress: privateIp,
    }),
  );
  const instance = idOf(Instances?.[0]?.InstanceId);
  await awaitRunning(client, instance);
  const { NetworkInterfaces } = await client.send(
    new aws.DescribeNetworkInterfacesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [instance] }] }),
  );
  const eni = idOf(NetworkInterfaces?.[0]?.NetworkInterfaceId);
  const mac = idOf(NetworkInterfaces?.[0]?.MacAddress);
  await client.send(
    new aws.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, SourceDestCheck: { Value: false } }),
  );
  return { instance, eni, subnet, zone, privateIp, mac };
}

async function awaitRunning(client: aws.EC2Client, instance: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const { Reservations } = await client.send(new aws.DescribeInstancesCommand({ InstanceIds: [instance] }));
    if (Reservations?.[0]?.Instances?.[0]?.State?.Name === "running") return;
    await pause(LOOK_PAUSE_MS);
  }
  throw new Error(`${instance} is not running after ${LOOKS * LOOK_PAUSE_MS} ms`);
}

function idOf(text: string | undefined): string {
  if (!text) throw new Error("the endpoint answered without what was made");
  return text;
}
