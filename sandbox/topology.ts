/**
 * The two systems of the guide: a VIP behind routes (chapter 4) and an Elastic IP (chapter 5), each with two servers in
 * two availability zones.
 *
 * @module
 */
import { emptyRegion, newId, type Region } from "./ec2/model.ts";
import { localRoutes } from "./ec2/route_tables.ts";

/** A region and which of its instances are servers of the cluster. */
export interface Topology {
  region: Region;
  servers: { name: string; instanceId: string; eniId: string; mac: string; privateIp: string }[];
}

const REGION = "ap-northeast-1";
const ZONES = ["ap-northeast-1a", "ap-northeast-1b", "ap-northeast-1c"];
const [ZONE_A, ZONE_B] = ["ap-northeast-1a", "ap-northeast-1b"];
const VPC = "vpc-1234abcd";
const GATEWAY = "igw-1234abcd";
const ROLE = "baton-server";
const GROUP = "sg-0000ba70";

/**
 * Chapter 4: servers in private subnets, a NAT instance in each public one, and 10.1.0.20/32 in three route tables with
 * the first server's ENI as target. A third server, which the guide has not, lies beside the first.
 */
export function vipTopology(
  options: { vip?: string; servers?: [string, string] | [string, string, string] } = {},
): Topology {
  const destination = options.vip ?? "10.1.0.20/32";
  const region = guideVpc();
  const nat1 = addInstance(region, { name: "NAT1", subnet: "subnet-0000001a", ip: "10.0.10.100", forwards: true });
  const nat2 = addInstance(region, { name: "NAT2", subnet: "subnet-0000001b", ip: "10.0.20.100", forwards: true });
  const [first, second, third] = options.servers ?? ["server1", "server2"];
  const servers = [
    addServer(region, {
      name: first,
      subnet: "subnet-0000002a",
      ip: "10.0.110.100",
      eniId: "eni-4bc00502",
      forwards: true,
    }),
    addServer(region, {
      name: second,
      subnet: "subnet-0000002b",
      ip: "10.0.120.100",
      eniId: "eni-5a3a7902",
      forwards: true,
    }),
  ];
  if (third !== undefined) {
    servers.push(addServer(region, {
      name: third,
      subnet: "subnet-0000002a",
      ip: "10.0.110.101",
      eniId: "eni-6d1f8803",
      forwards: true,
    }));
  }
  const vip = { destination, eniId: servers[0]!.eniId, origin: "CreateRoute" as const };
  const open = { destination: "0.0.0.0/0", origin: "CreateRoute" as const };
  addTable(region, "rtb-0000ab01", "Public-AB", ["subnet-0000001a", "subnet-0000001b"], [{
    ...open,
    gatewayId: GATEWAY,
  }, vip]);
  addTable(region, "rtb-0000a002", "Private-A", ["subnet-0000002a"], [{ ...open, eniId: nat1.eniId }, vip]);
  addTable(region, "rtb-0000b002", "Private-B", ["subnet-0000002b"], [{ ...open, eniId: nat2.eniId }, vip]);
  return { region, servers };
}

/** Chapter 5: servers in public subnets, and an Elastic IP that is associated with the first server's ENI. */
export function eipTopology(options: { servers?: [string, string]; associated?: boolean } = {}): Topology {
  const region = guideVpc();
  const [first, second] = options.servers ?? ["server1", "server2"];
  const servers = [
    addServer(region, {
      name: first,
      subnet: "subnet-0000001a",
      ip: "10.0.10.10",
      eniId: "eni-249f6c6d",
      publicIp: "198.51.100.11",
    }),
    addServer(region, {
      name: second,
      subnet: "subnet-0000001b",
      ip: "10.0.20.10",
      eniId: "eni-3c8a1e5f",
      publicIp: "198.51.100.12",
    }),
  ];
  addTable(region, "rtb-0000ab01", "Public-AB", ["subnet-0000001a", "subnet-0000001b"], [
    { destination: "0.0.0.0/0", gatewayId: GATEWAY, origin: "CreateRoute" },
  ]);
  region.addresses.push({
    allocationId: "eipalloc-1234abcd",
    publicIp: "203.0.113.10",
    tags: {},
    ...(options.associated === false ? {} : {
      association: { id: newId(region, "eipassoc"), eniId: servers[0]!.eniId, privateIp: servers[0]!.privateIp },
    }),
  });
  return { region, servers };
}

