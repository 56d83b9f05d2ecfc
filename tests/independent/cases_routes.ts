/**
 * Route tables and routes: how a VIP is found, pointed, and given to another.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import type { Conversation, Difference } from "./conversation.ts";
import { type Network, VIP_BLOCK } from "./network.ts";

const IPV6_BLOCK = "fd00:bbbb::20/128";
const done = () => "done";

export async function routeCases(talk: Conversation, net: Network): Promise<void> {
  await tables(talk, net);
  await replacing(talk, net);
  await creating(talk, net);
  await deleting(talk, net);
  await ours(talk, net);
  await pages(talk, net);
}

function describe(talk: Conversation, input: aws.DescribeRouteTablesCommandInput) {
  return talk.client.send(new aws.DescribeRouteTablesCommand(input));
}

const seeIdsFor = (talk: Conversation) => ({ RouteTables }: aws.DescribeRouteTablesCommandOutput) =>
  talk.sorted(RouteTables?.map((one) => one.RouteTableId));

/** The routes of a table with their one target. */
const seeRoutes = ({ RouteTables }: aws.DescribeRouteTablesCommandOutput) =>
  Object.fromEntries(
    RouteTables?.[0]?.Routes?.map((one) => [
      one.DestinationCidrBlock ?? one.DestinationIpv6CidrBlock ?? "",
      [one.GatewayId || one.NetworkInterfaceId, one.State, one.Origin],
    ]) ?? [],
  );

async function tables(talk: Conversation, net: Network): Promise<void> {
  const local = { "10.50.0.0/16": ["local", "active", "CreateRouteTable"] };
  const open = { "0.0.0.0/0": ["<gateway>", "active", "CreateRoute"] };
  const vip = { [VIP_BLOCK]: ["<eni1>", "active", "CreateRoute"] };
  const [first, second] = net.tables;
  await talk.ask("a table by id", describe(talk, { RouteTableIds: [first] }), seeRoutes, { ...local, ...open, ...vip });
  await talk.ask("the main table", describe(talk, { RouteTableIds: [net.mainTable] }), seeRoutes, local);
  await talk.ask(
    "what a table is associated with",
    describe(talk, { RouteTableIds: [second] }),
    ({ RouteTables }) => RouteTables?.[0]?.Associations?.map((one) => [one.Main, one.SubnetId, one.RouteTableId]),
    [[false, "<subnet2>", "<table2>"]],
  );
  const byFilter = async (
    title: string,
    filters: [string, ...string[]][],
    expected: unknown,
    difference?: Difference,
  ) => {
    const Filters = [["vpc-id", net.vpc] as [string, ...string[]], ...filters]
      .map(([Name, ...Values]) => ({ Name, Values }));
    await talk.ask(`tables by filter: ${title}`, describe(talk, { Filters }), seeIdsFor(talk), expected, difference);
  };
  await byFilter("of the VPC", [], ["<mainTable>", "<table1>", "<table2>"]);
  await byFilter("with a route for the VIP", [["route.destination-cidr-block", VIP_BLOCK]], ["<table1>", "<table2>"]);
  await byFilter("with a route for nothing", [["route.destination-cidr-block", "10.9.0.21/32"]], []);
  await byFilter("with one of two blocks", [["route.destination-cidr-block", "10.9.0.21/32", VIP_BLOCK]], [
    "<table1>",
    "<table2>",
  ], { name: "filter-values", moto: [] });
  await byFilter("main", [["association.main", "true"]], ["<mainTable>"]);
  await byFilter("of a subnet", [["association.subnet-id", net.servers[0].subnet]], ["<table1>"]);
  await byFilter("with a gateway", [["route.gateway-id", net.gateway]], ["<table1>", "<table2>"]);
  await talk.ask(
    "a table that does not exist",
    describe(talk, { RouteTableIds: ["rtb-0bad0bad0bad0bad1"] }),
    seeIdsFor(talk),
    "InvalidRouteTableID.NotFound 400 notFound",
  );
  await talk.ask(
    "tables as a dry run",
    describe(talk, { RouteTableIds: [first], DryRun: true }),
    seeIdsFor(talk),
    "DryRunOperation 412 refused",
    { name: "dry-run-ignored", moto: ["<table1>"] },
  );
}

