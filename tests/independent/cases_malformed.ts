/**
 * Ids that can be none: what a typing error in `cluster.yaml` leads to.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import type { Conversation } from "./conversation.ts";
import { type Network, VIP_BLOCK } from "./network.ts";

const done = () => "done";

export async function malformedCases(talk: Conversation, net: Network): Promise<void> {
  const { client } = talk;
  const [first] = net.servers;
  const vip = { DestinationCidrBlock: VIP_BLOCK };
  const requests: [string, () => Promise<unknown>, string, string][] = [
    ["a VPC", () => client.send(new aws.DescribeVpcsCommand({ VpcIds: ["vpc-xyz"] })), "InvalidVpcID", "InvalidVpcID"],
    [
      "an interface",
      () => client.send(new aws.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ["eni-4bc0"] })),
      "InvalidNetworkInterfaceId",
      "InvalidNetworkInterfaceID",
    ],
    [
      "a table",
      () => client.send(new aws.DescribeRouteTablesCommand({ RouteTableIds: [net.vpc] })),
      "InvalidRouteTableId",
      "InvalidRouteTableID",
    ],
    [
      "a table of a route",
      () =>
        client.send(
          new aws.ReplaceRouteCommand({ RouteTableId: "rtb-xyz", ...vip, NetworkInterfaceId: first.eni }),
        ),
      "InvalidRouteTableId",
      "InvalidRouteTableID",
    ],
    [
      "an interface of a route",
      () =>
        client.send(
          new aws.ReplaceRouteCommand({ RouteTableId: net.tables[0], ...vip, NetworkInterfaceId: "eni-xyz" }),
        ),
      "InvalidNetworkInterfaceId",
      "InvalidNetworkInterfaceID",
    ],
    [
      "an instance",
      () => client.send(new aws.DescribeInstancesCommand({ InstanceIds: ["i-xyz"] })),
      "InvalidInstanceID",
      "InvalidInstanceID",
    ],
  ];
  for (const [what, send, malformed, notFound] of requests) {
    await talk.ask(`${what} by an id that can be none`, send(), done, `${malformed}.Malformed 400 invalid`, {
      name: "malformed-id",
      moto: `${notFound}.NotFound 400 notFound`,
    });
  }
  await talk.ask(
    "an allocation by an id that can be none: there is no such code for it",
    client.send(new aws.DescribeAddressesCommand({ AllocationIds: ["eipalloc-xyz"] })),
    done,
    "InvalidAllocationID.NotFound 400 notFound",
  );
  await talk.call(
    "Ec2.vpcCidrs of an id that can be none",
    (ec2, options) => ec2.vpcCidrs("vpc-xyz", options),
    `Fault 5 certain: Invalid id: "vpc-xyz" (expecting "vpc-...") (DescribeVpcs of vpc-xyz: InvalidVpcID.Malformed)`,
    {
      name: "malformed-id",
      moto: "Fault 5 certain: VpcID {'vpc-xyz'} does not exist (DescribeVpcs of vpc-xyz: InvalidVpcID.NotFound)",
    },
  );
}
