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
} from "../../core/aws/ec2.ts";
import { pause } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";

/** The calls of EC2 by name. */
export type Call = Exclude<keyof Ec2, "assuming">;

/**
 * EC2 in memory: a VPC with route tables, ENIs, Elastic IPs and a zone. Every answer takes `latencyMs`; `failing` makes
 * calls fail, `hanging` makes them wait for their signal, `staleReads` makes that many reads show the old routes.
 */
export class FakeEc2 implements Ec2 {
  latencyMs = 0;
  staleReads = 0;
  readonly failing = new Map<Call, Fault>();
  readonly hanging = new Set<Call>();
  /** Everything that was asked, in the order of the questions. */
  readonly calls: Call[] = [];
  readonly cidrs = new Map<string, string[]>();
  readonly tables: RouteTable[] = [];
  readonly enis = new Map<string, NetworkInterface>();
  readonly eips = new Map<string, ElasticIp>();
  readonly zones = new Map<string, AvailabilityZone>();
  readonly instances = new Map<string, InstanceState>();
  #old: RouteTable[] | undefined;
  #associations = 0;

  vpcCidrs(vpcId: string, options: CallOptions): Promise<string[]> {
    return this.#answer("vpcCidrs", options, () => required(this.cidrs, vpcId, "vpc ID"));
  }

  /** The accounts of roles, by the ARN of the role. */
  readonly accounts = new Map<string, FakeEc2>();

  assuming(roleArn: string): Ec2 {
    const account = this.accounts.get(roleArn);
    if (account === undefined) throw new Fault(FAULT_CODES.requestFailed, `AssumeRole of ${roleArn} was denied`);
    return account;
  }

  subnetCidrs(subnetId: string, options: CallOptions): Promise<string[]> {
    return this.#answer("subnetCidrs", options, () => required(this.cidrs, subnetId, "subnet ID"));
  }

