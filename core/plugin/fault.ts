/**
 * The guide's numbers, and below 5 and from 20 on our own, each with its meaning. A warning carries the number + 100.
 * What an operator can do about each stands in `core/explain/codes`.
 */
export const FAULT_CODES = {
  /** A program of the operator's own said no. */
  program: 1,
  /** The EC2 API answered with an error, or the request is wrong: VPC / ENI / allocation id / route does not exist. */
  requestFailed: 5,
  /** No answer in time: the regional endpoint is not reachable. */
  timeout: 6,
  /** The VIP lies inside a VPC CIDR (aws-vip), or the EIP is not on the ENI (aws-eip). */
  address: 7,
  /** The route of the VIP points to another ENI. */
  routeChanged: 8,
  /** The addresses of a NIC are not configured as they should be (the guide: not static; here: the VIP is static). */
  nicAddress: 12,
  /** The source/destination check of the ENI is on, so that EC2 drops what is sent to the VIP. */
  sourceDestCheck: 20,
  /** Something that Baton needs on this machine is missing or broken. */
  internal: 99,
} as const;

/** A number a fault may carry: the guide's, or a plugin's own positive integer. */
export type FaultCode = number;

/**
 * A failure that an operator can act on: the guide's number, what happened, and what to do.
 *
 * Plugins throw it from `activate` and `deactivate`. `uncertain` marks failures that say nothing about the state of
 * the thing itself (throttled, timed out, refused): in a monitor they become `unknown`, never `error`.
 */
export class Fault extends Error {
  override name = "Fault";
  constructor(
    readonly code: FaultCode,
    message: string,
    readonly details: { remedy?: string; uncertain?: boolean; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
  }

  /** What would make it work. Empty when nothing general can be said. */
  get remedy(): string {
    return this.details.remedy ?? "";
  }

  /** True when the failure says nothing about the state that was asked for. */
  get uncertain(): boolean {
    return this.details.uncertain ?? false;
  }
}
