/**
 * Instances that are stopped for certain: forced, without asking their operating system, and what is never off.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import { createEc2 } from "../../core/aws/ec2_client.ts";
import { Ec2Sdk } from "../../core/aws/ec2_sdk.ts";
import { SimulatedOs } from "../../core/os/simulated.ts";
import { createContext, fenceContext } from "../../core/plugin/context.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import awsStop from "../../plugins/fence/aws-stop.ts";
import type { AwsStopOptions } from "../../plugins/fence/aws_instances.ts";
import type { Conversation } from "./conversation.ts";
import type { Network } from "./network.ts";

const UNKNOWN = "i-0bad0bad0bad0bad1";
/** A whole attempt. In milliseconds. */
const ATTEMPT_MS = 10_000;

export async function fencingCases(talk: Conversation, net: Network): Promise<void> {
  const nitro = await launch(talk, net, "t3.small", "nitro");
  const xen = await launch(talk, net, "m4.large", "xen");
  await stops(talk, nitro, xen);
  await ends(talk, xen);
  await fences(talk, net.servers[1].instance, nitro);
}

async function launch(
  talk: Conversation,
  net: Network,
  instanceType: aws._InstanceType,
  name: string,
): Promise<string> {
  const { Instances } = await talk.need(
    `an instance of type ${instanceType}`,
    talk.client.send(
      new aws.RunInstancesCommand({
        ImageId: "ami-12345678",
        InstanceType: instanceType,
        MinCount: 1,
        MaxCount: 1,
        SubnetId: net.servers[0].subnet,
      }),
    ),
  );
  const id = talk.name(Instances?.[0]?.InstanceId, name);
  await reaches(talk, id, "running");
  return id;
}

async function reaches(talk: Conversation, instance: string, state: string): Promise<void> {
  await talk.askUntil(
    `${String(talk.plain(instance))} is ${state}`,
    () => talk.client.send(new aws.DescribeInstancesCommand({ InstanceIds: [instance] })),
    ({ Reservations }) => Reservations?.[0]?.Instances?.[0]?.State?.Name,
    state,
  );
}

const changes = (changed: aws.InstanceStateChange[] | undefined) =>
  changed?.map((one) => [one.PreviousState?.Name, one.CurrentState?.Name]);

async function stops(talk: Conversation, nitro: string, xen: string): Promise<void> {
  const stop = (instance: string, more: Partial<aws.StopInstancesCommandInput>) =>
    talk.client.send(new aws.StopInstancesCommand({ InstanceIds: [instance], ...more }));
  const seen = ({ StoppingInstances }: aws.StopInstancesCommandOutput) => changes(StoppingInstances);
  await talk.call(
    "Ec2.instanceState of one that runs",
    (ec2, options) => ec2.instanceState(nitro, options),
    { id: "<nitro>", name: "running", reason: "", instanceType: "t3.small" },
  );
  await talk.call("Ec2.instanceState of an unknown one", (ec2, options) => ec2.instanceState(UNKNOWN, options), null);
  await talk.ask(
    "StopInstances with Force and SkipOsShutdown as a dry run",
    stop(nitro, { Force: true, SkipOsShutdown: true, DryRun: true }),
    seen,
    "DryRunOperation 412 refused",
  );
  await talk.ask(
    "StopInstances with SkipOsShutdown of a type on Xen",
    stop(xen, { SkipOsShutdown: true }),
    seen,
    "OperationNotPermitted 400 refused",
    { name: "skip-unchecked", moto: [["running", "stopping"]] },
  );
  await talk.ask("StopInstances with Force", stop(xen, { Force: true }), seen, [["running", "stopping"]], {
    name: "skip-unchecked",
    moto: [["stopped", "stopping"]],
  });
  await talk.ask(
    "StopInstances with Force and SkipOsShutdown",
    stop(nitro, { Force: true, SkipOsShutdown: true }),
    seen,
    [["running", "stopping"]],
  );
  await reaches(talk, nitro, "stopped");
  await talk.call(
    "Ec2.instanceState of one that is stopped says why",
    async (ec2, options) => {
      const state = await ec2.instanceState(nitro, options);
      return [state?.name, state?.reason !== ""];
    },
    ["stopped", true],
  );
  await talk.need("it starts", talk.client.send(new aws.StartInstancesCommand({ InstanceIds: [nitro] })));
  await reaches(talk, nitro, "running");
}

async function ends(talk: Conversation, instance: string): Promise<void> {
  const ids = { InstanceIds: [instance] };
  await reaches(talk, instance, "stopped");
  await talk.need("it starts", talk.client.send(new aws.StartInstancesCommand(ids)));
  await reaches(talk, instance, "running");
  await talk.ask(
    "TerminateInstances",
    talk.client.send(new aws.TerminateInstancesCommand(ids)),
    ({ TerminatingInstances }) => changes(TerminatingInstances),
    [["running", "shutting-down"]],
  );
  await reaches(talk, instance, "terminated");
  await talk.ask(
    "StopInstances of one that is terminated",
    talk.client.send(new aws.StopInstancesCommand(ids)),
    ({ StoppingInstances }) => changes(StoppingInstances),
    "IncorrectInstanceState 400 refused",
    { name: "stop-terminated", moto: [["terminated", "stopping"]] },
  );
}

/** The fence itself, from the first look to the confirmation. */
async function fences(talk: Conversation, own: string, target: string): Promise<void> {
  const sdk = new Ec2Sdk({ callTimeoutMs: ATTEMPT_MS });
  const silent = () =>
    Promise.reject(new Fault(FAULT_CODES.timeout, "there is no metadata service", { uncertain: true }));
  const options = (instance: string): AwsStopOptions => ({ instance, skipOsShutdown: "auto", pollInterval: 25 });
  const context = (mine: string, other: string) =>
    fenceContext(
      createContext({
        options: options(mine),
        name: "fence",
        server: "server2",
        signal: AbortSignal.timeout(ATTEMPT_MS),
        log: { debug() {}, info() {}, warn() {} },
        os: new SimulatedOs("", () => {}),
        ec2: () => Promise.resolve(createEc2(sdk, { fence: true })),
        imds: { instanceId: silent, region: silent, availabilityZone: silent },
      }),
      "server1",
      options(other),
    );
  try {
    await talk.call("aws-stop is ready", async () => (await awsStop.ready(context(own, target))).status, "normal");
    await talk.call(
      "aws-stop of an instance that EC2 does not know",
      () => awsStop.stop(context(own, UNKNOWN)),
      `Fault 5 certain: EC2 knows no instance ${UNKNOWN} of server1 in this region: that is no proof that it is off`,
    );
    await reaches(talk, target, "running");
    await talk.call(
      "aws-stop stops",
      async () => (await awsStop.stop(context(own, target))).replace(/ \(.*/, ""),
      "<nitro> is stopped",
    );
    await reaches(talk, target, "stopped");
    await talk.call(
      "aws-stop of what is stopped already",
      async () => (await awsStop.stop(context(own, target))).replace(/ \(.*/, ""),
      "<nitro> is stopped",
    );
    await talk.call(
      "aws-stop by one that is stopped itself",
      () => awsStop.stop(context(target, own)),
      "Fault 5 certain: server1 is not stopped by server2, whose own instance <nitro> is stopped: " +
        "who is being stopped stops nobody",
    );
  } finally {
    sdk.close();
  }
}
