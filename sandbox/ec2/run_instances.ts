/**
 * RunInstances: instances with one interface in a subnet. Images, keys and security groups are taken as they come; there
 * is nothing that they could change here.
 *
 * @module
 */
import type { Action, Actions } from "./action.ts";
import { cidrContains } from "./cidr.ts";
import { Ec2Error, invalidValue, missingParameter, notFound } from "./errors.ts";
import { instanceXml } from "./instances.ts";
import { type Instance, newId, type Region, type Subnet } from "./model.ts";
import type { Query } from "./query.ts";

/** Instances that one request may start. */
const MAX_COUNT = 20;
/** Addresses at the beginning of each subnet that are AWS's own. */
const RESERVED = 4;

const runInstances: Action = {
  mutating: true,
  plan({ region, query, now, instanceDelayMs }) {
    if (query.optional("ImageId") === undefined) throw missingParameter("ImageId");
    const count = countOf(query);
    const subnet = subnetOf(region, query);
    const wanted = query.optional("PrivateIpAddress");
    if (wanted !== undefined && count > 1) {
      throw new Ec2Error("InvalidParameterCombination", "A private IP address can only be given to a single instance.");
    }
    const ips = wanted === undefined ? freeAddresses(region, subnet, count) : [checkedAddress(region, subnet, wanted)];
    return () => {
      const instances = ips.map((ip) => launch(region, subnet, ip, query.optional("InstanceType") ?? "m1.small"));
      const answer = instances.map((instance) => instanceXml(region, instance));
      for (const one of instances) one.transitions = [{ state: "running", at: now + instanceDelayMs }];
      return {
        reservationId: newId(region, "r"),
        ownerId: region.accountId,
        groupSet: [],
        instancesSet: answer,
      };
    };
  },
};

function launch(region: Region, subnet: Subnet, ip: string, instanceType: string): Instance {
  const instance: Instance = {
    id: newId(region, "i"),
    instanceType,
    zone: subnet.zone,
    state: "pending",
    transitions: [],
    role: "none",
    reboots: 0,
    tags: {},
  };
  region.instances.push(instance);
  region.networkInterfaces.push({
    id: newId(region, "eni"),
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    mac: `06:01:${ip.split(".").map((part) => Number(part).toString(16).padStart(2, "0")).join(":")}`,
    privateIps: [ip],
    sourceDestCheck: true,
    description: "",
    attachment: { id: newId(region, "eni-attach"), instanceId: instance.id, deviceIndex: 0 },
    tags: {},
  });
  return instance;
}

function countOf(query: Query): number {
  const [min, max] = ["MinCount", "MaxCount"].map((name) => Number(query.required(name)));
  const whole = (count: number | undefined) => Number.isInteger(count) && count! >= 1 && count! <= MAX_COUNT;
  if (!whole(min) || !whole(max) || min! > max!) {
    throw invalidValue(`Invalid value for MinCount and MaxCount: they must be whole numbers from 1 to ${MAX_COUNT}.`);
  }
  return max!;
}

function subnetOf(region: Region, query: Query): Subnet {
  const id = query.optional("SubnetId");
  // The sandbox's region has no default VPC.
  if (id === undefined) throw new Ec2Error("VPCIdNotSpecified", "No default VPC for this user");
  const subnet = region.subnets.find((one) => one.id === id);
  if (!subnet) throw notFound("subnet", id);
  return subnet;
}

function isTaken(region: Region, subnet: Subnet, ip: string): boolean {
  return region.networkInterfaces.some((eni) => eni.subnetId === subnet.id && eni.privateIps.includes(ip));
}

function checkedAddress(region: Region, subnet: Subnet, ip: string): string {
  if (!cidrContains(subnet.cidrBlock, `${ip}/32`)) {
    throw invalidValue("Address does not fall within the subnet's address range");
  }
  if (isTaken(region, subnet, ip)) throw new Ec2Error("InvalidIPAddress.InUse", `Address ${ip} is in use.`);
  return ip;
}

function freeAddresses(region: Region, subnet: Subnet, count: number): string[] {
  const [base, prefix] = subnet.cidrBlock.split("/");
  const first = base!.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(prefix));
  const found: string[] = [];
  for (let offset = RESERVED; offset < size - 1 && found.length < count; offset++) {
    const address = first + offset;
    const ip = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
    if (!isTaken(region, subnet, ip)) found.push(ip);
  }
  if (found.length < count) {
    throw new Ec2Error(
      "InsufficientFreeAddressesInSubnet",
      `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
    );
  }
  return found;
}

/** The actions of this family. */
export const runActions: Actions = { RunInstances: runInstances };
