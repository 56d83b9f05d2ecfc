import type { AwsEipOptions } from "./aws-eip.ts";

/** What an activation of an Elastic IP asks for, and what its preflight tries. */
export function targetOf({ allocation, eni, privateIp }: AwsEipOptions) {
  return { allocationId: allocation, eniId: eni, ...(privateIp === undefined ? {} : { privateIp }) };
}
