/**
 * Stops the instance of a server and waits until EC2 says that it is stopped.
 *
 * @module
 */
import type { Ec2, InstanceState, StopAnswer } from "../../core/aws/ec2.ts";
import type { FenceContext, FencePlugin } from "../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { ec2Arn, everywhere } from "../../core/plugin/permission.ts";
import { normal, type Verdict } from "../../core/plugin/verdict.ts";
import { isForbidden } from "../../core/aws/failure.ts";
import { type AwsStopOptions, checkIdentity, unknownInstance } from "./aws_instances.ts";
import { together } from "../together.ts";
import { AwsShot } from "./aws_shot.ts";

const awsStop: FencePlugin<AwsStopOptions> = {
  kind: "fence",
  description: "Stops the EC2 instance of a silent server, and counts it as off only when EC2 says that it is.",
  options: {
    instance: {
      type: "string",
      required: true,
      distinct: true,
      description: "id of this server's instance, such as i-0a1b2c3d4e5f60718; each server has its own",
      pattern: { test: /^i-[0-9a-z]+$/, expected: "the id of an instance, such as i-0a1b2c3d4e5f60718" },
    },
    skipOsShutdown: {
      type: "string",
      default: "auto",
      oneOf: ["auto", "always", "never"],
      description:
        "whether its operating system is not asked first, which saves minutes; auto: where the instance type can",
    },
    pollInterval: {
      type: "duration",
      default: "2s",
      min: 100,
      max: 60_000,
      description: "time from one look at its state to the next",
    },
  },
  defaults: { intervalMs: 300_000, timeoutMs: 300_000 },

  async prepare(context) {
    const ec2 = await context.ec2();
    // Loads the SDK and fetches the credentials, long before they are needed.
    await ec2.instanceState(context.options.instance, { signal: context.signal });
  },

  async ready(context) {
    try {
      return await readiness(await context.ec2(), context);
    } catch (error) {
      if (!(error instanceof Fault) || !isForbidden(error)) throw error;
      // Elsewhere a denied call says nothing about the thing itself; here it is what was asked.
      return { status: "error", code: error.code, message: `${error.message}; ${error.remedy}` };
    }
  },

  permissions: ({ instance }) => [
    everywhere("ec2:DescribeInstances", "whether it is stopped"),
    { action: "ec2:StopInstances", resources: [ec2Arn(`instance/${instance}`)], purpose: "fencing" },
  ],

  async stop(context) {
    await checkIdentity(context);
    return await new AwsShot(await context.ec2(), context).confirmed();
  },
};

export default awsStop;

async function readiness(ec2: Ec2, context: FenceContext<AwsStopOptions>): Promise<Verdict> {
  const { options, targetOptions: { instance }, signal, target } = context;
  await checkIdentity(context);
  const [own, other] = await together([
    ec2.instanceState(options.instance, { signal }),
    ec2.instanceState(instance, { signal }),
  ]);
  if (own === null) throw unknownInstance(options.instance, context.server);
  if (other === null) throw unknownInstance(instance, target);
  if (other.name === "terminated" || other.name === "shutting-down") return replaced(other, target);
  if (other.unstoppable !== undefined) return cannotBeStopped(other, target);
  const skip = options.skipOsShutdown !== "never";
  let answer = await ec2.stopInstance(instance, { force: true, skipOsShutdown: skip, dryRun: true }, { signal });
  const slow = answer.kind === "skip-refused";
  if (slow && options.skipOsShutdown === "auto") {
    answer = await ec2.stopInstance(instance, { force: true, skipOsShutdown: false, dryRun: true }, { signal });
  }
  const verdict = dryRunVerdict(answer, other, slow);
  if (verdict.status !== "normal" || other.doubt === undefined) return verdict;
  return { status: "warning", code: FAULT_CODES.requestFailed, message: `${verdict.message}, but ${other.doubt}` };
}

function cannotBeStopped({ id, unstoppable }: InstanceState, target: string): Verdict {
  return {
    status: "error",
    code: FAULT_CODES.requestFailed,
    message:
      `${id} of ${target} may be stopped and can't: ${unstoppable}; use an on-demand instance, or a persistent ` +
      "request, or another type of fence",
  };
}

function replaced({ id, name }: InstanceState, target: string): Verdict {
  return {
    status: "error",
    code: FAULT_CODES.requestFailed,
    message: `${id} of ${target} is ${name}, and an instance never comes back from there; ` +
      `set the instance of ${target} in cluster.yaml if another one has taken its place`,
  };
}

function dryRunVerdict(answer: StopAnswer, { id, name, instanceType }: InstanceState, slow: boolean): Verdict {
  switch (answer.kind) {
    case "would-stop":
      return normal(
        slow
          ? `${id} is ${name} and may be stopped; a ${instanceType} has its operating system asked first, for minutes`
          : `${id} is ${name} and may be stopped`,
      );
    case "skip-refused":
      return {
        status: "error",
        code: FAULT_CODES.requestFailed,
        message: `${id} (${instanceType}) can't be stopped without asking its operating system: ${answer.message}; ` +
          "set skipOsShutdown to auto",
      };
    case "accepted":
      return {
        status: "error",
        code: FAULT_CODES.internal,
        message: `the EC2 endpoint took a dry run for real: ${id} was ${answer.previous} and is ${answer.current}; ` +
          "this endpoint can't be used for fencing",
      };
  }
}
