/**
 * What an account has in one region, as far as a new cluster is made of it. Read only.
 *
 * @module
 */
import type { Instance, Tag } from "@aws-sdk/client-ec2";
import { awsFault } from "./aws_fault.ts";
import type { CallOptions } from "./ec2.ts";
import { Ec2Calls } from "./ec2_calls.ts";
import type { Ec2Sdk } from "./ec2_sdk.ts";

/** An instance with its first network interface. */
export interface AccountInstance {
  id: string;
  /** Its tag Name; empty when it has none. */
  name: string;
  state: string;
  zone: string;
  vpcId: string;
  subnetId: string;
  privateIp: string;
  eniId: string;
  sourceDestCheck: boolean;
  /** Its instance profile; left out: it has none. */
  profile?: string;
}

/** A route table. */
export interface AccountTable {
  id: string;
  vpcId: string;
  /** The table of subnets that name none. */
  main: boolean;
  subnetIds: string[];
  /** `destination`: a block, or the id of a prefix list. `target`: an id such as `eni-...`, `igw-...`, or `local`. */
  routes: { destination: string; target: string }[];
}

/** The things of one region. */
export interface Account {
  region: string;
  vpcs: { id: string; name: string; blocks: string[] }[];
  subnets: { id: string; vpcId: string; zone: string; block: string }[];
  tables: AccountTable[];
  instances: AccountInstance[];
  addresses: { allocationId: string; publicIp: string; name: string; eniId?: string }[];
}

/** Pages of one listing that are read at most. */
const MAX_PAGES = 50;
const PAGE_SIZE = 100;

/** Reads all of it, at once. Throws a `Fault`. */
export async function readAccount(sdk: Ec2Sdk, options: CallOptions): Promise<Account> {
  const reader = new AccountReader(new Ec2Calls(sdk, () => 0), options.signal);
  const [{ region }, vpcs, subnets, tables, instances, addresses] = await Promise.all([
    sdk.load(),
    reader.vpcs(),
    reader.subnets(),
    reader.tables(),
    reader.instances(),
    reader.addresses(),
  ]);
  return { region, vpcs, subnets, tables, instances, addresses };
}

class AccountReader {
  constructor(private readonly calls: Ec2Calls, private readonly signal: AbortSignal) {}

