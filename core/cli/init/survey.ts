/**
 * What an account suggests: which instances could be servers, which are the NATs on their way out, which address the
 * route tables already have a row for.
 *
 * @module
 */
import type { Account, AccountInstance, AccountTable } from "../../aws/account.ts";
import { plainValue } from "../../plugin/plain_text.ts";
import { cidrContains } from "../../plugin/ip_address.ts";
import type { Topology } from "./plan.ts";

const ANYWHERE = "0.0.0.0/0";

/** An account with what is known of the machine that asks. */
export class Survey {
  readonly account: Account;

  /** Names in an account are whatever somebody typed. */
  constructor(account: Account, readonly ownId: string | undefined) {
    this.account = plainValue(account);
  }

  /** The instance this runs on; undefined where it runs on none of this account's. */
  get own(): AccountInstance | undefined {
    return this.account.instances.find(({ id }) => id === this.ownId);
  }

  /** VPCs with at least one instance, the own one first. */
  get vpcs(): Account["vpcs"] {
    const used = this.account.vpcs.filter(({ id }) => this.account.instances.some(({ vpcId }) => vpcId === id));
    return used.toSorted((a, b) => Number(b.id === this.own?.vpcId) - Number(a.id === this.own?.vpcId));
  }

  /** Instances of the VPC that could be servers, the own one first: those that are no NAT. */
  candidates(vpcId: string): AccountInstance[] {
    const nats = new Set(this.nats(vpcId).map(({ id }) => id));
    return this.account.instances.filter((one) => one.vpcId === vpcId && !nats.has(one.id))
      .toSorted((a, b) => Number(b.id === this.ownId) - Number(a.id === this.ownId));
  }

  /** Candidates on the kind of subnet that the topology is for: behind a NAT for a VIP, public for an Elastic IP. */
  likely(vpcId: string, topology: Topology): AccountInstance[] {
    return this.candidates(vpcId).filter((one) =>
      one.state === "running" && this.#public(one.subnetId) === (topology === "eip")
    );
  }

  /** Instances to which a route table of the VPC sends what leaves it. */
  nats(vpcId: string): AccountInstance[] {
    return this.natsOf(this.account.tables.filter((table) => table.vpcId === vpcId));
  }

  /** The NAT instances on the way out of these subnets, each once. */
  natsOfSubnets(subnetIds: readonly string[]): AccountInstance[] {
    return this.natsOf(subnetIds.flatMap((id) => this.tableOf(id) ?? []));
  }

  natsOf(tables: readonly AccountTable[]): AccountInstance[] {
    const enis = new Set(tables.flatMap(({ routes }) => routes.filter(isDefault).map(({ target }) => target)));
    return this.account.instances.filter(({ eniId }) => enis.has(eniId));
  }

  /** The table that a subnet uses. */
  tableOf(subnetId: string): AccountTable | undefined {
    const named = this.account.tables.find(({ subnetIds }) => subnetIds.includes(subnetId));
    const vpcId = this.account.subnets.find(({ id }) => id === subnetId)?.vpcId;
    return named ?? this.account.tables.find((table) => table.main && table.vpcId === vpcId);
  }

  /** The tables of the VPC that subnets use. */
  tablesInUse(vpcId: string): AccountTable[] {
    const used = this.account.subnets.filter((one) => one.vpcId === vpcId).map(({ id }) => this.tableOf(id)?.id);
    return this.account.tables.filter(({ id }) => used.includes(id));
  }

  /** Addresses outside the VPC to which a table already has a row that leads to an instance. */
  routedAddresses(vpcId: string): string[] {
    const blocks = this.account.vpcs.find(({ id }) => id === vpcId)?.blocks ?? [];
    const rows = this.account.tables.filter((table) => table.vpcId === vpcId).flatMap(({ routes }) => routes);
    const addresses = rows.filter(({ destination, target }) => destination.endsWith("/32") && target.startsWith("eni-"))
      .map(({ destination }) => destination.slice(0, -"/32".length));
    return [...new Set(addresses)].filter((ip) => !blocks.some((block) => cidrContains(block, ip)));
  }

  #public(subnetId: string): boolean {
    return this.tableOf(subnetId)?.routes.some((route) => isDefault(route) && route.target.startsWith("igw-")) ?? false;
  }
}

function isDefault({ destination }: { destination: string }): boolean {
  return destination === ANYWHERE;
}
