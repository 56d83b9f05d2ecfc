/**
 * The source/destination check of an ENI: while it is on, EC2 drops what is sent to a VIP.
 *
 * @module
 */
import type { Ec2 } from "../../core/aws/ec2.ts";
import type { PluginContext } from "../../core/plugin/contract.ts";
import { pause } from "../../core/plugin/deadline.ts";
import { Fault } from "../../core/plugin/fault.ts";
import { freshInterface } from "./aws_eni.ts";

/** Looks at the ENI after the check was switched off, and between them, in milliseconds. */
const LOOKS = 5;
const LOOK_PAUSE_MS = 300;

/**
 * Switches the check off where it is on. That it is off already is not seen when EC2 can't be read just now: then the
 * routes, which need EC2 too, have their own say, and the monitor looks again.
 */
export async function switchOffCheck(ec2: Ec2, context: PluginContext<{ eni: string; ip: string }>): Promise<void> {
  const { options: { eni }, signal, log } = context;
  try {
    if (!(await freshInterface(ec2, eni, context)).sourceDestCheck) return;
  } catch (error) {
    if (signal.aborted || !(error instanceof Fault && error.uncertain)) throw error;
    return log.warn(`whether the source/destination check of ${eni} is off could not be found out: ${error.message}`);
  }
  await ec2.setSourceDestCheck(eni, false, { signal });
  for (let look = 0; look < LOOKS; look++) {
    try {
      if (!(await freshInterface(ec2, eni, context)).sourceDestCheck) {
        return log.info(`the source/destination check of ${eni} was on and is off now`);
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof Fault && error.uncertain)) throw error;
    }
    await pause(LOOK_PAUSE_MS, signal);
  }
  log.warn(`the source/destination check of ${eni} was switched off, and EC2 still shows it on`);
}

/** Says so where nobody asked for it to be switched off. */
export function warnOfCheck(
  { options, log }: Pick<PluginContext<{ eni: string; ip: string }>, "options" | "log">,
): void {
  log.warn(
    `the source/destination check of ${options.eni} is on, so EC2 drops what is sent to ${options.ip}: turn it off, ` +
      "or set sourceDestCheck: disable",
  );
}
