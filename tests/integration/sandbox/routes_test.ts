import {
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteRouteCommand,
  DescribeRouteTablesCommand,
  ReplaceRouteCommand,
} from "@aws-sdk/client-ec2";
import type { EC2Client } from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { answers, withSandbox } from "./helpers.ts";

const VIP = "10.1.0.20/32";

async function vipTargets(client: EC2Client): Promise<(string | undefined)[]> {
  const Filters = [{ Name: "route.destination-cidr-block", Values: [VIP] }];
  const { RouteTables } = await client.send(new DescribeRouteTablesCommand({ Filters }));
  return (RouteTables ?? []).map((table) =>
    table.Routes?.find((route) => route.DestinationCidrBlock === VIP)?.NetworkInterfaceId
  );
}

Deno.test("the guide's three tables send the VIP to the first server, ReplaceRoute moves each of them", () =>
  withSandbox(async (sandbox, client) => {
    assert.deepEqual(await vipTargets(client), ["eni-4bc00502", "eni-4bc00502", "eni-4bc00502"]);
    const { RouteTables } = await client.send(new DescribeRouteTablesCommand({}));
    assert.deepEqual(RouteTables?.map((one) => one.Tags?.[0]?.Value), ["Main", "Public-AB", "Private-A", "Private-B"]);
    for (const RouteTableId of ["rtb-0000ab01", "rtb-0000a002"]) {
      const answer = await client.send(
        new ReplaceRouteCommand({ RouteTableId, DestinationCidrBlock: VIP, NetworkInterfaceId: "eni-5a3a7902" }),
      );
      assert.equal(answer.$metadata.httpStatusCode, 200);
    }
    assert.deepEqual(await vipTargets(client), ["eni-5a3a7902", "eni-5a3a7902", "eni-4bc00502"]);
    assert.equal(sandbox.calls.list({ action: "ReplaceRoute" }).length, 2);
  }));

Deno.test("ReplaceRoute: every error that EC2 answers", () =>
  withSandbox(async (_sandbox, client) => {
    const good = { RouteTableId: "rtb-0000a002", DestinationCidrBlock: VIP, NetworkInterfaceId: "eni-5a3a7902" };
    const replace = (change: Record<string, unknown>) => client.send(new ReplaceRouteCommand({ ...good, ...change }));
    await answers("InvalidRouteTableID.NotFound", replace({ RouteTableId: "rtb-00000009" }));
    await answers("InvalidNetworkInterfaceID.NotFound", replace({ NetworkInterfaceId: "eni-00000009" }));
    const missing = await answers("InvalidParameterValue", replace({ DestinationCidrBlock: "10.1.0.21/32" }));
    assert.match(missing.message, /no route defined for '10\.1\.0\.21\/32'/);
    await answers("InvalidParameterValue", replace({ DestinationCidrBlock: "10.1.0.300/32" }));
    await answers("MissingParameter", replace({ DestinationCidrBlock: undefined }));
    await answers("MissingParameter", replace({ NetworkInterfaceId: undefined }));
    await answers("InvalidParameterCombination", replace({ GatewayId: "igw-1234abcd" }));
    assert.deepEqual(await vipTargets(client), ["eni-4bc00502", "eni-4bc00502", "eni-4bc00502"]);
  }));

Deno.test("ReplaceRoute leaves a route with exactly one target", () =>
  withSandbox(async (sandbox, client) => {
    const table = sandbox.region.routeTables.find((one) => one.id === "rtb-0000ab01")!;
    const move = (target: { GatewayId: string } | { NetworkInterfaceId: string }) =>
      client.send(
        new ReplaceRouteCommand({ RouteTableId: table.id, DestinationCidrBlock: "0.0.0.0/0", ...target }),
      );
    const open = () => table.routes.find((one) => one.destination === "0.0.0.0/0")!;
    await move({ NetworkInterfaceId: "eni-5a3a7902" });
    assert.deepEqual([open().eniId, open().gatewayId], ["eni-5a3a7902", undefined]);
    await move({ GatewayId: "igw-1234abcd" });
    assert.deepEqual([open().eniId, open().gatewayId], [undefined, "igw-1234abcd"]);
    await answers("InvalidGatewayID.NotFound", move({ GatewayId: "igw-00000009" }));
  }));

