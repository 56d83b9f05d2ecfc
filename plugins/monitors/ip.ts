/**
 * Watches the way into the network: pings several addresses and is content with one answer, unless all are asked for.
 *
 * @module
 */
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { pingAny, type PingOptions } from "../ping_any.ts";

const ip: MonitorPlugin<PingOptions> = {
  kind: "monitor",
  description: "Pings addresses; an error when none of them answers, or when one does not and all are asked for.",
  options: {
    addresses: { type: "addresses", required: true, description: "addresses to ping" },
    pingTimeout: {
      type: "duration",
      default: "5s",
      min: 10,
      max: 60_000,
      description: "how long to wait for an answer",
    },
    need: {
      type: "string",
      oneOf: ["any", "all"],
      default: "any",
      description: "which of the addresses have to answer: any one of them, or all",
    },
  },
  defaults: { intervalMs: 60_000, timeoutMs: 60_000, retries: 1, startDelayMs: 0, timing: "always" },
  check: ({ options, ...context }) =>
    pingAny({ ...context, options: {} }, options.addresses, options.pingTimeout, options.need),
};

export default ip;
