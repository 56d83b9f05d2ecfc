/**
 * CreateRoute, ReplaceRoute, DeleteRoute.
 *
 * @module
 */
import type { Action, ActionContext, Actions } from "./action.ts";
import { canonicalCidr, cidrContains } from "./cidr.ts";
import { Ec2Error, invalidCombination, invalidValue, missingParameter, notFound } from "./errors.ts";
import type { Region, Route, RouteTable } from "./model.ts";
import type { Query } from "./query.ts";
import { isOwnedBy } from "./route_tables.ts";

const createRoute: Action = {
  mutating: true,
  plan(context) {
    const { table, destination } = addressed(context);
    const target = targetOf(context, table);
    if (table.routes.some((route) => route.destination === destination)) {
      throw new Ec2Error("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
    }
    const vpc = context.region.vpcs.find((one) => one.id === table.vpcId)!;
    const inside = [...vpc.cidrBlocks, ...vpc.ipv6CidrBlocks].some((block) => cidrContains(block, destination));
    if (table.gatewayId !== undefined && !inside) {
      throw invalidValue(
        `The destination ${destination} of a route in ${table.id}, which is associated with a gateway, must be inside the VPC.`,
      );
    }
    if (inside && !context.region.subnets.some((one) => one.vpcId === vpc.id && one.cidrBlock === destination)) {
      throw invalidValue("Route destination doesn't match any subnet CIDR blocks.");
    }
    return () => {
      table.routes.push({ destination, ...target, origin: "CreateRoute" });
      return { return: true };
    };
  },
};

const replaceRoute: Action = {
  mutating: true,
  plan(context) {
    const { table, destination } = addressed(context);
    const target = targetOf(context, table);
    const route = table.routes.find((one) => one.destination === destination);
    if (!route) {
      // Not InvalidRoute.NotFound, which only DeleteRoute answers.
      throw invalidValue(
        `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
      );
    }
    return () => {
      // A route has exactly one target: the old one goes, whatever its kind.
      delete route.gatewayId;
      delete route.eniId;
      Object.assign(route, target);
      return { return: true };
    };
  },
};

const deleteRoute: Action = {
  mutating: true,
  plan(context) {
    const { table, destination } = addressed(context);
    const route = table.routes.find((one) => one.destination === destination);
    if (!route) {
      throw new Ec2Error(
        "InvalidRoute.NotFound",
        `no route with destination-cidr-block ${destination} in route table ${table.id}`,
      );
    }
    if (route.gatewayId === "local") {
      throw invalidValue(`cannot remove local route ${destination} in route table ${table.id}`);
    }
    return () => {
      table.routes.splice(table.routes.indexOf(route), 1);
      return { return: true };
    };
  },
};

/** The table and the block that the three actions have in common. */
function addressed({ region, query, accountId }: ActionContext): { table: RouteTable; destination: string } {
  const id = query.required("RouteTableId");
  const table = region.routeTables.find((one) => one.id === id && isOwnedBy(region, one, accountId));
  if (!table) throw notFound("routeTable", id);
  return { table, destination: destinationOf(query) };
}

function destinationOf(query: Query): string {
  const v4 = query.optional("DestinationCidrBlock");
  const v6 = query.optional("DestinationIpv6CidrBlock");
  if (v4 !== undefined && v6 !== undefined) {
    throw invalidCombination(
      "The parameters destinationCidrBlock and destinationIpv6CidrBlock cannot be used together",
    );
  }
  const text = v4 ?? v6;
  if (text === undefined) throw missingParameter("destinationCidrBlock");
  const destination = canonicalCidr(text, v4 === undefined ? 6 : 4);
  if (destination === undefined) {
    throw invalidValue(
      `Value (${text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  return destination;
}

type Target = Pick<Route, "gatewayId" | "eniId">;

/** The one target that a request names: an interface, an instance with a single interface, or a gateway. */
function targetOf({ region, query }: ActionContext, table: RouteTable): Target {
  const named = ["NetworkInterfaceId", "InstanceId", "GatewayId"].filter((name) => query.optional(name) !== undefined);
  if (named.length === 0) {
    throw new Ec2Error(
      "MissingParameter",
      "The request must contain exactly one of gatewayId, networkInterfaceId, instanceId",
    );
  }
  if (named.length > 1) throw invalidCombination("The request must contain exactly one target");
  const value = query.required(named[0]!);
  switch (named[0]) {
    case "NetworkInterfaceId":
      return { eniId: interfaceOf(region, value, table) };
    case "InstanceId":
      return { eniId: interfaceOfInstance(region, value, table) };
    default:
      return { gatewayId: gatewayOf(region, value, table) };
  }
}

function gatewayOf(region: Region, id: string, table: RouteTable): string {
  if (id === "local") return id;
  const vpc = region.vpcs.find((one) => one.internetGatewayId === id);
  if (!vpc && !region.detachedGateways.includes(id)) throw notFound("gateway", id);
  if (vpc?.id !== table.vpcId) {
    throw invalidValue(`route table ${table.id} and network gateway ${id} belong to different networks`);
  }
  return id;
}

function interfaceOf(region: Region, id: string, table: RouteTable): string {
  const eni = region.networkInterfaces.find((one) => one.id === id);
  if (!eni) throw notFound("networkInterface", id);
  if (eni.vpcId !== table.vpcId) {
    throw invalidValue(`route table ${table.id} and interface ${id} belong to different networks`);
  }
  return eni.id;
}

function interfaceOfInstance(region: Region, id: string, table: RouteTable): string {
  if (!region.instances.some((one) => one.id === id)) throw notFound("instance", id);
  const enis = region.networkInterfaces.filter((one) => one.attachment?.instanceId === id);
  if (enis.length !== 1) {
    throw new Ec2Error(
      "InvalidInstanceID",
      `There are multiple interfaces attached to instance '${id}'. Please specify an interface ID for the operation instead.`,
    );
  }
  return interfaceOf(region, enis[0]!.id, table);
}

/** The actions of this family. */
export const routeActions: Actions = {
  CreateRoute: createRoute,
  ReplaceRoute: replaceRoute,
  DeleteRoute: deleteRoute,
};