async function replacing(talk: Conversation, net: Network): Promise<void> {
  const [table] = net.tables;
  const [first, second] = net.servers;
  const replace = (input: Partial<aws.ReplaceRouteCommandInput>) =>
    talk.client.send(
      new aws.ReplaceRouteCommand({ RouteTableId: table, DestinationCidrBlock: VIP_BLOCK, ...input }),
    );
  const target = async (expected: string) =>
    await talk.ask(
      `the VIP leads to ${expected}`,
      describe(talk, { RouteTableIds: [table] }),
      (answer) => (seeRoutes(answer)[VIP_BLOCK] ?? [])[0],
      expected,
    );
  await talk.ask("ReplaceRoute to the other interface", replace({ NetworkInterfaceId: second.eni }), done, "done");
  await target("<eni2>");
  await talk.ask("ReplaceRoute to where it leads", replace({ NetworkInterfaceId: second.eni }), done, "done");
  await target("<eni2>");
  await talk.ask("ReplaceRoute to a gateway", replace({ GatewayId: net.gateway }), done, "done");
  await target("<gateway>");
  await talk.ask("ReplaceRoute back to an interface", replace({ NetworkInterfaceId: first.eni }), done, "done");
  await target("<eni1>");
  await talk.ask(
    "ReplaceRoute of a route that is not there",
    replace({ DestinationCidrBlock: "10.9.0.99/32", NetworkInterfaceId: first.eni }),
    done,
    "InvalidParameterValue 400 invalid",
  );
  await talk.ask(
    "ReplaceRoute in a table that does not exist",
    replace({ RouteTableId: "rtb-0bad0bad0bad0bad1", NetworkInterfaceId: first.eni }),
    done,
    "InvalidRouteTableID.NotFound 400 notFound",
  );
  await talk.ask(
    "ReplaceRoute to an interface that does not exist",
    replace({ NetworkInterfaceId: "eni-0bad0bad0bad0bad1" }),
    done,
    "InvalidNetworkInterfaceID.NotFound 400 notFound",
  );
  await target("<eni1>");
  await talk.ask("ReplaceRoute to nothing", replace({}), done, "MissingParameter 400 invalid", {
    name: "replace-no-target",
    moto: "done",
  });
  await talk.ask("the route again", replace({ NetworkInterfaceId: first.eni }), done, "done");
  await talk.ask(
    "ReplaceRoute without a destination",
    replace({ DestinationCidrBlock: undefined, NetworkInterfaceId: first.eni }),
    done,
    "MissingParameter 400 invalid",
    { name: "replace-no-destination", moto: "InvalidParameterValue 400 invalid" },
  );
  await talk.ask(
    "ReplaceRoute as a dry run",
    replace({ NetworkInterfaceId: second.eni, DryRun: true }),
    done,
    "DryRunOperation 412 refused",
    { name: "dry-run-takes-effect", moto: "done" },
  );
  await talk.ask(
    "a dry run changes nothing",
    describe(talk, { RouteTableIds: [table] }),
    (answer) => (seeRoutes(answer)[VIP_BLOCK] ?? [])[0],
    "<eni1>",
    { name: "dry-run-takes-effect", moto: "<eni2>" },
  );
  await talk.ask("the route again", replace({ NetworkInterfaceId: first.eni }), done, "done");
}

