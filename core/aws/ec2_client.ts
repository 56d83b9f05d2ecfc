/**
 * EC2 for one resource or monitor: a thin layer over the shared client that binds the permit of the caller.
 *
 * @module
 */
import { Fault } from "../plugin/fault.ts";
import { awsFault, missingFault } from "./aws_fault.ts";
import type {
  AddressTarget,
  AvailabilityZone,
  CallOptions,
  Ec2,
  ElasticIp,
  InstanceState,
  NetworkInterface,
  RouteTable,
  StopAnswer,
  StopOptions,
  TableQuery,
} from "./ec2.ts";
import { Ec2Calls } from "./ec2_calls.ts";
import type { Ec2Sdk } from "./ec2_sdk.ts";
import { classify } from "./failure.ts";
import { instanceStateOf, type SpotKind, stopAccepted, stopRefusal } from "./instances.ts";
import { guarded, requireFence } from "./permit.ts";
import { assignAddress, unassignAddress } from "./private_addresses.ts";
import {
  addressFilter,
  destinationOf,
  elasticIpOf,
  networkInterfaceOf,
  routeFilter,
  routeTableOf,
  subnetCidrsOf,
  zoneOf,
} from "./shapes.ts";

/** What binds an `Ec2` to its caller. */
export interface Ec2Binding {
  /**
   * Milliseconds until the permit under which calls are made ends. Left out: there is no permit to mind, which is only
   * right for what changes nothing (monitors, preflight) or is not in a cluster.
   */
  permitRemainingMs?: () => number;
  /** The caller is a fence. Only it may stop instances, and it has no permit to mind: it is about to ask for one. */
  fence?: boolean;
}

/** Pages of one listing that are read at most; a VPC has 200 route tables by default, a page has 100. */
const MAX_PAGES = 50;
const PAGE_SIZE = 100;

/** Makes an `Ec2` over the shared client; cheap, for every context anew. Nothing is loaded before the first call. */
export function createEc2(sdk: Ec2Sdk, binding: Ec2Binding = {}): Ec2 {
  return new BoundEc2(sdk, binding);
}

class BoundEc2 implements Ec2 {
  private readonly calls: Ec2Calls;

  constructor(private readonly sdk: Ec2Sdk, private readonly binding: Ec2Binding) {
    this.calls = new Ec2Calls(sdk, binding.permitRemainingMs);
  }

  assuming(roleArn: string): Ec2 {
    return new BoundEc2(this.sdk.assuming(roleArn), this.binding);
  }

