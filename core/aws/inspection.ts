/**
 * EC2 as a preflight looks at it: wider than `Ec2`, and nothing here changes anything.
 *
 * @module
 */
import type { CallOptions } from "./ec2.ts";

/** A network interface with what decides who reaches it. */
export interface InspectedInterface {
  id: string;
  vpcId: string;
  subnetId: string;
  /** Lower case, colon separated. */
  mac: string;
  /** The primary one first. */
  privateIps: string[];
  /** The public address of the primary one, and the allocation it comes from when it is an Elastic IP. */
  publicIp?: string;
  allocationId?: string;
  /** The public addresses of all private ones; `allocationId` where it is an Elastic IP. */
  associations: { privateIp: string; publicIp: string; allocationId?: string }[];
  /** False: it passes on what is not addressed to it. */
  sourceDestCheck: boolean;
  instanceId?: string;
  securityGroupIds: string[];
  tags: Record<string, string>;
}

/** A route with whatever it leads to. */
export interface InspectedRoute {
  destination: string;
  /** `local`, or the id of a network interface, gateway, NAT gateway, endpoint, peering; empty when it has none. */
  target: string;
  state: "active" | "blackhole";
}

/** A route table with the subnets that use it. */
export interface InspectedTable {
  id: string;
  /** The table of subnets that name none. */
  main: boolean;
  subnetIds: string[];
  /** The gateways whose traffic into the VPC it routes. */
  gatewayIds: string[];
  routes: InspectedRoute[];
}

/** What a rule of a security group lets through. */
export interface GroupRule {
  egress: boolean;
  /** `tcp`, `udp`, `icmp`, a number; `-1` is everything. */
  protocol: string;
  /** -1 or left out by EC2: all. */
  fromPort: number;
  toPort: number;
  blocks: string[];
  groupIds: string[];
  /** Prefix lists, whose blocks are not read. */
  lists: string[];
}

/** A security group. */
export interface SecurityGroup {
  id: string;
  name: string;
  rules: GroupRule[];
}

/** An entry of a network ACL. */
export interface AclEntry {
  /** The lowest that fits decides. */
  number: number;
  egress: boolean;
  allow: boolean;
  /** The number of the protocol: 17 is UDP, -1 everything. */
  protocol: string;
  block: string;
  fromPort: number;
  toPort: number;
}

/** A network ACL. */
export interface NetworkAcl {
  id: string;
  subnetIds: string[];
  entries: AclEntry[];
}

/** Where credentials come from. `role`: of the instance; `keys`: an access key that does not end. */
export interface Credentials {
  kind: "role" | "assumed" | "keys" | "other";
  /** The last four characters of the access key. */
  hint: string;
  /** Wall clock time in milliseconds; left out: they don't end. */
  expiresAtMs?: number;
}

/** Calls whose permission can be tried without doing them. Those for private addresses know no dry run. */
export type TrialCall =
  | { action: "ReplaceRoute"; tableId: string; destination: string; eniId: string }
  | { action: "CreateRoute"; tableId: string; destination: string; eniId: string }
  | { action: "AssociateAddress"; allocationId: string; eniId: string; privateIp?: string }
  | { action: "DisassociateAddress"; associationId: string };

/** The questions. Each failure is a `Fault`. */
export interface Ec2Inspection {
  /** Where calls go. */
  endpoint(options: CallOptions): Promise<{ host: string; port: number; region: string }>;
  credentials(options: CallOptions): Promise<Credentials>;
  /** Those with these ids, or those that have one of these private addresses. An id that does not exist is a fault. */
  interfaces(query: { ids: string[] } | { privateIps: string[] }, options: CallOptions): Promise<InspectedInterface[]>;
  tables(vpcId: string, options: CallOptions): Promise<InspectedTable[]>;
  securityGroups(ids: readonly string[], options: CallOptions): Promise<SecurityGroup[]>;
  /** The ACLs of these subnets. */
  networkAcls(subnetIds: readonly string[], options: CallOptions): Promise<NetworkAcl[]>;
  /** Resolves when EC2 would do it; the `Fault` of the refusal otherwise. Nothing is done either way. */
  attempt(call: TrialCall, options: CallOptions): Promise<void>;
}
