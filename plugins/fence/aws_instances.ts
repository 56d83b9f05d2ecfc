/**
 * What stopping an instance and looking ahead at it have in common.
 *
 * @module
 */
import type { FenceContext } from "../../core/plugin/contract.ts";
import { withDeadline } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";

/** Options of `aws-stop`. */
export interface AwsStopOptions {
  instance: string;
  skipOsShutdown: "auto" | "always" | "never";
  /** In milliseconds. */
  pollInterval: number;
}

/** How long the metadata service may take to say who we are. In milliseconds. */
const IDENTITY_MS = 2_000;

/**
 * Throws a `Fault` when the ids can't be right: a server that takes its own instance for another's would stop itself,
 * or would look at the wrong one to see whether it is being stopped. A silent metadata service is no objection.
 */
export async function checkIdentity(context: FenceContext<AwsStopOptions>): Promise<void> {
  const { options, targetOptions, server, target, signal, imds } = context;
  if (options.instance === targetOptions.instance) {
    throw new Fault(FAULT_CODES.requestFailed, `${server} and ${target} have the same instance ${options.instance}`, {
      remedy: "give each server its own instance, under individually",
    });
  }
  let actual: string;
  try {
    actual = await withDeadline(signal, IDENTITY_MS, (within) => imds.instanceId({ signal: within }));
  } catch (error) {
    signal.throwIfAborted();
    context.log.debug(`the metadata service does not say which instance this is: ${String(error)}`);
    return;
  }
  if (actual === options.instance) return;
  throw new Fault(
    FAULT_CODES.requestFailed,
    `this server runs on ${actual}, not on ${options.instance}, which is configured for ${server}`,
    { remedy: `set the instance of ${server} to ${actual}` },
  );
}

/** The fault of an instance that EC2 does not know. It counts as neither on nor off. */
export function unknownInstance(instance: string, server: string): Fault {
  return new Fault(
    FAULT_CODES.requestFailed,
    `EC2 knows no instance ${instance} of ${server} in this region: that is no proof that it is off`,
    {
      remedy: `correct the instance of ${server} or aws.region; if it was terminated more than an hour ago, ` +
        `make sure of that and run: baton confirm-stopped ${server}`,
    },
  );
}