/** The VPC 10.0.0.0/16 with a public and a private subnet in each of two zones, and its main route table. */
function guideVpc(): Region {
  const region = emptyRegion(REGION, ZONES);
  region.vpcs.push({
    id: VPC,
    cidrBlocks: ["10.0.0.0/16"],
    ipv6CidrBlocks: [],
    internetGatewayId: GATEWAY,
    tags: { Name: "VPC" },
  });
  const subnets = [
    { id: "subnet-0000001a", cidrBlock: "10.0.10.0/24", zone: ZONE_A!, name: "Subnet-1A" },
    { id: "subnet-0000001b", cidrBlock: "10.0.20.0/24", zone: ZONE_B!, name: "Subnet-1B" },
    { id: "subnet-0000002a", cidrBlock: "10.0.110.0/24", zone: ZONE_A!, name: "Subnet-2A" },
    { id: "subnet-0000002b", cidrBlock: "10.0.120.0/24", zone: ZONE_B!, name: "Subnet-2B" },
  ];
  for (const { name, ...subnet } of subnets) region.subnets.push({ ...subnet, vpcId: VPC, tags: { Name: name } });
  addFilters(region);
  addTable(region, "rtb-00000001", "Main", [], []);
  region.routeTables[0]!.main = true;
  return region;
}

/** The servers let each other's heartbeats in, and everybody's web requests; the network ACL lets all through. */
function addFilters(region: Region): void {
  region.securityGroups.push({
    id: GROUP,
    vpcId: VPC,
    name: "servers",
    rules: [
      { egress: false, protocol: "udp", fromPort: 7710, toPort: 7710, groupId: GROUP },
      { egress: false, protocol: "tcp", fromPort: 80, toPort: 80, cidr: "0.0.0.0/0" },
      { egress: true, protocol: "-1", cidr: "0.0.0.0/0" },
    ],
  });
  const all = { number: 100, allow: true, protocol: "-1", cidr: "0.0.0.0/0" };
  region.networkAcls.push({
    id: "acl-0000ba70",
    vpcId: VPC,
    subnetIds: region.subnets.map(({ id }) => id),
    entries: [{ ...all, egress: false }, { ...all, egress: true }],
  });
}

function addTable(
  region: Region,
  id: string,
  name: string,
  subnetIds: string[],
  routes: Region["routeTables"][number]["routes"],
): void {
  region.routeTables.push({
    id,
    vpcId: VPC,
    main: false,
    associations: subnetIds.map((subnetId) => ({ id: newId(region, "rtbassoc"), subnetId })),
    routes: [...localRoutes(region.vpcs[0]!), ...routes.map((route) => ({ ...route }))],
    tags: { Name: name },
  });
}

interface InstancePlan {
  name: string;
  subnet: string;
  ip: string;
  eniId?: string;
  /** Takes packets that are not addressed to it: the source/destination check is off. */
  forwards?: boolean;
  /** The public address it was launched with. */
  publicIp?: string;
}

function addServer(region: Region, plan: InstancePlan): Topology["servers"][number] {
  return { name: plan.name, ...addInstance(region, plan) };
}

function addInstance(
  region: Region,
  plan: InstancePlan,
): { instanceId: string; eniId: string; mac: string; privateIp: string } {
  const subnet = region.subnets.find((one) => one.id === plan.subnet)!;
  const instanceId = newId(region, "i");
  const eniId = plan.eniId ?? newId(region, "eni");
  // Locally administered, and made of the address, so that it is the same each time.
  const mac = `06:00:${plan.ip.split(".").map((part) => Number(part).toString(16).padStart(2, "0")).join(":")}`;
  region.instances.push({
    id: instanceId,
    instanceType: "t3.small",
    zone: subnet.zone,
    state: "running",
    transitions: [],
    role: ROLE,
    reboots: 0,
    tags: { Name: plan.name },
  });
  region.networkInterfaces.push({
    id: eniId,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    mac,
    privateIps: [plan.ip],
    sourceDestCheck: !plan.forwards,
    groups: [GROUP],
    ...(plan.publicIp === undefined ? {} : { publicIp: plan.publicIp }),
    description: plan.name,
    attachment: { id: newId(region, "eni-attach"), instanceId, deviceIndex: 0 },
    tags: { Name: plan.name },
  });
  return { instanceId, eniId, mac, privateIp: plan.ip };
}
