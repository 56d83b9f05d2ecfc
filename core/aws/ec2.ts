/**
 * EC2 as Baton needs it: eight calls, each with a deadline, each failure a `Fault` with the guide's number.
 *
 * The implementation behind it loads `@aws-sdk/client-ec2` on first use, so that a cluster without AWS resources never
 * pays for it.
 *
 * @module
 */

/** A route table and its routes. */
export interface RouteTable {
  id: string;
  vpcId: string;
  routes: Route[];
}

/** A route; `eniId` is missing where the target is not a network interface. */
export interface Route {
  /** IPv4 or IPv6 CIDR block. */
  destination: string;
  eniId?: string;
  /** `blackhole`: its target is gone. */
  state: "active" | "blackhole";
}

/** An elastic network interface. */
export interface NetworkInterface {
  id: string;
  vpcId: string;
  subnetId: string;
  availabilityZone: string;
  /** Lower case, colon separated. */
  mac: string;
  privateIp: string;
  sourceDestCheck: boolean;
  /** The instance it is attached to. */
  instanceId?: string;
}

/** An Elastic IP. */
export interface ElasticIp {
  allocationId: string;
  publicIp: string;
  associationId?: string;
  eniId?: string;
}

/** An availability zone, as AWS reports it. */
export interface AvailabilityZone {
  name: string;
  state: "available" | "information" | "impaired" | "unavailable" | string;
  messages: string[];
}

/** Options of every call. */
export interface CallOptions {
  signal: AbortSignal;
}

/**
 * The calls. Reads are retried within the deadline by the SDK's standard strategy. Calls that change something and
 * whose effect does not depend on an id only we can know (`replaceRoute`, `createRoute`, `associateAddress`) are sent
 * only while the permit lasts, and their deadline is never later than its end: EC2 has no compare-and-swap, so a late
 * call of a former carrier would undo its successor's.
 */
export interface Ec2 {
  vpcCidrs(vpcId: string, options: CallOptions): Promise<string[]>;
  /** The tables of a VPC; with `destination` only those that hold a route for exactly that block. */
  routeTables(query: { vpcId: string; destination?: string }, options: CallOptions): Promise<RouteTable[]>;
  replaceRoute(route: { tableId: string; destination: string; eniId: string }, options: CallOptions): Promise<void>;
  createRoute(route: { tableId: string; destination: string; eniId: string }, options: CallOptions): Promise<void>;
  networkInterface(eniId: string, options: CallOptions): Promise<NetworkInterface>;
  elasticIp(allocationId: string, options: CallOptions): Promise<ElasticIp>;
  /** Moves the EIP to the ENI, wherever it was. Resolves with the association id. */
  associateAddress(target: { allocationId: string; eniId: string }, options: CallOptions): Promise<string>;
  /** Succeeds when the association is gone already. An association id is never reused, so this can't hit a successor. */
  disassociateAddress(associationId: string, options: CallOptions): Promise<void>;
  availabilityZone(name: string, options: CallOptions): Promise<AvailabilityZone>;
}