  async vpcCidrs(vpcId: string, { signal }: CallOptions): Promise<string[]> {
    const call = { action: "DescribeVpcs", subject: vpcId };
    const answer = await this.calls.read(
      call,
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeVpcsCommand({ VpcIds: [vpcId] }), { abortSignal }),
    );
    const vpc = answer.Vpcs?.[0];
    if (!vpc) throw missingFault("vpc ID", call);
    const blocks = [
      vpc.CidrBlock,
      ...(vpc.CidrBlockAssociationSet ?? []).filter((one) => isLive(one.CidrBlockState?.State)).map((one) =>
        one.CidrBlock
      ),
      ...(vpc.Ipv6CidrBlockAssociationSet ?? []).filter((one) => isLive(one.Ipv6CidrBlockState?.State))
        .map((one) => one.Ipv6CidrBlock),
    ];
    return [...new Set(blocks.filter((block) => block !== undefined))];
  }

  async subnetCidrs(subnetId: string, { signal }: CallOptions): Promise<string[]> {
    const call = { action: "DescribeSubnets", subject: subnetId };
    const answer = await this.calls.read(
      call,
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeSubnetsCommand({ SubnetIds: [subnetId] }), { abortSignal }),
    );
    const subnet = answer.Subnets?.[0];
    if (!subnet) throw missingFault("subnet ID", call);
    return subnetCidrsOf(subnet);
  }

  async routeTables(query: TableQuery, { signal }: CallOptions): Promise<RouteTable[]> {
    const call = { action: "DescribeRouteTables", subject: query.vpcId };
    const filters = [{ Name: "vpc-id", Values: [query.vpcId] }];
    if (query.destination !== undefined) filters.push(routeFilter(query.destination));
    // A filter and not the parameter for ids, which fails as a whole when one of them does not exist.
    if (query.tableIds !== undefined) filters.push({ Name: "route-table-id", Values: [...query.tableIds] });
    const tables: RouteTable[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.calls.read(call, signal, ({ client, commands }, abortSignal) =>
        client.send(
          new commands.DescribeRouteTablesCommand({
            Filters: filters,
            MaxResults: PAGE_SIZE,
            ...(token ? { NextToken: token } : {}),
          }),
          { abortSignal },
        ));
      tables.push(...(answer.RouteTables ?? []).map(routeTableOf));
      token = answer.NextToken;
      if (!token) return tables;
    }
    throw awsFault(new Error(`the list of route tables doesn't end after ${MAX_PAGES} pages`), call);
  }

  async replaceRoute(
    route: { tableId: string; destination: string; eniId: string },
    { signal }: CallOptions,
  ): Promise<void> {
    const call = { action: "ReplaceRoute", subject: `${route.destination} in ${route.tableId} to ${route.eniId}` };
    await this.calls.mutate(
      call,
      signal,
      ({ client, commands }, abortSignal, guard) =>
        client.send(guarded(new commands.ReplaceRouteCommand(routeInput(route)), guard), { abortSignal }),
    );
  }

  async createRoute(
    route: { tableId: string; destination: string; eniId: string },
    { signal }: CallOptions,
  ): Promise<void> {
    const call = { action: "CreateRoute", subject: `${route.destination} in ${route.tableId} to ${route.eniId}` };
    await this.calls.mutate(
      call,
      signal,
      ({ client, commands }, abortSignal, guard) =>
        client.send(guarded(new commands.CreateRouteCommand(routeInput(route)), guard), { abortSignal }),
    );
  }

  async networkInterface(eniId: string, { signal }: CallOptions): Promise<NetworkInterface> {
    const call = { action: "DescribeNetworkInterfaces", subject: eniId };
    const answer = await this.calls.read(
      call,
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eniId] }), { abortSignal }),
    );
    const eni = answer.NetworkInterfaces?.[0];
    if (!eni) throw missingFault("networkInterface ID", call);
    return networkInterfaceOf(eni);
  }

  async interfaceWithAddress(
    where: { vpcId: string; ip: string },
    { signal }: CallOptions,
  ): Promise<NetworkInterface | null> {
    const call = { action: "DescribeNetworkInterfaces", subject: where.ip };
    const Filters = [{ Name: "vpc-id", Values: [where.vpcId] }, addressFilter(where.ip)];
    const answer = await this.calls.read(
      call,
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeNetworkInterfacesCommand({ Filters }), { abortSignal }),
    );
    const eni = answer.NetworkInterfaces?.[0];
    return eni === undefined ? null : networkInterfaceOf(eni);
  }

  async setSourceDestCheck(eniId: string, on: boolean, { signal }: CallOptions): Promise<void> {
    const call = { action: "ModifyNetworkInterfaceAttribute", subject: eniId };
    const input = { NetworkInterfaceId: eniId, SourceDestCheck: { Value: on } };
    await this.calls.mutate(
      call,
      signal,
      ({ client, commands }, abortSignal, guard) =>
        client.send(guarded(new commands.ModifyNetworkInterfaceAttributeCommand(input), guard), { abortSignal }),
    );
  }

  assignAddress(target: AddressTarget, { signal }: CallOptions): Promise<void> {
    return assignAddress(this, this.calls, target, signal);
  }

  unassignAddress(target: AddressTarget, { signal }: CallOptions): Promise<void> {
    return unassignAddress(this.calls, target, signal);
  }

  async elasticIp(allocationId: string, { signal }: CallOptions): Promise<ElasticIp> {
    const call = { action: "DescribeAddresses", subject: allocationId };
    const answer = await this.calls.read(
      call,
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeAddressesCommand({ AllocationIds: [allocationId] }), { abortSignal }),
    );
    const address = answer.Addresses?.[0];
    if (!address) throw missingFault("allocation ID", call);
    return elasticIpOf(address);
  }

  async associateAddress(
    target: { allocationId: string; eniId: string; privateIp?: string },
    { signal }: CallOptions,
  ): Promise<string> {
    const call = { action: "AssociateAddress", subject: `${target.allocationId} with ${target.eniId}` };
    const input = {
      AllocationId: target.allocationId,
      NetworkInterfaceId: target.eniId,
      AllowReassociation: true,
      ...(target.privateIp === undefined ? {} : { PrivateIpAddress: target.privateIp }),
    };
    const answer = await this.calls.mutate(
      call,
      signal,
      ({ client, commands }, abortSignal, guard) =>
        client.send(guarded(new commands.AssociateAddressCommand(input), guard), { abortSignal }),
    );
    if (!answer.AssociationId) throw awsFault(new Error("the answer has no association id"), call);
    return answer.AssociationId;
  }

  async disassociateAddress(associationId: string, { signal }: CallOptions): Promise<void> {
    const call = { action: "DisassociateAddress", subject: associationId };
    try {
      await this.calls.read(
        call,
        signal,
        ({ client, commands }, abortSignal) =>
          client.send(new commands.DisassociateAddressCommand({ AssociationId: associationId }), { abortSignal }),
      );
    } catch (error) {
      // Gone already: released by an earlier attempt, or taken over by another server.
      if (error instanceof Fault && classify(error.cause).code === "InvalidAssociationID.NotFound") return;
      throw error;
    }
  }

  async availabilityZone(name: string, { signal }: CallOptions): Promise<AvailabilityZone> {
    const call = { action: "DescribeAvailabilityZones", subject: name };
    const answer = await this.calls.read(
      call,
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeAvailabilityZonesCommand({ ZoneNames: [name] }), { abortSignal }),
    );
    const zone = answer.AvailabilityZones?.[0];
    if (!zone) throw missingFault("availability zone", call);
    return zoneOf(zone);
  }

  async instanceState(instanceId: string, { signal }: CallOptions): Promise<InstanceState | null> {
    const call = { action: "DescribeInstances", subject: instanceId };
    try {
      const answer = await this.calls.read(
        call,
        signal,
        ({ client, commands }, abortSignal) =>
          client.send(new commands.DescribeInstancesCommand({ InstanceIds: [instanceId] }), { abortSignal }),
      );
      const found = (answer.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
      const instance = found.find(({ InstanceId }) => InstanceId === instanceId);
      if (instance === undefined) return null;
      return instanceStateOf(instance, await this.#spotKind(instance.SpotInstanceRequestId, signal));
    } catch (error) {
      if (error instanceof Fault && classify(error.cause).code === "InvalidInstanceID.NotFound") return null;
      throw error;
    }
  }

  /** Asked once for each request, because it never changes; that it may not be asked is no reason to know nothing else. */
  async #spotKind(id: string | undefined, signal: AbortSignal): Promise<SpotKind | undefined> {
    if (id === undefined || id === "") return undefined;
    const known = this.sdk.spotKinds.get(id);
    if (known !== undefined) return { type: known };
    try {
      const answer = await this.calls.read(
        { action: "DescribeSpotInstanceRequests", subject: id },
        signal,
        ({ client, commands }, abortSignal) =>
          client.send(new commands.DescribeSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] }), {
            abortSignal,
          }),
      );
      const type = answer.SpotInstanceRequests?.[0]?.Type;
      if (type === undefined) return { unknown: `EC2 does not say what ${id} is` };
      this.sdk.spotKinds.set(id, type);
      return { type };
    } catch (error) {
      if (signal.aborted || !(error instanceof Fault)) throw error;
      return { unknown: `${error.message}; ${error.remedy}` };
    }
  }

  async stopInstance(instanceId: string, how: StopOptions, { signal }: CallOptions): Promise<StopAnswer> {
    const call = { action: "StopInstances", subject: instanceId };
    requireFence(call, this.binding.fence ?? false);
    const input = {
      InstanceIds: [instanceId],
      Force: how.force,
      // Not sent where it is not wanted: an endpoint that is older than this parameter refuses it.
      ...(how.skipOsShutdown ? { SkipOsShutdown: true } : {}),
      ...(how.dryRun ? { DryRun: true } : {}),
    };
    try {
      // No permit: see `Ec2`. An attempt without an answer is not repeated here, the caller looks at the state instead.
      const answer = await this.calls.once(
        call,
        signal,
        ({ client, commands }, abortSignal) => client.send(new commands.StopInstancesCommand(input), { abortSignal }),
      );
      return stopAccepted(instanceId, answer.StoppingInstances);
    } catch (error) {
      const refusal = stopRefusal(error, how);
      if (refusal !== undefined) return refusal;
      throw error;
    }
  }
}

function routeInput(route: { tableId: string; destination: string; eniId: string }) {
  return { RouteTableId: route.tableId, NetworkInterfaceId: route.eniId, ...destinationOf(route.destination) };
}

function isLive(state: string | undefined): boolean {
  return state === undefined || state === "associated" || state === "associating";
}
