/**
 * Watches an availability zone as AWS reports it.
 *
 * @module
 */
import type { AvailabilityZone } from "../../core/aws/ec2.ts";
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { findingOfVerdict } from "../../core/plugin/finding.ts";
import { everywhere } from "../../core/plugin/permission.ts";
import { normal, type Verdict } from "../../core/plugin/verdict.ts";
import { look } from "../aws_findings.ts";

/** Options of `aws-az`. */
export interface AwsAzOptions {
  zone?: string;
}

const awsAz: MonitorPlugin<AwsAzOptions> = {
  kind: "monitor",
  description: "Checks that AWS reports the availability zone as available, and so that EC2 answers at all.",
  options: {
    zone: {
      type: "string",
      description: "name of the availability zone, such as ap-northeast-1a; left out: the one this server is in",
    },
  },
  // The guide's 60 s and 180 s are for a command line client; a call that has not answered in 30 s never will.
  defaults: { intervalMs: 30_000, timeoutMs: 30_000, retries: 1, startDelayMs: 0, timing: "always" },

  preflight: ({ name, options, signal, imds, ...context }) =>
    look(name, async () => {
      const zone = options.zone ?? await imds.availabilityZone({ signal });
      return [findingOfVerdict(name, zoneVerdict(await (await context.ec2()).availabilityZone(zone, { signal })))];
    }),

  permissions: () => [everywhere("ec2:DescribeAvailabilityZones", "the state of the zone")],

  async check({ options, signal, imds, ...context }) {
    try {
      const name = options.zone ?? await imds.availabilityZone({ signal });
      return zoneVerdict(await (await context.ec2()).availabilityZone(name, { signal }));
    } catch (error) {
      signal.throwIfAborted();
      return unknownVerdict(error);
    }
  },
};

export default awsAz;

function zoneVerdict({ name, state, messages }: AvailabilityZone): Verdict {
  const said = messages.length === 0 ? "" : `: ${messages.join("; ").slice(0, 400)}`;
  const message = `AWS reports ${name} as ${state}${said}`;
  switch (state) {
    case "available":
      return normal(message);
    case "information":
    case "impaired":
      return { status: "warning", code: FAULT_CODES.requestFailed, message };
    case "unavailable":
      return { status: "error", code: FAULT_CODES.requestFailed, message };
    default:
      // A state that AWS adds one day is no reason to give up the zone.
      return { status: "unknown", code: FAULT_CODES.requestFailed, message };
  }
}
