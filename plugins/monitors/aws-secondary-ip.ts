/**
 * Watches a secondary private address: on this server, and on its ENI.
 *
 * @module
 */
import type { MonitorPlugin, PluginContext } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { normal, type Verdict } from "../../core/plugin/verdict.ts";
import { localAddress } from "../local_address.ts";
import { placeVerdict } from "../resources/own_eni.ts";
import { together } from "../together.ts";
import { ENI, NIC, SECONDARY_IP } from "../resources/aws_options.ts";
import { type AwsSecondaryIpOptions, hasAddress } from "../resources/aws-secondary-ip.ts";
import { SECONDARY_IP_READS, secondaryIpPreflight } from "../resources/secondary_ip_preflight.ts";

const awsSecondaryIp: MonitorPlugin<AwsSecondaryIpOptions> = {
  kind: "monitor",
  description: "Checks that the secondary private address is on this server and assigned to its network interface.",
  options: { ip: SECONDARY_IP, eni: ENI, nic: NIC },
  defaults: { intervalMs: 30_000, timeoutMs: 20_000, retries: 1, startDelayMs: 0, timing: "active" },

  preflight: (context) => secondaryIpPreflight(context),

  permissions: () => SECONDARY_IP_READS,

  look: localAddress,

  async check(context) {
    // Side by side, and the local half first in the verdict: it is certain even where EC2 does not answer.
    const [local, assigned] = await Promise.all([localAddress(context), checkAssignment(context)]);
    context.signal.throwIfAborted();
    return local.status === "normal" ? assigned : local;
  },
};

export default awsSecondaryIp;

async function checkAssignment(
  { options, signal, ...context }: PluginContext<AwsSecondaryIpOptions>,
): Promise<Verdict> {
  try {
    const ec2 = await context.ec2();
    const [place, eni] = await together([
      placeVerdict(ec2, { options, signal, ...context }, context.os.nics(signal)),
      ec2.networkInterface(options.eni, { signal }),
    ]);
    if (place.status !== "normal") return place;
    if (hasAddress(eni, options.ip)) return normal(`${options.ip} is on this server and assigned to ${options.eni}`);
    return {
      status: "error",
      code: FAULT_CODES.address,
      message: `${options.ip} is not assigned to ${options.eni}; check whether another cluster uses it`,
    };
  } catch (error) {
    return unknownVerdict(error);
  }
}
