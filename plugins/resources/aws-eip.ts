/**
 * The AWS elastic IP: a public address that is associated with the ENI of the active server.
 *
 * @module
 */
import type { Ec2, ElasticIp } from "../../core/aws/ec2.ts";
import { isHopeless } from "../../core/aws/failure.ts";
import type { Os } from "../../core/os/os.ts";
import type { DeactivateContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { withDeadline } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { persist, persistUntilSeen } from "../persist.ts";
import { EIP_OPTIONS } from "./aws_options.ts";
import { targetOf } from "./eip_plan.ts";
import { ownInterface, placeOf } from "./own_eni.ts";
import { EIP_READS, eipChanges, eipPreflight } from "./eip_preflight.ts";

/** Options of `aws-eip`. */
export interface AwsEipOptions {
  allocation: string;
  eni: string;
  privateIp?: string;
}

/** The association made last on a machine, by allocation id: what to remove when EC2 can't be read. */
const MADE = new WeakMap<Os, Map<string, string>>();

/** What EC2 gets to answer a deactivation whose outcome the successor does not depend on. In milliseconds. */
const QUICK_MS = 5_000;
/** The same when the permit is gone, unless the fence has less. In milliseconds. */
const FENCE_MS = 1_000;

const awsEip: ResourcePlugin<AwsEipOptions> = {
  kind: "resource",
  description: "An Elastic IP that follows the group by being associated with the active server's network interface.",
  address: true,
  claims: [
    { what: "Elastic IP", options: ["allocation"], within: "cluster" },
    // An address of an interface has one Elastic IP; without privateIp that is its first address.
    { what: "place for an Elastic IP", options: ["eni", "privateIp"], within: "cluster" },
  ],
  options: EIP_OPTIONS,
  defaults: { activateTimeoutMs: 60_000, deactivateTimeoutMs: 30_000, activateRetries: 3 },

  validate: ({ privateIp }) =>
    privateIp?.includes(":") ? [`privateIp is ${privateIp}: an Elastic IP stands for an IPv4 address`] : [],

  async prepare(context) {
    const { options, signal } = context;
    const ec2 = await context.ec2();
    // Both ids are proved to exist long before a takeover needs them, and the connection to EC2 is warm.
    await Promise.all([
      ownInterface(ec2, context, context.os.nics(signal)),
      ec2.elasticIp(options.allocation, { signal }),
    ]);
  },

  async activate(context) {
    const { options, signal, log } = context;
    const ec2 = await context.ec2();
    await persist(`${options.allocation} on ${options.eni}`, context, async () => {
      await ownInterface(ec2, context, context.os.nics(signal));
    });
    await persistUntilSeen(
      `${options.allocation} on ${options.eni}`,
      context,
      async () => {
        const associationId = await ec2.associateAddress(targetOf(options), { signal });
        remember(context.os, options.allocation, associationId);
      },
      async () => {
        const eip = await ec2.elasticIp(options.allocation, { signal });
        if (!isInPlace(eip, options)) return false;
        // Also of a call whose answer was lost.
        if (eip.associationId !== undefined) remember(context.os, options.allocation, eip.associationId);
        log.info(`${eip.publicIp} is associated with ${options.eni} (${eip.associationId})`);
        return true;
      },
    );
  },

  async deactivate(context) {
    const { options, signal, log, reason } = context;
    if (reason === "stop") {
      return await persist(`${options.allocation} off ${options.eni}`, context, () => release(context, signal));
    }
    // The successor's association takes the address from here anyway, and a server that has just lost its way to EC2
    // must not be shut down for it. So these try, briefly, and say what was left.
    try {
      await withDeadline(
        signal,
        reason === "fence" ? FENCE_MS : QUICK_MS,
        (both) => release(context, both),
      );
    } catch (error) {
      // A fence of a short stop time ends before EC2 has had its second; that is the same loss of the way to EC2.
      if (reason !== "fence") signal.throwIfAborted();
      const said = error instanceof Error ? error.message : String(error);
      log.warn(`${options.allocation} could not be taken off ${options.eni}: ${said}; the next carrier will take it`);
    }
  },

  /** Nothing: without the agent there is no EC2 client. The next carrier's association takes the address from here. */
  guard: () => Promise.resolve([]),

  preflight: (context) => eipPreflight(context, true),

  permissions: (options) => [...EIP_READS, ...eipChanges(options)],

  companion: (options) => ({ type: "aws-eip", options: { ...options } }),
};

export default awsEip;

/** Whether the EIP is where the options want it. */
export function isInPlace(eip: ElasticIp, { eni, privateIp }: AwsEipOptions): boolean {
  return eip.eniId === eni && (privateIp === undefined || eip.privateIp === privateIp);
}

function remember(os: Os, allocationId: string, associationId: string): void {
  const made = MADE.get(os) ?? new Map<string, string>();
  MADE.set(os, made.set(allocationId, associationId));
}

/**
 * Removes the association of the EIP with our ENI, and no other: it is addressed by an id that is never used twice, so
 * an association that a successor makes in the meantime is out of reach.
 */
async function release(context: DeactivateContext<AwsEipOptions>, signal: AbortSignal): Promise<void> {
  const { options, log } = context;
  const ec2 = await context.ec2();
  const made = MADE.get(context.os)?.get(options.allocation);
  if (made === undefined) {
    const { here, said } = await placeOf(ec2, { ...context, signal }, context.os.nics(signal));
    // What is on the network interface of another server is that server's.
    if (here === false) return log.warn(`${options.allocation} is left where it is: ${said}`);
  }
  const associationId = await ownAssociation(ec2, options, made, signal);
  if (associationId === undefined) return log.info(`${options.allocation} is not on ${options.eni}`);
  await ec2.disassociateAddress(associationId, { signal });
  MADE.get(context.os)?.delete(options.allocation);
  await refuseAnother(ec2, options, associationId, signal);
  log.info(`${options.allocation} is off ${options.eni}`);
}

/** A call of ours that was late may have associated it once more. What EC2 took is off, whether or not a read shows it. */
async function refuseAnother(ec2: Ec2, { allocation, eni }: AwsEipOptions, gone: string, signal: AbortSignal) {
  let eip: ElasticIp;
  try {
    eip = await ec2.elasticIp(allocation, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isHopeless(error)) throw error;
    return;
  }
  if (eip.eniId !== eni || eip.associationId === gone) return;
  throw new Fault(FAULT_CODES.requestFailed, `${allocation} is on ${eni} again, by another call`, { uncertain: true });
}

async function ownAssociation(
  ec2: Ec2,
  options: AwsEipOptions,
  made: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const eip = await ec2.elasticIp(options.allocation, { signal });
    // EC2 may still show the state before our own association; the id we made is ours wherever it is.
    return eip.eniId === options.eni ? eip.associationId : made;
  } catch (error) {
    if (made === undefined || signal.aborted) throw error;
    return made;
  }
}
