/**
 * Who may do what: keys that nobody knows, and a user who may read and nothing else.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import type { Conversation } from "./conversation.ts";
import { type Network, VIP_BLOCK } from "./network.ts";

const done = () => "done";

/** The conversation of the user who may only read. */
export async function deniedCases(talk: Conversation, net: Network): Promise<void> {
  const { client } = talk;
  const [first] = net.servers;
  const route = {
    RouteTableId: net.tables[0],
    DestinationCidrBlock: VIP_BLOCK,
    NetworkInterfaceId: first.eni,
  };
  const address = { AllocationId: net.allocation, NetworkInterfaceId: first.eni };
  const instance = { InstanceIds: [first.instance] };
  const denied = "UnauthorizedOperation 403 denied";
  const known = { name: "denied-code", moto: "AccessDenied 403 denied" };
  await talk.ask("reading is allowed", client.send(new aws.DescribeVpcsCommand({ VpcIds: [net.vpc] })), done, "done");
  await talk.ask("ReplaceRoute is not", client.send(new aws.ReplaceRouteCommand(route)), done, denied, known);
  await talk.ask("CreateRoute is not", client.send(new aws.CreateRouteCommand(route)), done, denied, known);
  await talk.ask("AssociateAddress is not", client.send(new aws.AssociateAddressCommand(address)), done, denied, known);
  await talk.ask("StopInstances is not", client.send(new aws.StopInstancesCommand(instance)), done, denied, known);
  await talk.ask(
    "a dry run tells it without doing it",
    client.send(new aws.AssociateAddressCommand({ ...address, DryRun: true })),
    done,
    denied,
    known,
  );
  await talk.ask(
    "a dry run of what is allowed",
    client.send(new aws.DescribeVpcsCommand({ VpcIds: [net.vpc], DryRun: true })),
    done,
    "DryRunOperation 412 refused",
  );
  const stranger = new aws.EC2Client({
    region: "ap-northeast-1",
    endpoint: talk.url,
    maxAttempts: 1,
    credentials: { accessKeyId: "ASIAOFNOBODYATALL000", secretAccessKey: "not-a-secret", sessionToken: "made-up" },
  });
  try {
    await talk.ask(
      "keys that nobody knows",
      stranger.send(new aws.DescribeVpcsCommand({})),
      done,
      "AuthFailure 401 credentials",
    );
  } finally {
    stranger.destroy();
  }
  for (const replace of [true, false]) {
    await talk.call(
      `Ec2.${replace ? "replaceRoute" : "associateAddress"} of one who may not`,
      async (ec2, options) => {
        try {
          if (replace) {
            await ec2.replaceRoute({ tableId: net.tables[0], destination: VIP_BLOCK, eniId: first.eni }, options);
          } else await ec2.associateAddress({ allocationId: net.allocation, eniId: first.eni }, options);
          return "done";
        } catch (error) {
          const { code, uncertain, remedy } = error as { code: number; uncertain: boolean; remedy: string };
          return [code, uncertain, remedy];
        }
      },
      [
        5,
        true,
        `allow the action ec2:${
          replace ? "ReplaceRoute" : "AssociateAddress"
        } in the IAM policy of this server's role or user`,
      ],
    );
  }
}
