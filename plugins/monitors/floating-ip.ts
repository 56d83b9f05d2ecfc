/**
 * Watches a floating IP: on this server's NIC, and the NIC on the network.
 *
 * @module
 */
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { localAddress } from "../local_address.ts";
import { FLOATING_IP_OPTIONS } from "../resources/floating-ip.ts";

/** Options of `floating-ip`. */
export interface FloatingIpMonitorOptions {
  ip: string;
  nic?: string;
  link: boolean;
}

const floatingIp: MonitorPlugin<FloatingIpMonitorOptions> = {
  kind: "monitor",
  description: "Checks that the floating IP address is on this server, and that its network interface has a link.",
  options: {
    ...FLOATING_IP_OPTIONS,
    link: {
      type: "boolean",
      default: true,
      description: "whether a network interface without a link is an error too",
    },
  },
  // Nobody is asked but this machine, so it can be often; a cable that is out is seen within seconds.
  defaults: { intervalMs: 5_000, timeoutMs: 10_000, retries: 1, startDelayMs: 0, timing: "active" },
  check: (context) => localAddress(context, { link: context.options.link }),
};

export default floatingIp;
