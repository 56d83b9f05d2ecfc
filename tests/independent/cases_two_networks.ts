/**
 * A second VPC beside the first, without a gateway: a table of one can't lead to what is in the other, or in none.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import type { Conversation } from "./conversation.ts";
import type { Network } from "./network.ts";

const done = () => "done";

export async function twoNetworkCases(talk: Conversation, net: Network): Promise<void> {
  const { client } = talk;
  const { Vpc } = await talk.need("CreateVpc", client.send(new aws.CreateVpcCommand({ CidrBlock: "10.60.0.0/16" })));
  const other = await talk.need(
    "CreateRouteTable",
    client.send(new aws.CreateRouteTableCommand({ VpcId: talk.name(Vpc?.VpcId, "otherVpc") })),
  );
  const detached = await talk.need("CreateInternetGateway", client.send(new aws.CreateInternetGatewayCommand({})));
  const refused = async (title: string, target: Partial<aws.CreateRouteCommandInput>) =>
    await talk.ask(
      `CreateRoute in a table of another VPC to ${title}`,
      client.send(
        new aws.CreateRouteCommand({
          RouteTableId: other.RouteTable?.RouteTableId,
          DestinationCidrBlock: "10.9.0.30/32",
          ...target,
        }),
      ),
      done,
      "InvalidParameterValue 400 invalid",
      { name: "different-networks", moto: title === "an interface" ? "done" : "RouteAlreadyExists 400 invalid" },
    );
  await refused("an interface", { NetworkInterfaceId: net.servers[0].eni });
  await refused("a gateway", { GatewayId: net.gateway });
  await refused("a gateway that is attached to none", { GatewayId: detached.InternetGateway?.InternetGatewayId });
  await talk.ask(
    "AssociateAddress in a VPC without a gateway",
    associateInside(talk, Vpc?.VpcId),
    done,
    "Gateway.NotAttached 400 detached",
    { name: "no-gateway-needed", moto: "done" },
  );
}

/** Starts an instance in the VPC and associates the address with it. */
async function associateInside(talk: Conversation, vpc: string | undefined): Promise<unknown> {
  const { client } = talk;
  const { Subnet } = await talk.need(
    "CreateSubnet",
    client.send(new aws.CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.60.1.0/24" })),
  );
  const { Instances } = await talk.need(
    "RunInstances",
    client.send(
      new aws.RunInstancesCommand({
        ImageId: "ami-12345678",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: Subnet?.SubnetId,
      }),
    ),
  );
  const NetworkInterfaceId = Instances?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId;
  const other = await talk.need("AllocateAddress", client.send(new aws.AllocateAddressCommand({ Domain: "vpc" })));
  return await client.send(
    new aws.AssociateAddressCommand({ AllocationId: other.AllocationId, NetworkInterfaceId }),
  );
}
