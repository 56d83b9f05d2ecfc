/**
 * EC2 for one resource or monitor: a thin layer over the shared client that binds the permit of the caller.
 *
 * @module
 */
import { Fault } from "../plugin/fault.ts";
import { abandonedFault, type AwsCall, awsFault, missingFault } from "./aws_fault.ts";
import { withDeadline } from "./deadline.ts";
import type {
  AvailabilityZone,
  CallOptions,
  Ec2,
  ElasticIp,
  InstanceState,
  NetworkInterface,
  RouteTable,
  StopAnswer,
  StopOptions,
} from "./ec2.ts";
import type { Ec2Sdk, LoadedSdk } from "./ec2_sdk.ts";
import { classify } from "./failure.ts";
import { instanceStateOf, stopAccepted, stopRefusal } from "./instances.ts";
import { requireFence, requirePermit } from "./permit.ts";
import { withRetries } from "./retry.ts";
import { destinationOf, elasticIpOf, networkInterfaceOf, routeFilter, routeTableOf, zoneOf } from "./shapes.ts";

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
  return new BoundEc2(sdk, binding.permitRemainingMs, binding.fence ?? false);
}

type Send<T> = (loaded: LoadedSdk, signal: AbortSignal) => Promise<T>;

class BoundEc2 implements Ec2 {
  constructor(
    private readonly sdk: Ec2Sdk,
    private readonly permitRemainingMs: (() => number) | undefined,
    private readonly fence: boolean,
  ) {}

