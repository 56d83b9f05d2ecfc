import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteRouteCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSpotInstanceRequestsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  DisassociateAddressCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RebootInstancesCommand,
  ReplaceRouteCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { ACTIONS } from "../../../sandbox/ec2/actions.ts";
import { eipTopology } from "../../../sandbox/mod.ts";
import { answers, withSandbox } from "./helpers.ts";

const topology = eipTopology();
// A VPC without a gateway, and a gateway without a VPC.
topology.region.vpcs.push({ id: "vpc-00000002", cidrBlocks: ["10.2.0.0/16"], ipv6CidrBlocks: [], tags: {} });
topology.region.detachedGateways.push("igw-00000002");
const instance = { InstanceIds: [topology.servers[0]!.instanceId] };
const association = topology.region.addresses[0]!.association!.id;
const route = { RouteTableId: "rtb-0000ab01", NetworkInterfaceId: "eni-249f6c6d" };
const DryRun = true;

const DRY = {
  AllocateAddress: new AllocateAddressCommand({ DryRun }),
  AssociateAddress: new AssociateAddressCommand({
    DryRun,
    AllocationId: "eipalloc-1234abcd",
    NetworkInterfaceId: "eni-3c8a1e5f",
  }),
  AssociateRouteTable: new AssociateRouteTableCommand({
    DryRun,
    RouteTableId: route.RouteTableId,
    SubnetId: "subnet-0000002a",
  }),
  AttachInternetGateway: new AttachInternetGatewayCommand({
    DryRun,
    InternetGatewayId: "igw-00000002",
    VpcId: "vpc-00000002",
  }),
  CreateInternetGateway: new CreateInternetGatewayCommand({ DryRun }),
  CreateRoute: new CreateRouteCommand({ DryRun, ...route, DestinationCidrBlock: "10.1.0.20/32" }),
  CreateRouteTable: new CreateRouteTableCommand({ DryRun, VpcId: "vpc-1234abcd" }),
  CreateSubnet: new CreateSubnetCommand({ DryRun, VpcId: "vpc-00000002", CidrBlock: "10.2.1.0/24" }),
  CreateVpc: new CreateVpcCommand({ DryRun, CidrBlock: "10.3.0.0/16" }),
  DeleteRoute: new DeleteRouteCommand({ DryRun, RouteTableId: route.RouteTableId, DestinationCidrBlock: "0.0.0.0/0" }),
  DescribeAddresses: new DescribeAddressesCommand({ DryRun }),
  DescribeAvailabilityZones: new DescribeAvailabilityZonesCommand({ DryRun }),
  DescribeInstances: new DescribeInstancesCommand({ DryRun }),
  DescribeNetworkAcls: new DescribeNetworkAclsCommand({ DryRun }),
  DescribeNetworkInterfaces: new DescribeNetworkInterfacesCommand({ DryRun }),
  DescribeRouteTables: new DescribeRouteTablesCommand({ DryRun }),
  DescribeSecurityGroups: new DescribeSecurityGroupsCommand({ DryRun }),
  DescribeSpotInstanceRequests: new DescribeSpotInstanceRequestsCommand({ DryRun }),
  DescribeSubnets: new DescribeSubnetsCommand({ DryRun }),
  DescribeVpcs: new DescribeVpcsCommand({ DryRun }),
  DisassociateAddress: new DisassociateAddressCommand({ DryRun, AssociationId: association }),
  ModifyNetworkInterfaceAttribute: new ModifyNetworkInterfaceAttributeCommand({
    DryRun,
    NetworkInterfaceId: "eni-249f6c6d",
    SourceDestCheck: { Value: false },
  }),
  RebootInstances: new RebootInstancesCommand({ DryRun, ...instance }),
  ReplaceRoute: new ReplaceRouteCommand({ DryRun, ...route, DestinationCidrBlock: "0.0.0.0/0" }),
  RunInstances: new RunInstancesCommand({
    DryRun,
    ImageId: "ami-12345678",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: "subnet-0000002a",
  }),
  StartInstances: new StartInstancesCommand({ DryRun, ...instance }),
  StopInstances: new StopInstancesCommand({ DryRun, ...instance }),
  TerminateInstances: new TerminateInstancesCommand({ DryRun, ...instance }),
};

Deno.test("DryRun: every action says that it would have succeeded, and changes nothing", () =>
  withSandbox(async (sandbox, client) => {
    const able = Object.entries(ACTIONS).filter(([, action]) => action.dryRun !== false).map(([name]) => name);
    assert.deepEqual(Object.keys(DRY), able.sort());
    const before = structuredClone(sandbox.region);
    for (const command of Object.values(DRY)) {
      // deno-lint-ignore no-explicit-any -- a union of all commands is beyond the overloads of `send`.
      const error = await answers("DryRunOperation", client.send(command as any));
      assert.equal(error.$metadata.httpStatusCode, 412);
    }
    assert.deepEqual(sandbox.region, before);
  }, { topology }));

Deno.test("a role that may only describe is told which action it lacks, also by a dry run", () =>
  withSandbox(async (_sandbox, client) => {
    assert.equal((await client.send(new DescribeVpcsCommand({}))).Vpcs?.length, 2);
    const denied = await answers("UnauthorizedOperation", client.send(DRY.ReplaceRoute));
    assert.equal(denied.$metadata.httpStatusCode, 403);
    assert.match(denied.message, /assumed-role\/baton-server\/i-\w+ is not authorized to perform: ec2:ReplaceRoute/);
  }, { topology, options: { allow: { server1: ["ec2:Describe*"] } } }));

Deno.test("requests that no SDK sends", () =>
  withSandbox(async (sandbox) => {
    const post = async (body: string, headers: Record<string, string> = {}) => {
      const response = await fetch(sandbox.endpoint("server1"), {
        method: "POST",
        body,
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      });
      return { status: response.status, text: await response.text() };
    };
    const signed = { authorization: "AWS4-HMAC-SHA256 Credential=AKIAX/20300101/r/ec2/aws4_request, Signature=0" };
    const unsigned = await post("Action=DescribeVpcs&Version=2016-11-15");
    assert.equal(unsigned.status, 401);
    assert.match(
      unsigned.text,
      /^<\?xml .*\?>\n<Response><Errors><Error><Code>AuthFailure<\/Code><Message>.+<\/Message>/,
    );
    assert.match(unsigned.text, /<RequestID>[0-9a-f-]{36}<\/RequestID><\/Response>$/);
    assert.match((await post("Action=CreateFleet&Version=2016-11-15", signed)).text, /<Code>InvalidAction<\/Code>/);
    assert.match((await post("Action=toString&Version=2016-11-15", signed)).text, /<Code>InvalidAction<\/Code>/);
    assert.match((await post("Version=2016-11-15", signed)).text, /<Code>MissingAction<\/Code>/);
    assert.match((await post("Action=DescribeVpcs&Version=2001-01-01", signed)).text, /<Code>InvalidAction<\/Code>/);
    assert.match((await post("Action=CreateRouteTable&Version=2016-11-15", signed)).text, /parameter vpcId</);
    const good = await fetch(`${sandbox.endpoint("server1")}/?Action=DescribeVpcs&Version=2016-11-15`, {
      headers: signed,
    });
    assert.match(
      await good.text(),
      /^<\?xml .*\?>\n<DescribeVpcsResponse xmlns="http:\/\/ec2.amazonaws.com\/doc\/2016-11-15\/">/,
    );
    const huge = await post(`Action=${"x".repeat(300_000)}`, signed);
    assert.equal(huge.status, 500);
  }));
