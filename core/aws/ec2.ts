/**
 * EC2 as Baton needs it: a few calls, each with a deadline, each failure a `Fault` with the guide's number.
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
  /** The gateways whose traffic into the VPC it routes; EC2 takes routes inside the VPC there only. Left out: none. */
  gatewayIds?: string[];
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
  /** All IPv4 addresses, the one above first. */
  privateIps: string[];
  ipv6Addresses: string[];
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
  /** The private address of the ENI that it stands for. */
  privateIp?: string;
}

/** Which route tables: of a VPC, with `destination` only those that hold a route for exactly that block. */
export interface TableQuery {
  vpcId: string;
  destination?: string;
  /** Only these; one that does not exist is not in the answer. */
  tableIds?: readonly string[];
}

/** A private address, and the ENI it is to be on or off. */
export interface AddressTarget {
  eniId: string;
  /** The VPC of the ENI. */
  vpcId: string;
  ip: string;
}

/** An availability zone, as AWS reports it. */
export interface AvailabilityZone {
  name: string;
  state: "available" | "information" | "impaired" | "unavailable" | string;
  messages: string[];
}

/** The states of an instance. `unknown`: EC2 said nothing that we know. */
export type InstanceStateName =
  | "pending"
  | "running"
  | "stopping"
  | "stopped"
  | "shutting-down"
  | "terminated"
  | "unknown";

/** An instance, as a read shows it: reads may be older than the latest change. */
export interface InstanceState {
  id: string;
  name: InstanceStateName;
  /** How it came into this state, in EC2's words; empty when it says nothing. */
  reason: string;
  /** Such as `t3.small`; empty when it is not said. */
  instanceType: string;
  /** Why EC2 can't stop it although it may, as a clause: it is of a one-time Spot request. Left out: it can. */
  unstoppable?: string;
  /** Why that is not known. */
  doubt?: string;
}

/** How an instance is stopped. */
export interface StopOptions {
  /** It goes off also when its operating system does not shut down by itself in EC2's time for that. */
  force: boolean;
  /** Its operating system is not asked at all: minutes faster. Instance types on Xen can't. */
  skipOsShutdown: boolean;
  /** Only find out whether it would be done. */
  dryRun?: boolean;
}

/**
 * What EC2 answered to a stop. The states are those of the call itself, never an old copy. `would-stop` answers a dry
 * run. `skip-refused`: this instance can't be stopped without asking its operating system; nothing was done.
 */
export type StopAnswer =
  | { kind: "accepted"; previous: InstanceStateName; current: InstanceStateName }
  | { kind: "would-stop" }
  | { kind: "skip-refused"; message: string };

/** Options of every call. */
export interface CallOptions {
  signal: AbortSignal;
}

/**
 * The calls. Reads are retried within the deadline by the SDK's standard strategy. Calls that change something and
 * whose effect does not depend on an id only we can know (`replaceRoute`, `createRoute`, `associateAddress`,
 * `assignAddress`, `setSourceDestCheck`) are sent only while the permit lasts, and their deadline is never later than its end: EC2 has no compare-and-swap, so a late
 * call of a former carrier would undo its successor's.
 *
 * `stopInstance` is the exception: who stops a silent server is about to take over and has no permit yet. So it minds
 * none, and is refused to everybody but a fence (see `Ec2Binding`).
 */
export interface Ec2 {
  /** The same EC2 with the rights of a role, such as one of the account that owns the route tables. */
  assuming(roleArn: string): Ec2;
  vpcCidrs(vpcId: string, options: CallOptions): Promise<string[]>;
  /** IPv4 and IPv6 blocks. */
  subnetCidrs(subnetId: string, options: CallOptions): Promise<string[]>;
  routeTables(query: TableQuery, options: CallOptions): Promise<RouteTable[]>;
  replaceRoute(route: { tableId: string; destination: string; eniId: string }, options: CallOptions): Promise<void>;
  createRoute(route: { tableId: string; destination: string; eniId: string }, options: CallOptions): Promise<void>;
  networkInterface(eniId: string, options: CallOptions): Promise<NetworkInterface>;
  /** The ENI that has `ip` as a private address; null when none has. */
  interfaceWithAddress(where: { vpcId: string; ip: string }, options: CallOptions): Promise<NetworkInterface | null>;
  setSourceDestCheck(eniId: string, on: boolean, options: CallOptions): Promise<void>;
  /** Moves a private address to the ENI, wherever it was; both lie in one subnet. */
  assignAddress(target: AddressTarget, options: CallOptions): Promise<void>;
  /** Succeeds when the ENI does not have it. It names the ENI, so this can't hit a successor. */
  unassignAddress(target: AddressTarget, options: CallOptions): Promise<void>;
  elasticIp(allocationId: string, options: CallOptions): Promise<ElasticIp>;
  /**
   * Moves the EIP to the ENI, wherever it was; to its first private address unless another is named. Resolves with the
   * association id.
   */
  associateAddress(
    target: { allocationId: string; eniId: string; privateIp?: string },
    options: CallOptions,
  ): Promise<string>;
  /** Succeeds when the association is gone already. An association id is never reused, so this can't hit a successor. */
  disassociateAddress(associationId: string, options: CallOptions): Promise<void>;
  availabilityZone(name: string, options: CallOptions): Promise<AvailabilityZone>;
  /**
   * Null: EC2 knows no such instance. That is no proof of its end: an instance that was launched a moment ago, one of
   * another region and one whose id is misspelt are not known either, and one that was terminated is for an hour.
   */
  instanceState(instanceId: string, options: CallOptions): Promise<InstanceState | null>;
  /** Tells EC2 to stop the instance; it is stopped when `instanceState` says so. Sent once, unless it surely was not. */
  stopInstance(instanceId: string, how: StopOptions, options: CallOptions): Promise<StopAnswer>;
}
