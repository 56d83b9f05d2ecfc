/**
 * An acknowledgement device that answers pings: a NAT instance, a router, any host both servers reach on their way out.
 *
 * @module
 */
import type { TieBreakerPlugin } from "../../core/plugin/contract.ts";
import { pingAny, type PingOptions } from "../ping_any.ts";

const ping: TieBreakerPlugin<PingOptions> = {
  kind: "quorum",
  description: "Pings addresses; one answer is enough. NAT gateways don't answer pings: use tcp where there is one.",
  vote: "weak",
  options: {
    addresses: { type: "addresses", required: true, description: "addresses to ping" },
    pingTimeout: {
      type: "duration",
      default: "1s",
      min: 10,
      max: 30_000,
      description: "how long to wait for an answer",
    },
  },
  defaults: { intervalMs: 5_000, timeoutMs: 3_000 },
  probe: ({ options, ...context }) => pingAny({ ...context, options: {} }, options.addresses, options.pingTimeout),
};

export default ping;
