/**
 * Watches a TCP port.
 *
 * @module
 */
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { type TcpOptions, tcpOptions, tcpProbe } from "../tcp_probe.ts";

const tcp: MonitorPlugin<TcpOptions> = {
  kind: "monitor",
  description: "Connects to a TCP port; an error when it refuses or does not answer in time.",
  options: tcpOptions("the server to connect to", "5s"),
  defaults: { intervalMs: 30_000, timeoutMs: 30_000, retries: 1, startDelayMs: 0, timing: "always" },
  check: tcpProbe,
};

export default tcp;
