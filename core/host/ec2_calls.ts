import type { Ec2 } from "../aws/ec2.ts";
import type { Ec2Inspection } from "../aws/inspection.ts";

/**
 * The calls of EC2 that drop-ins can ask for, all that wait for an answer, and whether they change anything. `satisfies`
 * keeps this list equal to them.
 */
export const EC2_CALLS = {
  vpcCidrs: "looks",
  subnetCidrs: "looks",
  routeTables: "looks",
  replaceRoute: "changes",
  createRoute: "changes",
  networkInterface: "looks",
  interfaceWithAddress: "looks",
  setSourceDestCheck: "changes",
  assignAddress: "changes",
  unassignAddress: "changes",
  elasticIp: "looks",
  associateAddress: "changes",
  disassociateAddress: "changes",
  availabilityZone: "looks",
  instanceState: "looks",
  stopInstance: "changes",
} as const satisfies Record<Exclude<keyof Ec2, "assuming">, "changes" | "looks">;

/** The same of what only looks. */
export const INSPECTIONS = {
  endpoint: 1,
  credentials: 1,
  interfaces: 1,
  tables: 1,
  securityGroups: 1,
  networkAcls: 1,
  attempt: 1,
} as const satisfies Record<keyof Ec2Inspection, 1>;
