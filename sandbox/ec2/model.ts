/**
 * The state of one simulated region. Plain data, so that it can be copied (stale reads) and shown (control endpoint).
 *
 * @module
 */

/** Everything that EC2 knows in one region. */
export interface Region {
  name: string;
  /** The account that owns everything. */
  accountId: string;
  zones: Zone[];
  vpcs: Vpc[];
  /** Internet gateways that are attached to no VPC. */
  detachedGateways: string[];
  subnets: Subnet[];
  routeTables: RouteTable[];
  networkInterfaces: NetworkInterface[];
  securityGroups: SecurityGroup[];
  networkAcls: NetworkAcl[];
  addresses: ElasticAddress[];
  instances: Instance[];
  /** Counts up with each id that is made, so that a run makes the same ids each time. */
  nextId: number;
}

/** Tags of a thing by their key. */
export type Tags = Record<string, string>;

/** An availability zone. */
export interface Zone {
  name: string;
  id: string;
  state: "available" | "information" | "impaired" | "unavailable" | "constrained";
  messages: string[];
}

/** A virtual private cloud. */
export interface Vpc {
  id: string;
  /** IPv4 blocks, the primary one first. */
  cidrBlocks: string[];
  ipv6CidrBlocks: string[];
  /** The internet gateway that is attached to it. */
  internetGatewayId?: string;
  tags: Tags;
}

/** A subnet. */
export interface Subnet {
  id: string;
  vpcId: string;
  cidrBlock: string;
  /** Left out: none. */
  ipv6CidrBlocks?: string[];
  zone: string;
  tags: Tags;
}

/** A route table with its routes and the subnets that use it. */
export interface RouteTable {
  id: string;
  vpcId: string;
  /** The account that owns it and alone may see and change it; left out: the one of the region. */
  ownerId?: string;
  /** The table of subnets that name no other. */
  main: boolean;
  associations: { id: string; subnetId: string }[];
  /** The gateway whose traffic into the VPC it routes; such a table has routes inside the VPC only. */
  gatewayId?: string;
  routes: Route[];
  tags: Tags;
}

/** A route. Whether it is a black hole is worked out when it is asked for. */
export interface Route {
  /** IPv4 or IPv6 block in canonical form. */
  destination: string;
  /** `local`, or an internet gateway. */
  gatewayId?: string;
  eniId?: string;
  origin: "CreateRouteTable" | "CreateRoute";
}

/** An elastic network interface. */
export interface NetworkInterface {
  id: string;
  vpcId: string;
  subnetId: string;
  mac: string;
  /** The primary one first. */
  privateIps: string[];
  /** Left out: none. */
  ipv6Addresses?: string[];
  sourceDestCheck: boolean;
  /** Security groups by their ids. */
  groups?: string[];
  /** The public address that it has without an Elastic IP. */
  publicIp?: string;
  description: string;
  attachment?: { id: string; instanceId: string; deviceIndex: number };
  tags: Tags;
}

/** A security group. Nothing in the sandbox is dropped because of it. */
export interface SecurityGroup {
  id: string;
  vpcId: string;
  name: string;
  rules: GroupRule[];
}

/** What a rule of a security group lets through. */
export interface GroupRule {
  egress: boolean;
  /** `tcp`, `udp`; `-1` is everything, without ports. */
  protocol: string;
  fromPort?: number;
  toPort?: number;
  cidr?: string;
  groupId?: string;
}

/** A network ACL; what no entry allows is denied. */
export interface NetworkAcl {
  id: string;
  vpcId: string;
  subnetIds: string[];
  entries: {
    number: number;
    egress: boolean;
    allow: boolean;
    protocol: string;
    cidr: string;
    fromPort?: number;
    toPort?: number;
  }[];
}

/** An Elastic IP address and what it is associated with. */
export interface ElasticAddress {
  allocationId: string;
  publicIp: string;
  association?: { id: string; eniId: string; privateIp: string };
  /** A service of AWS has it, such as a NAT gateway: nobody takes it from there. */
  managed?: boolean;
  tags: Tags;
}

/** The states of an instance. */
export type InstanceState = "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated";

/** An instance; its interfaces are those that are attached to it. */
export interface Instance {
  id: string;
  instanceType: string;
  zone: string;
  state: InstanceState;
  /**
   * States that it will reach, with the time of the sandbox's clock in milliseconds. `held`: not before the machine that
   * plays the instance has followed.
   */
  transitions: { state: InstanceState; at: number; held?: boolean }[];
  /** How it came into its state, as EC2 writes it; left out: it says nothing. */
  transitionReason?: string;
  /** Stop protection: its attribute disableApiStop. */
  stopProtection?: boolean;
  /** The kind of its Spot request; left out: it is no Spot instance. */
  spot?: "one-time" | "persistent";
  /** Its operating system does not shut down when asked; only force gets it off. */
  wedged?: boolean;
  /** The IAM role in its instance profile; empty: it has none. */
  role: string;
  /** Times it was rebooted. */
  reboots: number;
  tags: Tags;
}

/** An empty region. */
export function emptyRegion(name: string, zones: string[], accountId = "123456789012"): Region {
  return {
    name,
    accountId,
    zones: zones.map((zone, index) => ({ name: zone, id: `apne1-az${index + 1}`, state: "available", messages: [] })),
    vpcs: [],
    detachedGateways: [],
    subnets: [],
    routeTables: [],
    networkInterfaces: [],
    securityGroups: [],
    networkAcls: [],
    addresses: [],
    instances: [],
    nextId: 1,
  };
}

/** A new id such as `rtb-0000000000000000a`, in the long form of EC2. */
export function newId(region: Region, prefix: string): string {
  return `${prefix}-${(region.nextId++).toString(16).padStart(17, "0")}`;
}

/** Lets the instances reach the states that are due at `now` (milliseconds of the sandbox's clock). */
export function settle(region: Region, now: number): void {
  for (const instance of region.instances) {
    while (instance.transitions[0] && !instance.transitions[0].held && instance.transitions[0].at <= now) {
      instance.state = instance.transitions.shift()!.state;
    }
  }
}

/** A route to an interface that no running instance answers for leads nowhere. */
export function routeState(region: Region, route: Route): "active" | "blackhole" {
  if (route.eniId === undefined) return "active";
  const eni = region.networkInterfaces.find((one) => one.id === route.eniId);
  const instance = region.instances.find((one) => one.id === eni?.attachment?.instanceId);
  if (!instance) return "blackhole";
  return instance.state === "stopped" || instance.state === "terminated" ? "blackhole" : "active";
}
