/**
 * The partitions of AWS: clouds that know nothing of each other, each with a name in its ARNs and a domain of its own.
 *
 * @module
 */

/** What a partition is told by. */
interface Partition {
  /** As ARNs have it: `aws-us-gov`. */
  id: string;
  /** The domain of its endpoints. */
  domain: string;
}

/** By what the names of their regions begin with; what fits none is the public one. */
const PARTITIONS: readonly (readonly [prefix: string, partition: Partition])[] = [
  ["cn-", { id: "aws-cn", domain: "amazonaws.com.cn" }],
  ["us-gov-", { id: "aws-us-gov", domain: "amazonaws.com" }],
  ["us-iso-", { id: "aws-iso", domain: "c2s.ic.gov" }],
  ["us-isob-", { id: "aws-iso-b", domain: "sc2s.sgov.gov" }],
  ["eu-isoe-", { id: "aws-iso-e", domain: "cloud.adc-e.uk" }],
  ["us-isof-", { id: "aws-iso-f", domain: "csp.hci.ic.gov" }],
  ["eusc-", { id: "aws-eusc", domain: "amazonaws.eu" }],
];

function partition(region: string): Partition {
  const found = PARTITIONS.find(([prefix]) => region.startsWith(prefix));
  return found === undefined ? { id: "aws", domain: "amazonaws.com" } : found[1];
}

/** The partition of a region, as ARNs name it. */
export function partitionOf(region: string): string {
  return partition(region).id;
}

/** The host of the regional endpoint of EC2. */
export function ec2Host(region: string): string {
  return `ec2.${region}.${partition(region).domain}`;
}