  async vpcs(): Promise<Account["vpcs"]> {
    const found = await this.#pages("DescribeVpcs", async (page) => {
      const { Vpcs = [], NextToken } = await this.calls.read(
        { action: "DescribeVpcs", subject: "all VPCs" },
        this.signal,
        ({ client, commands }, abortSignal) => client.send(new commands.DescribeVpcsCommand(page), { abortSignal }),
      );
      return { items: Vpcs, token: NextToken };
    });
    return found.map((vpc) => ({
      id: vpc.VpcId ?? "",
      name: nameOf(vpc.Tags),
      blocks: [
        ...new Set(
          [vpc.CidrBlock, ...(vpc.CidrBlockAssociationSet ?? []).map(({ CidrBlock }) => CidrBlock)]
            .filter((block) => block !== undefined),
        ),
      ],
    }));
  }

  async subnets(): Promise<Account["subnets"]> {
    const found = await this.#pages("DescribeSubnets", async (page) => {
      const { Subnets = [], NextToken } = await this.calls.read(
        { action: "DescribeSubnets", subject: "all subnets" },
        this.signal,
        ({ client, commands }, abortSignal) => client.send(new commands.DescribeSubnetsCommand(page), { abortSignal }),
      );
      return { items: Subnets, token: NextToken };
    });
    return found.map((subnet) => ({
      id: subnet.SubnetId ?? "",
      vpcId: subnet.VpcId ?? "",
      zone: subnet.AvailabilityZone ?? "",
      block: subnet.CidrBlock ?? "",
    }));
  }

  async tables(): Promise<AccountTable[]> {
    const found = await this.#pages("DescribeRouteTables", async (page) => {
      const { RouteTables = [], NextToken } = await this.calls.read(
        { action: "DescribeRouteTables", subject: "all route tables" },
        this.signal,
        ({ client, commands }, abortSignal) =>
          client.send(new commands.DescribeRouteTablesCommand(page), { abortSignal }),
      );
      return { items: RouteTables, token: NextToken };
    });
    return found.map((table) => ({
      id: table.RouteTableId ?? "",
      vpcId: table.VpcId ?? "",
      main: (table.Associations ?? []).some(({ Main }) => Main === true),
      subnetIds: (table.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
      routes: (table.Routes ?? []).flatMap((route) => {
        const destination = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ??
          route.DestinationPrefixListId;
        const target = route.NetworkInterfaceId ?? route.NatGatewayId ?? route.TransitGatewayId ??
          route.VpcPeeringConnectionId ?? route.EgressOnlyInternetGatewayId ?? route.GatewayId ?? "";
        return destination === undefined ? [] : [{ destination, target }];
      }),
    }));
  }

  /** Those that run, or did: who sets up a cluster may do so before its instances are started. */
  async instances(): Promise<AccountInstance[]> {
    const states = ["pending", "running", "stopping", "stopped"];
    const found = await this.#pages("DescribeInstances", async (page) => {
      const input = { ...page, Filters: [{ Name: "instance-state-name", Values: states }] };
      const { Reservations = [], NextToken } = await this.calls.read(
        { action: "DescribeInstances", subject: "all instances" },
        this.signal,
        ({ client, commands }, abortSignal) =>
          client.send(new commands.DescribeInstancesCommand(input), { abortSignal }),
      );
      return { items: Reservations.flatMap(({ Instances }) => Instances ?? []), token: NextToken };
    });
    return found.map(instanceOf);
  }

  async addresses(): Promise<Account["addresses"]> {
    const { Addresses = [] } = await this.calls.read(
      { action: "DescribeAddresses", subject: "all addresses" },
      this.signal,
      ({ client, commands }, abortSignal) => client.send(new commands.DescribeAddressesCommand({}), { abortSignal }),
    );
    return Addresses.map((address) => ({
      allocationId: address.AllocationId ?? "",
      publicIp: address.PublicIp ?? "",
      name: nameOf(address.Tags),
      ...(address.NetworkInterfaceId ? { eniId: address.NetworkInterfaceId } : {}),
    }));
  }

  async #pages<Item>(
    action: string,
    read: (page: { MaxResults: number; NextToken?: string }) => Promise<{ items: Item[]; token: string | undefined }>,
  ): Promise<Item[]> {
    const all: Item[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await read({ MaxResults: PAGE_SIZE, ...(token === undefined ? {} : { NextToken: token }) });
      all.push(...answer.items);
      token = answer.token;
      if (!token) return all;
    }
    throw awsFault(new Error(`the list doesn't end after ${MAX_PAGES} pages`), { action, subject: "the region" });
  }
}

function instanceOf(instance: Instance): AccountInstance {
  const enis = instance.NetworkInterfaces ?? [];
  const first = enis.find(({ Attachment }) => Attachment?.DeviceIndex === 0) ?? enis[0];
  const profile = instance.IamInstanceProfile?.Arn?.split("/").at(-1);
  return {
    id: instance.InstanceId ?? "",
    name: nameOf(instance.Tags),
    state: instance.State?.Name ?? "unknown",
    zone: instance.Placement?.AvailabilityZone ?? "",
    vpcId: instance.VpcId ?? "",
    subnetId: instance.SubnetId ?? "",
    privateIp: instance.PrivateIpAddress ?? "",
    eniId: first?.NetworkInterfaceId ?? "",
    sourceDestCheck: first?.SourceDestCheck ?? true,
    ...(profile === undefined ? {} : { profile }),
  };
}

function nameOf(tags: Tag[] | undefined): string {
  return tags?.find(({ Key }) => Key === "Name")?.Value ?? "";
}
