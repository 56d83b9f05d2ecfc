/**
 * DescribeRouteTables, CreateRouteTable.
 *
 * @module
 */
import type { Action, Actions } from "./action.ts";
import { newId, type Region, routeState, type RouteTable } from "./model.ts";
import { filtered, paged } from "./query.ts";
import { byIds, vpcOf } from "./vpcs.ts";
import { tagSet, type XmlElements } from "./xml.ts";

const describeRouteTables: Action = {
  mutating: false,
  plan({ region, query, accountId }) {
    const visible = region.routeTables.filter((table) => isOwnedBy(region, table, accountId));
    const all = byIds(visible, query.list("RouteTableId"), "routeTable", (table) => table.id);
    const v4 = (block: string) => block.includes(":") ? undefined : block;
    const v6 = (block: string) => block.includes(":") ? block : undefined;
    const chosen = filtered(all, query.filters(), {
      "vpc-id": (table) => [table.vpcId],
      "route-table-id": (table) => [table.id],
      "owner-id": (table) => [table.ownerId ?? region.accountId],
      "association.main": (table) => [String(table.main)],
      "association.route-table-id": (table) => table.main || table.associations.length > 0 ? [table.id] : [],
      "association.route-table-association-id": (table) => associationIds(table),
      "association.subnet-id": (table) => table.associations.map((one) => one.subnetId),
      "route.destination-cidr-block": (table) => table.routes.map((route) => v4(route.destination)),
      "route.destination-ipv6-cidr-block": (table) => table.routes.map((route) => v6(route.destination)),
      "route.gateway-id": (table) => table.routes.map((route) => route.gatewayId),
      "route.instance-id": (table) => table.routes.map((route) => instanceOf(region, route.eniId)),
      "route.origin": (table) => table.routes.map((route) => route.origin),
      "route.state": (table) => table.routes.map((route) => routeState(region, route)),
    });
    const { page, nextToken } = paged(query, chosen, { min: 5, max: 100 });
    return () => ({ routeTableSet: page.map((table) => tableXml(region, table)), nextToken });
  },
};

const createRouteTable: Action = {
  mutating: true,
  plan({ region, query }) {
    const vpc = vpcOf(region, query.required("VpcId"));
    return () => {
      const table: RouteTable = {
        id: newId(region, "rtb"),
        vpcId: vpc.id,
        main: false,
        associations: [],
        routes: localRoutes(vpc),
        tags: {},
      };
      region.routeTables.push(table);
      return { routeTable: tableXml(region, table) };
    };
  },
};

/** Whether an account may see and change a table. */
export function isOwnedBy(region: Region, table: RouteTable, accountId: string): boolean {
  return (table.ownerId ?? region.accountId) === accountId;
}

/** The routes that every table of a VPC has by itself. */
export function localRoutes(vpc: { cidrBlocks: string[]; ipv6CidrBlocks: string[] }): RouteTable["routes"] {
  return [...vpc.cidrBlocks, ...vpc.ipv6CidrBlocks].map((destination) => ({
    destination,
    gatewayId: "local",
    origin: "CreateRouteTable" as const,
  }));
}

function instanceOf(region: Region, eniId: string | undefined): string | undefined {
  return region.networkInterfaces.find((eni) => eni.id === eniId)?.attachment?.instanceId;
}

function associationIds(table: RouteTable): string[] {
  return [...(table.main ? [mainAssociationId(table)] : []), ...table.associations.map((one) => one.id)];
}

function mainAssociationId(table: RouteTable): string {
  return `rtbassoc-main${table.id.slice("rtb-".length)}`;
}

function tableXml(region: Region, table: RouteTable): XmlElements {
  const associated = { associationState: { state: "associated" } };
  return {
    routeTableId: table.id,
    vpcId: table.vpcId,
    ownerId: table.ownerId ?? region.accountId,
    routeSet: table.routes.map((route) => {
      const instanceId = instanceOf(region, route.eniId);
      const six = route.destination.includes(":");
      return {
        destinationCidrBlock: six ? undefined : route.destination,
        destinationIpv6CidrBlock: six ? route.destination : undefined,
        gatewayId: route.gatewayId,
        instanceId,
        instanceOwnerId: instanceId ? region.accountId : undefined,
        networkInterfaceId: route.eniId,
        state: routeState(region, route),
        origin: route.origin,
      };
    }),
    associationSet: [
      ...(table.main
        ? [{ routeTableAssociationId: mainAssociationId(table), routeTableId: table.id, main: true, ...associated }]
        : []),
      ...table.associations.map((one) => ({
        routeTableAssociationId: one.id,
        routeTableId: table.id,
        subnetId: one.subnetId,
        main: false,
        ...associated,
      })),
      ...(table.gatewayId === undefined ? [] : [{
        routeTableAssociationId: `rtbassoc-edge${table.id.slice("rtb-".length)}`,
        routeTableId: table.id,
        gatewayId: table.gatewayId,
        main: false,
        ...associated,
      }]),
    ],
    propagatingVgwSet: [],
    tagSet: tagSet(table.tags),
  };
}

/** The actions of this family. */
export const routeTableActions: Actions = {
  DescribeRouteTables: describeRouteTables,
  CreateRouteTable: createRouteTable,
};