async function creating(talk: Conversation, net: Network): Promise<void> {
  const [first] = net.servers;
  const create = (input: Partial<aws.CreateRouteCommandInput>) =>
    talk.client.send(new aws.CreateRouteCommand({ RouteTableId: net.mainTable, ...input }));
  const toFirst = { NetworkInterfaceId: first.eni };
  await talk.ask(
    "CreateRoute",
    create({ DestinationCidrBlock: VIP_BLOCK, ...toFirst }),
    ({ Return }) => Return,
    true,
  );
  await talk.ask(
    "CreateRoute of a route that is there, to a gateway",
    create({ DestinationCidrBlock: VIP_BLOCK, GatewayId: net.gateway }),
    done,
    "RouteAlreadyExists 400 invalid",
  );
  await talk.ask(
    "CreateRoute of a route that is there, to an interface",
    create({ DestinationCidrBlock: VIP_BLOCK, ...toFirst }),
    done,
    "RouteAlreadyExists 400 invalid",
    { name: "create-existing", moto: "done" },
  );
  await talk.ask(
    "CreateRoute for IPv6",
    create({ DestinationIpv6CidrBlock: IPV6_BLOCK, ...toFirst }),
    ({ Return }) => Return,
    true,
  );
  await talk.ask(
    "CreateRoute of something that is no block",
    create({ DestinationCidrBlock: "10.9.0.256/32", GatewayId: net.gateway }),
    done,
    "InvalidParameterValue 400 invalid",
  );
  await talk.ask(
    "CreateRoute in a table that does not exist",
    create({ RouteTableId: "rtb-0bad0bad0bad0bad1", DestinationCidrBlock: VIP_BLOCK, ...toFirst }),
    done,
    "InvalidRouteTableID.NotFound 400 notFound",
  );
  await talk.ask(
    "CreateRoute to an interface that does not exist",
    create({ DestinationCidrBlock: "10.9.0.22/32", NetworkInterfaceId: "eni-0bad0bad0bad0bad1" }),
    done,
    "InvalidNetworkInterfaceID.NotFound 400 notFound",
  );
  await talk.ask(
    "CreateRoute to a gateway that does not exist",
    create({ DestinationCidrBlock: "10.9.0.22/32", GatewayId: "igw-0bad0bad0bad0bad1" }),
    done,
    "InvalidGatewayID.NotFound 400 notFound",
    { name: "gateway-code", moto: "InvalidInternetGatewayID.NotFound 400 notFound" },
  );
  await talk.ask("the main table now", describe(talk, { RouteTableIds: [net.mainTable] }), seeRoutes, {
    "10.50.0.0/16": ["local", "active", "CreateRouteTable"],
    [VIP_BLOCK]: ["<eni1>", "active", "CreateRoute"],
    [IPV6_BLOCK]: ["<eni1>", "active", "CreateRoute"],
  });
  await talk.ask(
    "tables by filter: an IPv6 block",
    describe(talk, { Filters: [{ Name: "route.destination-ipv6-cidr-block", Values: [IPV6_BLOCK] }] }),
    seeIdsFor(talk),
    ["<mainTable>"],
    { name: "filter-unknown", moto: "Error 500 server" },
  );
}

async function deleting(talk: Conversation, net: Network): Promise<void> {
  const remove = (input: Partial<aws.DeleteRouteCommandInput>) =>
    talk.client.send(new aws.DeleteRouteCommand({ RouteTableId: net.mainTable, ...input }));
  await talk.ask("DeleteRoute", remove({ DestinationCidrBlock: VIP_BLOCK }), done, "done");
  await talk.ask("DeleteRoute for IPv6", remove({ DestinationIpv6CidrBlock: IPV6_BLOCK }), done, "done");
  await talk.ask(
    "DeleteRoute of a route that is gone",
    remove({ DestinationCidrBlock: VIP_BLOCK }),
    done,
    "InvalidRoute.NotFound 400 notFound",
  );
}

