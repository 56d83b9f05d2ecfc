/**
 * An acknowledgement device that listens on a TCP port, such as port 443 of the regional EC2 endpoint.
 *
 * @module
 */
import type { TieBreakerPlugin } from "../../core/plugin/contract.ts";
import { type TcpOptions, tcpOptions, tcpProbe } from "../tcp_probe.ts";

const tcp: TieBreakerPlugin<TcpOptions> = {
  kind: "quorum",
  description: "Connects to a TCP port, such as port 443 of the regional EC2 endpoint.",
  vote: "weak",
  options: tcpOptions("the device", "1s"),
  defaults: { intervalMs: 5_000, timeoutMs: 3_000 },
  probe: tcpProbe,
};

export default tcp;