Deno.test("CreateRouteTable, CreateRoute, DeleteRoute, IPv4 and IPv6", () =>
  withSandbox(async (_sandbox, client) => {
    const { RouteTable } = await client.send(new CreateRouteTableCommand({ VpcId: "vpc-1234abcd" }));
    const RouteTableId = RouteTable!.RouteTableId!;
    assert.deepEqual(RouteTable!.Routes?.map((one) => [one.DestinationCidrBlock, one.GatewayId, one.State]), [
      ["10.0.0.0/16", "local", "active"],
    ]);
    const target = { RouteTableId, NetworkInterfaceId: "eni-4bc00502" };
    const { Return } = await client.send(new CreateRouteCommand({ ...target, DestinationCidrBlock: VIP }));
    assert.equal(Return, true);
    await client.send(new CreateRouteCommand({ ...target, DestinationIpv6CidrBlock: "FD00:0::1/128" }));
    const again = client.send(new CreateRouteCommand({ ...target, DestinationCidrBlock: VIP }));
    assert.equal(
      (await answers("RouteAlreadyExists", again)).message,
      "The route identified by 10.1.0.20/32 already exists.",
    );
    await answers(
      "InvalidParameterValue",
      client.send(new CreateRouteCommand({ ...target, DestinationCidrBlock: "10.0.10.7/32" })),
    );
    const found = await client.send(
      new DescribeRouteTablesCommand({
        Filters: [{ Name: "route.destination-ipv6-cidr-block", Values: ["fd00::1/128"] }],
      }),
    );
    assert.deepEqual(found.RouteTables?.map((one) => one.RouteTableId), [RouteTableId]);
    await client.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: VIP }));
    await answers(
      "InvalidRoute.NotFound",
      client.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: VIP })),
    );
    await answers(
      "InvalidParameterValue",
      client.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: "10.0.0.0/16" })),
    );
    await answers("InvalidVpcID.NotFound", client.send(new CreateRouteTableCommand({ VpcId: "vpc-00000009" })));
  }));

Deno.test("DescribeRouteTables: filters of associations and ids", () =>
  withSandbox(async (_sandbox, client) => {
    const find = async (Name: string, ...Values: string[]) =>
      (await client.send(new DescribeRouteTablesCommand({ Filters: [{ Name, Values }] }))).RouteTables
        ?.map((one) => one.RouteTableId);
    assert.deepEqual(await find("association.main", "true"), ["rtb-00000001"]);
    assert.deepEqual(await find("association.subnet-id", "subnet-0000001b"), ["rtb-0000ab01"]);
    assert.deepEqual(await find("route-table-id", "rtb-0000a002", "rtb-0000b002"), ["rtb-0000a002", "rtb-0000b002"]);
    assert.deepEqual(await find("vpc-id", "vpc-0000000e"), []);
    assert.deepEqual(await find("route.gateway-id", "igw-1234abcd"), ["rtb-0000ab01"]);
    const unknown = client.send(new DescribeRouteTablesCommand({ RouteTableIds: ["rtb-00000009"] }));
    await answers("InvalidRouteTableID.NotFound", unknown);
  }));

Deno.test("DescribeRouteTables gives pages, and each table on exactly one of them", () =>
  withSandbox(async (_sandbox, client) => {
    for (let index = 0; index < 9; index++) {
      await client.send(new CreateRouteTableCommand({ VpcId: "vpc-1234abcd" }));
    }
    const sizes: number[] = [];
    const ids = new Set<string>();
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new DescribeRouteTablesCommand({ MaxResults: 5, ...(NextToken ? { NextToken } : {}) }),
      );
      sizes.push(page.RouteTables!.length);
      for (const table of page.RouteTables!) ids.add(table.RouteTableId!);
      NextToken = page.NextToken;
    } while (NextToken);
    assert.deepEqual(sizes, [5, 5, 3]);
    assert.equal(ids.size, 13);
    await answers("InvalidParameterValue", client.send(new DescribeRouteTablesCommand({ MaxResults: 4 })));
    await answers("InvalidPaginationToken", client.send(new DescribeRouteTablesCommand({ NextToken: "abc" })));
  }));
