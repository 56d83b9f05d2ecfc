/**
 * CreateVpc, CreateSubnet, CreateInternetGateway, AttachInternetGateway, AssociateRouteTable: enough to build a network
 * by the API alone, as people do in an account.
 *
 * @module
 */
import type { Action, Actions } from "./action.ts";
import { canonicalCidr, cidrContains } from "./cidr.ts";
import { Ec2Error, invalidValue, notFound } from "./errors.ts";
import { newId, type Region, type Subnet, type Vpc } from "./model.ts";
import type { Query } from "./query.ts";
import { localRoutes } from "./route_tables.ts";
import { subnetXml, vpcOf, vpcXml } from "./vpcs.ts";

const createVpc: Action = {
  mutating: true,
  plan({ region, query }) {
    const cidrBlock = blockOf(query);
    const prefix = Number(cidrBlock.split("/")[1]);
    if (prefix < 16 || prefix > 28) {
      throw new Ec2Error("InvalidVpc.Range", `The CIDR '${cidrBlock}' is invalid.`);
    }
    return () => {
      const vpc: Vpc = { id: newId(region, "vpc"), cidrBlocks: [cidrBlock], ipv6CidrBlocks: [], tags: {} };
      region.vpcs.push(vpc);
      region.routeTables.push({
        id: newId(region, "rtb"),
        vpcId: vpc.id,
        main: true,
        associations: [],
        routes: localRoutes(vpc),
        tags: {},
      });
      return { vpc: vpcXml(region, vpc) };
    };
  },
};

const createSubnet: Action = {
  mutating: true,
  plan({ region, query }) {
    const vpc = vpcOf(region, query.required("VpcId"));
    const cidrBlock = blockOf(query);
    if (!vpc.cidrBlocks.some((block) => cidrContains(block, cidrBlock))) {
      throw new Ec2Error("InvalidSubnet.Range", `The CIDR '${cidrBlock}' is invalid.`);
    }
    const other = region.subnets.find((one) =>
      one.vpcId === vpc.id && (cidrContains(one.cidrBlock, cidrBlock) || cidrContains(cidrBlock, one.cidrBlock))
    );
    if (other) {
      throw new Ec2Error("InvalidSubnet.Conflict", `The CIDR '${cidrBlock}' conflicts with another subnet`);
    }
    const zone = query.optional("AvailabilityZone") ?? region.zones[0]!.name;
    if (!region.zones.some((one) => one.name === zone)) {
      const known = region.zones.map((one) => one.name).join(", ");
      throw invalidValue(
        `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the ` +
          `following availability zones: ${known}.`,
      );
    }
    return () => {
      const subnet: Subnet = { id: newId(region, "subnet"), vpcId: vpc.id, cidrBlock, zone, tags: {} };
      region.subnets.push(subnet);
      return { subnet: subnetXml(region, subnet) };
    };
  },
};

const createInternetGateway: Action = {
  mutating: true,
  plan: ({ region }) => () => {
    const internetGatewayId = newId(region, "igw");
    region.detachedGateways.push(internetGatewayId);
    return { internetGateway: { internetGatewayId, ownerId: region.accountId, attachmentSet: [], tagSet: [] } };
  },
};

const attachInternetGateway: Action = {
  mutating: true,
  plan({ region, query }) {
    const id = query.required("InternetGatewayId");
    const vpc = vpcOf(region, query.required("VpcId"));
    if (region.vpcs.some((one) => one.internetGatewayId === id)) {
      throw new Ec2Error("Resource.AlreadyAssociated", `resource ${id} is already attached to network`);
    }
    if (!region.detachedGateways.includes(id)) {
      throw notFound("internetGateway", id);
    }
    if (vpc.internetGatewayId !== undefined) {
      throw invalidValue(`Network ${vpc.id} already has an internet gateway attached`);
    }
    return () => {
      region.detachedGateways.splice(region.detachedGateways.indexOf(id), 1);
      vpc.internetGatewayId = id;
      return { return: true };
    };
  },
};

const associateRouteTable: Action = {
  mutating: true,
  plan({ region, query }) {
    const tableId = query.required("RouteTableId");
    const subnetId = query.required("SubnetId");
    const table = region.routeTables.find((one) => one.id === tableId);
    if (!table) throw notFound("routeTable", tableId);
    const subnet = region.subnets.find((one) => one.id === subnetId);
    if (!subnet) throw notFound("subnet", subnetId);
    if (subnet.vpcId !== table.vpcId) {
      throw invalidValue(`Route table ${tableId} and subnet ${subnetId} belong to different networks`);
    }
    const present = associationOf(region, subnetId);
    if (present && present.tableId !== tableId) {
      throw new Ec2Error(
        "Resource.AlreadyAssociated",
        `the specified association for route table ${tableId} conflicts with an existing association`,
      );
    }
    return () => {
      const id = present?.id ?? newId(region, "rtbassoc");
      if (!present) table.associations.push({ id, subnetId });
      return { associationId: id, associationState: { state: "associated" } };
    };
  },
};

function associationOf(region: Region, subnetId: string): { id: string; tableId: string } | undefined {
  for (const table of region.routeTables) {
    const found = table.associations.find((one) => one.subnetId === subnetId);
    if (found) return { id: found.id, tableId: table.id };
  }
  return undefined;
}

function blockOf(query: Query): string {
  const text = query.required("CidrBlock");
  const block = canonicalCidr(text, 4);
  if (block === undefined) {
    throw invalidValue(`Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`);
  }
  return block;
}

/** The actions of this family. */
export const creationActions: Actions = {
  CreateVpc: createVpc,
  CreateSubnet: createSubnet,
  CreateInternetGateway: createInternetGateway,
  AttachInternetGateway: attachInternetGateway,
  AssociateRouteTable: associateRouteTable,
};