  routeTables(query: TableQuery, options: CallOptions): Promise<RouteTable[]> {
    return this.#answer("routeTables", options, () => {
      const stale = this.#old !== undefined && this.staleReads > 0;
      if (stale) this.staleReads--;
      const tables = stale ? this.#old ?? [] : this.tables;
      return structuredClone(tables.filter((table) =>
        table.vpcId === query.vpcId &&
        (query.destination === undefined || table.routes.some((route) => route.destination === query.destination)) &&
        (query.tableIds === undefined || query.tableIds.includes(table.id))
      ));
    });
  }

  replaceRoute(route: { tableId: string; destination: string; eniId: string }, options: CallOptions): Promise<void> {
    return this.#answer("replaceRoute", options, () => {
      const found = this.tables.find((table) => table.id === route.tableId)
        ?.routes.find((one) => one.destination === route.destination);
      if (found === undefined) throw missing("route", route.destination);
      this.#old ??= structuredClone(this.tables);
      found.eniId = route.eniId;
      found.state = "active";
    });
  }

  createRoute(route: { tableId: string; destination: string; eniId: string }, options: CallOptions): Promise<void> {
    return this.#answer("createRoute", options, () => {
      const table = this.tables.find((one) => one.id === route.tableId);
      if (table === undefined) throw missing("route table ID", route.tableId);
      if (table.routes.some((one) => one.destination === route.destination)) {
        throw new Fault(FAULT_CODES.requestFailed, "the route already exists (CreateRoute: RouteAlreadyExists)");
      }
      table.routes.push({ destination: route.destination, eniId: route.eniId, state: "active" });
    });
  }

  networkInterface(eniId: string, options: CallOptions): Promise<NetworkInterface> {
    return this.#answer(
      "networkInterface",
      options,
      () => structuredClone(required(this.enis, eniId, "networkInterface ID")),
    );
  }

  interfaceWithAddress(where: { vpcId: string; ip: string }, options: CallOptions): Promise<NetworkInterface | null> {
    return this.#answer("interfaceWithAddress", options, () => {
      const found = [...this.enis.values()].find((eni) =>
        eni.vpcId === where.vpcId && [...eni.privateIps, ...eni.ipv6Addresses].includes(where.ip)
      );
      return found === undefined ? null : structuredClone(found);
    });
  }

  setSourceDestCheck(eniId: string, on: boolean, options: CallOptions): Promise<void> {
    return this.#answer("setSourceDestCheck", options, () => {
      required(this.enis, eniId, "networkInterface ID").sourceDestCheck = on;
    });
  }

  assignAddress({ eniId, ip }: AddressTarget, options: CallOptions): Promise<void> {
    return this.#answer("assignAddress", options, () => {
      required(this.enis, eniId, "networkInterface ID");
      for (const eni of this.enis.values()) this.#drop(eni, ip);
      const eni = required(this.enis, eniId, "networkInterface ID");
      (ip.includes(":") ? eni.ipv6Addresses : eni.privateIps).push(ip);
    });
  }

  unassignAddress({ eniId, ip }: AddressTarget, options: CallOptions): Promise<void> {
    return this.#answer(
      "unassignAddress",
      options,
      () => this.#drop(required(this.enis, eniId, "networkInterface ID"), ip),
    );
  }

  #drop(eni: NetworkInterface, ip: string): void {
    eni.privateIps = eni.privateIps.filter((one) => one !== ip);
    eni.ipv6Addresses = eni.ipv6Addresses.filter((one) => one !== ip);
  }

  elasticIp(allocationId: string, options: CallOptions): Promise<ElasticIp> {
    return this.#answer("elasticIp", options, () => ({ ...required(this.eips, allocationId, "allocation ID") }));
  }

  associateAddress(
    target: { allocationId: string; eniId: string; privateIp?: string },
    options: CallOptions,
  ): Promise<string> {
    return this.#answer("associateAddress", options, () => {
      const eip = required(this.eips, target.allocationId, "allocation ID");
      eip.eniId = target.eniId;
      eip.privateIp = target.privateIp ?? this.enis.get(target.eniId)?.privateIp ?? "";
      return eip.associationId = `eipassoc-${++this.#associations}`;
    });
  }

  disassociateAddress(associationId: string, options: CallOptions): Promise<void> {
    return this.#answer("disassociateAddress", options, () => {
      for (const eip of this.eips.values()) {
        if (eip.associationId !== associationId) continue;
        delete eip.associationId;
        delete eip.eniId;
        delete eip.privateIp;
      }
    });
  }

  availabilityZone(name: string, options: CallOptions): Promise<AvailabilityZone> {
    return this.#answer("availabilityZone", options, () => required(this.zones, name, "availability zone"));
  }

  instanceState(instanceId: string, options: CallOptions): Promise<InstanceState | null> {
    return this.#answer("instanceState", options, () => {
      const found = this.instances.get(instanceId);
      return found === undefined ? null : { ...found };
    });
  }

  stopInstance(instanceId: string, how: StopOptions, options: CallOptions): Promise<StopAnswer> {
    return this.#answer("stopInstance", options, () => {
      const found = required(this.instances, instanceId, "instance ID");
      if (how.dryRun) return { kind: "would-stop" };
      const previous = found.name;
      found.name = "stopped";
      return { kind: "accepted", previous, current: previous === "stopped" ? "stopped" : "stopping" };
    });
  }

  /** Every call fails as it does without a way to the regional endpoint. */
  cutOff(): void {
    const fault = new Fault(FAULT_CODES.timeout, "the EC2 endpoint did not answer", { uncertain: true });
    for (const call of CALLS) this.failing.set(call, fault);
  }

  async #answer<T>(call: Call, { signal }: CallOptions, act: () => T): Promise<T> {
    this.calls.push(call);
    signal.throwIfAborted();
    if (this.hanging.has(call)) await pause(600_000, signal);
    if (this.latencyMs > 0) await pause(this.latencyMs, signal);
    const failure = this.failing.get(call);
    if (failure !== undefined) throw failure;
    return act();
  }
}

const CALLS: readonly Call[] = [
  "vpcCidrs",
  "subnetCidrs",
  "interfaceWithAddress",
  "setSourceDestCheck",
  "assignAddress",
  "unassignAddress",
  "routeTables",
  "replaceRoute",
  "createRoute",
  "networkInterface",
  "elasticIp",
  "associateAddress",
  "disassociateAddress",
  "availabilityZone",
  "instanceState",
  "stopInstance",
];

function required<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (found === undefined) throw missing(what, id);
  return found;
}

function missing(what: string, id: string): Fault {
  return new Fault(FAULT_CODES.requestFailed, `the ${what} '${id}' does not exist`);
}