  async vpcCidrs(vpcId: string, { signal }: CallOptions): Promise<string[]> {
    const call = { action: "DescribeVpcs", subject: vpcId };
    const answer = await this.#read(
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

  async routeTables(query: { vpcId: string; destination?: string }, { signal }: CallOptions): Promise<RouteTable[]> {
    const call = { action: "DescribeRouteTables", subject: query.vpcId };
    const filters = [{ Name: "vpc-id", Values: [query.vpcId] }];
    if (query.destination !== undefined) filters.push(routeFilter(query.destination));
    const tables: RouteTable[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.#read(call, signal, ({ client, commands }, abortSignal) =>
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
    await this.#mutate(
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
    await this.#mutate(
      call,
      signal,
      ({ client, commands }, abortSignal, guard) =>
        client.send(guarded(new commands.CreateRouteCommand(routeInput(route)), guard), { abortSignal }),
    );
  }

  async networkInterface(eniId: string, { signal }: CallOptions): Promise<NetworkInterface> {
    const call = { action: "DescribeNetworkInterfaces", subject: eniId };
    const answer = await this.#read(
      call,
      signal,
      ({ client, commands }, abortSignal) =>
        client.send(new commands.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eniId] }), { abortSignal }),
    );
    const eni = answer.NetworkInterfaces?.[0];
    if (!eni) throw missingFault("networkInterface ID", call);
    return networkInterfaceOf(eni);
  }

  async elasticIp(allocationId: string, { signal }: CallOptions): Promise<ElasticIp> {
    const call = { action: "DescribeAddresses", subject: allocationId };
    const answer = await this.#read(
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
    target: { allocationId: string; eniId: string },
    { signal }: CallOptions,
  ): Promise<string> {
    const call = { action: "AssociateAddress", subject: `${target.allocationId} with ${target.eniId}` };
    const input = { AllocationId: target.allocationId, NetworkInterfaceId: target.eniId, AllowReassociation: true };
    const answer = await this.#mutate(
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
      await this.#read(
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
    const answer = await this.#read(
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
      const answer = await this.#read(
        call,
        signal,
        ({ client, commands }, abortSignal) =>
          client.send(new commands.DescribeInstancesCommand({ InstanceIds: [instanceId] }), { abortSignal }),
      );
      const found = (answer.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
      const instance = found.find(({ InstanceId }) => InstanceId === instanceId);
      return instance === undefined ? null : instanceStateOf(instance);
    } catch (error) {
      if (error instanceof Fault && classify(error.cause).code === "InvalidInstanceID.NotFound") return null;
      throw error;
    }
  }

  async stopInstance(instanceId: string, how: StopOptions, { signal }: CallOptions): Promise<StopAnswer> {
    const call = { action: "StopInstances", subject: instanceId };
    requireFence(call, this.fence);
    const input = {
      InstanceIds: [instanceId],
      Force: how.force,
      // Not sent where it is not wanted: an endpoint that is older than this parameter refuses it.
      ...(how.skipOsShutdown ? { SkipOsShutdown: true } : {}),
      ...(how.dryRun ? { DryRun: true } : {}),
    };
    try {
      // No permit: see `Ec2`. An attempt without an answer is not repeated here, the caller looks at the state instead.
      const plan = { budgetMs: this.sdk.settings.callTimeoutMs, mutating: true };
      const answer = await this.#run(
        call,
        signal,
        plan,
        ({ client, commands }, abortSignal) => client.send(new commands.StopInstancesCommand(input), { abortSignal }),
      );
      return stopAccepted(instanceId, answer.StoppingInstances);
    } catch (error) {
      const refusal = stopRefusal(error, how);
      if (refusal !== undefined) return refusal;
      throw error;
    }
  }

  /** Calls that may be repeated freely: reads, and what is addressed by an id that nobody else can have. */
  #read<T>(call: AwsCall, signal: AbortSignal, send: Send<T>): Promise<T> {
    return this.#run(call, signal, { budgetMs: this.sdk.settings.callTimeoutMs, mutating: false }, send);
  }

  /** Calls that must not take effect after the permit. */
  async #mutate<T>(
    call: AwsCall,
    signal: AbortSignal,
    send: (loaded: LoadedSdk, signal: AbortSignal, guard: () => void) => Promise<T>,
  ): Promise<T> {
    const guard = () => void requirePermit(call, this.permitRemainingMs);
    const budgetMs = Math.min(this.sdk.settings.callTimeoutMs, requirePermit(call, this.permitRemainingMs));
    return await this.#run(call, signal, { budgetMs, mutating: true }, (loaded, within) => {
      guard();
      return send(loaded, within, guard);
    });
  }

  async #run<T>(
    call: AwsCall,
    signal: AbortSignal,
    plan: { budgetMs: number; mutating: boolean },
    send: Send<T>,
  ): Promise<T> {
    let located: AwsCall = call;
    try {
      const startedAt = performance.now();
      const loaded = await withDeadline(signal, plan.budgetMs, () => this.sdk.load());
      located = { ...call, endpoint: `the EC2 endpoint of ${loaded.region}` };
      const budgetMs = plan.budgetMs - (performance.now() - startedAt);
      return await withRetries({ ...plan, budgetMs }, signal, (within) => send(loaded, within));
    } catch (error) {
      throw signal.aborted ? abandonedFault(signal.reason, located) : awsFault(error, located);
    }
  }
}

/** What a command offers to those who want to look at its request on the way. */
interface Interceptable {
  // deno-lint-ignore no-explicit-any -- each command types its own steps; this one passes through whatever it gets.
  middlewareStack: { add(middleware: any, options: any): void };
}

/**
 * Puts `guard` where the permit is looked at for the last time: after the credentials were fetched and the request was
 * signed, right before it goes to the socket.
 */
function guarded<Command extends Interceptable>(command: Command, guard: () => void): Command {
  const middleware = (next: (input: unknown) => unknown) => (input: unknown) => {
    guard();
    return next(input);
  };
  command.middlewareStack.add(middleware, { step: "deserialize", priority: "low", name: "batonPermit" });
  return command;
}

function routeInput(route: { tableId: string; destination: string; eniId: string }) {
  return { RouteTableId: route.tableId, NetworkInterfaceId: route.eniId, ...destinationOf(route.destination) };
}

function isLive(state: string | undefined): boolean {
  return state === undefined || state === "associated" || state === "associating";
}