/** The same as plugins do it. */
async function ours(talk: Conversation, net: Network): Promise<void> {
  const [first, second] = net.servers;
  const vipTables = async (title: string, expected: unknown) =>
    await talk.call(`Ec2.routeTables: ${title}`, async (ec2, options) => {
      const found = await ec2.routeTables({ vpcId: net.vpc, destination: VIP_BLOCK }, options);
      return found.map(({ id, routes }) => [id, routes.find((one) => one.destination === VIP_BLOCK)?.eniId]);
    }, expected);
  await vipTables("before", [["<table1>", "<eni1>"], ["<table2>", "<eni1>"]]);
  for (const [name, tableId] of [["table1", net.tables[0]], ["table2", net.tables[1]]] as const) {
    await talk.call(
      `Ec2.replaceRoute in ${name}`,
      (ec2, options) => ec2.replaceRoute({ tableId, destination: VIP_BLOCK, eniId: second.eni }, options),
      undefined,
    );
  }
  await vipTables("after", [["<table1>", "<eni2>"], ["<table2>", "<eni2>"]]);
  await talk.call(
    "Ec2.createRoute in the main table",
    (ec2, options) => ec2.createRoute({ tableId: net.mainTable, destination: VIP_BLOCK, eniId: first.eni }, options),
    undefined,
  );
  await talk.call("Ec2.routeTables of a VPC: how many", async (ec2, options) => {
    return (await ec2.routeTables({ vpcId: net.vpc }, options)).length;
  }, 3);
  const refused = async (title: string, route: { tableId: string; destination: string; eniId: string }, why: string) =>
    await talk.call(`Ec2.replaceRoute ${title}`, (ec2, options) => ec2.replaceRoute(route, options), why);
  await refused(
    "in a table that does not exist",
    { tableId: "rtb-0bad0bad0bad0bad1", destination: VIP_BLOCK, eniId: first.eni },
    "Fault 5 certain: The routeTable ID 'rtb-0bad0bad0bad0bad1' does not exist " +
      `(ReplaceRoute of ${VIP_BLOCK} in rtb-0bad0bad0bad0bad1 to <eni1>: InvalidRouteTableID.NotFound)`,
  );
  await refused(
    "to an interface that does not exist",
    { tableId: net.mainTable, destination: VIP_BLOCK, eniId: "eni-0bad0bad0bad0bad1" },
    "Fault 5 certain: The networkInterface ID 'eni-0bad0bad0bad0bad1' does not exist " +
      `(ReplaceRoute of ${VIP_BLOCK} in <mainTable> to eni-0bad0bad0bad0bad1: InvalidNetworkInterfaceID.NotFound)`,
  );
  await refused(
    "of a route that is not there",
    { tableId: net.mainTable, destination: "10.9.0.99/32", eniId: first.eni },
    "Fault 5 certain: There is no route defined for '10.9.0.99/32' in the route table. Use CreateRoute instead " +
      "(ReplaceRoute of 10.9.0.99/32 in <mainTable> to <eni1>: InvalidParameterValue)",
  );
}

async function pages(talk: Conversation, net: Network): Promise<void> {
  const made = await Promise.all(
    Array.from(
      { length: 4 },
      () => talk.need("CreateRouteTable", talk.client.send(new aws.CreateRouteTableCommand({ VpcId: net.vpc }))),
    ),
  );
  made.forEach(({ RouteTable }, index) => talk.name(RouteTable?.RouteTableId, `page${index}`));
  const Filters = [{ Name: "vpc-id", Values: [net.vpc] }];
  const whole = { name: "no-pages", moto: [7, false] };
  const seeSize = ({ RouteTables, NextToken }: aws.DescribeRouteTablesCommandOutput) => [
    RouteTables?.length,
    NextToken !== undefined,
  ];
  const first = await talk.need("the first page", describe(talk, { Filters, MaxResults: 5 }));
  await talk.ask("the first page of five", Promise.resolve(first), seeSize, [5, true], whole);
  await talk.ask(
    "the second page",
    describe(talk, { Filters, MaxResults: 5, ...(first.NextToken ? { NextToken: first.NextToken } : {}) }),
    seeSize,
    [2, false],
    whole,
  );
  await talk.ask(
    "pages of less than five",
    describe(talk, { Filters, MaxResults: 4 }),
    seeSize,
    "InvalidParameterValue 400 invalid",
    whole,
  );
  await talk.ask(
    "a token that nobody gave",
    describe(talk, { Filters, MaxResults: 5, NextToken: "made-up" }),
    seeSize,
    "InvalidPaginationToken 400 invalid",
    whole,
  );
}
