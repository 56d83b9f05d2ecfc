/**
 * What builds a network, where it is refused; where it is not, everything else shows it.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import type { Conversation } from "./conversation.ts";
import type { Network } from "./network.ts";

const done = () => "done";

export async function creationCases(talk: Conversation, net: Network): Promise<void> {
  const { client } = talk;
  const subnet = (input: Partial<aws.CreateSubnetCommandInput>) =>
    client.send(new aws.CreateSubnetCommand({ VpcId: net.vpc, CidrBlock: "10.50.9.0/24", ...input }));
  const attach = (input: Partial<aws.AttachInternetGatewayCommandInput>) =>
    client.send(new aws.AttachInternetGatewayCommand({ InternetGatewayId: net.gateway, VpcId: net.vpc, ...input }));
  const associate = (input: Partial<aws.AssociateRouteTableCommandInput>) =>
    client.send(
      new aws.AssociateRouteTableCommand({ RouteTableId: net.tables[0], SubnetId: net.servers[0].subnet, ...input }),
    );
  const run = (input: Partial<aws.RunInstancesCommandInput>) =>
    client.send(
      new aws.RunInstancesCommand({
        ImageId: "ami-12345678",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: net.servers[0].subnet,
        ...input,
      }),
    );

  const noVpc = "InvalidVpcID.NotFound 400 notFound";
  const noSubnet = "InvalidSubnetID.NotFound 400 notFound";
  await talk.ask(
    "CreateVpc that is too large",
    client.send(new aws.CreateVpcCommand({ CidrBlock: "10.0.0.0/8" })),
    done,
    "InvalidVpc.Range 400 invalid",
  );
  await talk.ask("CreateSubnet in a VPC that does not exist", subnet({ VpcId: "vpc-0bad0bad0bad0bad1" }), done, noVpc);
  await talk.ask(
    "CreateSubnet outside its VPC",
    subnet({ CidrBlock: "10.60.0.0/24" }),
    done,
    "InvalidSubnet.Range 400 invalid",
  );
  await talk.ask(
    "CreateSubnet where another is",
    subnet({ CidrBlock: "10.50.1.128/25" }),
    done,
    "InvalidSubnet.Conflict 400 taken",
  );
  await talk.ask(
    "CreateSubnet in a zone that does not exist",
    subnet({ AvailabilityZone: "ap-northeast-1x" }),
    done,
    "InvalidParameterValue 400 notFound",
  );
  await talk.ask(
    "CreateRouteTable in a VPC that does not exist",
    client.send(new aws.CreateRouteTableCommand({ VpcId: "vpc-0bad0bad0bad0bad1" })),
    done,
    noVpc,
  );
  await talk.ask("AttachInternetGateway a second time", attach({}), done, "Resource.AlreadyAssociated 400 taken");
  await talk.ask(
    "AttachInternetGateway of one that does not exist",
    attach({ InternetGatewayId: "igw-0bad0bad0bad0bad1" }),
    done,
    "InvalidInternetGatewayID.NotFound 400 notFound",
  );
  await talk.ask(
    "AssociateRouteTable where it is",
    associate({}),
    ({ AssociationId }) => AssociationId?.startsWith("rtbassoc-"),
    true,
  );
  await talk.ask(
    "AssociateRouteTable with a subnet that has another",
    associate({ RouteTableId: net.tables[1] }),
    done,
    "Resource.AlreadyAssociated 400 taken",
    { name: "associate-table-unchecked", moto: "done" },
  );
  await talk.ask(
    "AssociateRouteTable with a subnet that does not exist",
    associate({ SubnetId: "subnet-0bad0bad0bad0bad1" }),
    done,
    noSubnet,
  );
  await talk.ask(
    "AssociateRouteTable of a table that does not exist",
    associate({ RouteTableId: "rtb-0bad0bad0bad0bad1" }),
    done,
    "InvalidRouteTableID.NotFound 400 notFound",
    { name: "associate-table-unchecked", moto: "done" },
  );
  await talk.ask(
    "RunInstances in a subnet that does not exist",
    run({ SubnetId: "subnet-0bad0bad0bad0bad1" }),
    done,
    noSubnet,
  );
  await talk.ask(
    "RunInstances with an address that is taken",
    run({ PrivateIpAddress: net.servers[0].privateIp }),
    done,
    "InvalidIPAddress.InUse 400 taken",
    { name: "private-ip-unchecked", moto: "Error 500 server" },
  );
  await talk.ask(
    "RunInstances with an address of another subnet",
    run({ PrivateIpAddress: "10.50.2.99" }),
    done,
    "InvalidParameterValue 400 invalid",
    { name: "private-ip-unchecked", moto: "Error 500 server" },
  );
  await talk.ask("RunInstances as a dry run", run({ DryRun: true }), done, "DryRunOperation 412 refused");
  await talk.ask(
    "subnets of the VPC",
    client.send(new aws.DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [net.vpc] }] })),
    ({ Subnets }) => Subnets?.map((one) => [one.CidrBlock, one.AvailabilityZone, one.State]).sort(),
    [["10.50.1.0/24", "ap-northeast-1a", "available"], ["10.50.2.0/24", "ap-northeast-1c", "available"]],
  );
}
