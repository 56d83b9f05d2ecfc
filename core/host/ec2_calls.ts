import type { Ec2 } from "../aws/ec2.ts";
import type { Ec2Inspection } from "../aws/inspection.ts";

/** The calls of EC2 that drop-ins can ask for: all that wait for an answer. `satisfies` keeps this list equal to them. */
export const EC2_CALLS = {
  vpcCidrs: 1,
  subnetCidrs: 1,
  routeTables: 1,
  replaceRoute: 1,
  createRoute: 1,
  networkInterface: 1,
  interfaceWithAddress: 1,
  setSourceDestCheck: 1,
  assignAddress: 1,
  unassignAddress: 1,
  elasticIp: 1,
  associateAddress: 1,
  disassociateAddress: 1,
  availabilityZone: 1,
  instanceState: 1,
  stopInstance: 1,
} as const satisfies Record<Exclude<keyof Ec2, "assuming">, 1>;

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
