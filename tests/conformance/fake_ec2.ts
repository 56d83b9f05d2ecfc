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
} from "../../core/aws/ec2.ts";
import { pause } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";

/** The calls of EC2 by name. */
export type Call = keyof Ec2;

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

  routeTables(query: { vpcId: string; destination?: string }, options: CallOptions): Promise<RouteTable[]> {
    return this.#answer("routeTables", options, () => {
      const stale = this.#old !== undefined && this.staleReads > 0;
      if (stale) this.staleReads--;
      const tables = stale ? this.#old ?? [] : this.tables;
      return structuredClone(tables.filter((table) =>
        table.vpcId === query.vpcId &&
        (query.destination === undefined || table.routes.some((route) => route.destination === query.destination))
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
      table.routes.push({ destination: route.destination, eniId: route.eniId, state: "active" });
    });
  }

  networkInterface(eniId: string, options: CallOptions): Promise<NetworkInterface> {
    return this.#answer("networkInterface", options, () => ({ ...required(this.enis, eniId, "networkInterface ID") }));
  }

  elasticIp(allocationId: string, options: CallOptions): Promise<ElasticIp> {
    return this.#answer("elasticIp", options, () => ({ ...required(this.eips, allocationId, "allocation ID") }));
  }

  associateAddress(target: { allocationId: string; eniId: string }, options: CallOptions): Promise<string> {
    return this.#answer("associateAddress", options, () => {
      const eip = required(this.eips, target.allocationId, "allocation ID");
      eip.eniId = target.eniId;
      return eip.associationId = `eipassoc-${++this.#associations}`;
    });
  }

  disassociateAddress(associationId: string, options: CallOptions): Promise<void> {
    return this.#answer("disassociateAddress", options, () => {
      for (const eip of this.eips.values()) {
        if (eip.associationId !== associationId) continue;
        delete eip.associationId;
        delete eip.eniId;
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
