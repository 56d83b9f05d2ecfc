/**
 * Watches an AWS elastic IP: its association with this server's network interface.
 *
 * @module
 */
import type { ElasticIp } from "../../core/aws/ec2.ts";
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { normal } from "../../core/plugin/verdict.ts";
import { together } from "../together.ts";
import { EIP_READS, eipPreflight } from "../resources/eip_preflight.ts";
import { placeVerdict } from "../resources/own_eni.ts";
import { EIP_OPTIONS } from "../resources/aws_options.ts";
import { type AwsEipOptions, isInPlace } from "../resources/aws-eip.ts";

const awsEip: MonitorPlugin<AwsEipOptions> = {
  kind: "monitor",
  description: "Checks that the Elastic IP is associated with this server's network interface.",
  options: EIP_OPTIONS,
  // Shorter than the guide's 60 s and 180 s for the reason given at the monitor of the virtual IP.
  defaults: { intervalMs: 30_000, timeoutMs: 20_000, retries: 1, startDelayMs: 0, timing: "active" },

  preflight: (context) => eipPreflight(context, false),

  permissions: () => EIP_READS,

  async check({ options, signal, ...context }) {
    let eip: ElasticIp;
    try {
      const ec2 = await context.ec2();
      const asking = { options, signal, ...context };
      const place = placeVerdict(ec2, asking, context.os.nics(signal));
      const [here, found] = await together([place, ec2.elasticIp(options.allocation, { signal })]);
      if (here.status !== "normal") return here;
      eip = found;
    } catch (error) {
      signal.throwIfAborted();
      return unknownVerdict(error);
    }
    if (isInPlace(eip, options)) return normal(`${eip.publicIp} is associated with ${options.eni}`);
    return {
      status: "error",
      code: FAULT_CODES.address,
      message: `the EIP ${eip.publicIp} is not on ${placeOf(options.eni, options.privateIp)} but on ` +
        `${placeOf(eip.eniId, eip.eniId === options.eni ? eip.privateIp : undefined)}; ` +
        `check whether another cluster uses ${options.allocation}`,
    };
  },
};

export default awsEip;

function placeOf(eni: string | undefined, privateIp: string | undefined): string {
  if (eni === undefined) return "no network interface";
  return privateIp === undefined ? eni : `${privateIp} of ${eni}`;
}
