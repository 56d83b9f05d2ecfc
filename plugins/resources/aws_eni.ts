/**
 * Which network interface of this machine is which ENI, and what its VPC contains. Both don't change while the agent
 * runs, so they are asked for once and a takeover need not wait for them.
 *
 * @module
 */
import type { Ec2, NetworkInterface } from "../../core/aws/ec2.ts";
import type { PluginContext } from "../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import type { Nic, Os } from "../../core/os/os.ts";

/** What is remembered on one machine. Keyed by its `Os`: an `Ec2` is made for every call anew, the machine stays. */
interface Known {
  enis: Map<string, NetworkInterface>;
  /** Of VPCs and subnets. */
  cidrs: Map<string, string[]>;
}

const KNOWN = new WeakMap<Os, Known>();

function known(os: Os): Known {
  let found = KNOWN.get(os);
  if (found === undefined) KNOWN.set(os, found = { enis: new Map(), cidrs: new Map() });
  return found;
}

/** What asking needs: the machine, whose answers are remembered, and the signal of the call. */
type Asking = Pick<PluginContext, "os" | "signal">;

/** The ENI, from memory when it was asked for before. */
export async function networkInterface(ec2: Ec2, eniId: string, { os, signal }: Asking): Promise<NetworkInterface> {
  const { enis } = known(os);
  const found = enis.get(eniId) ?? await ec2.networkInterface(eniId, { signal });
  enis.set(eniId, found);
  return found;
}

/** The ENI as it is now; remembered. */
export async function freshInterface(ec2: Ec2, eniId: string, { os, signal }: Asking): Promise<NetworkInterface> {
  const found = await ec2.networkInterface(eniId, { signal });
  known(os).enis.set(eniId, found);
  return found;
}

/** The CIDR blocks of a subnet, from memory when they were asked for before. */
export async function subnetCidrs(ec2: Ec2, subnetId: string, { os, signal }: Asking): Promise<string[]> {
  const { cidrs } = known(os);
  const found = cidrs.get(subnetId) ?? await ec2.subnetCidrs(subnetId, { signal });
  cidrs.set(subnetId, found);
  return found;
}

/** The CIDR blocks of the VPC, from memory when they were asked for before. */
export async function vpcCidrs(ec2: Ec2, vpcId: string, { os, signal }: Asking): Promise<string[]> {
  const { cidrs } = known(os);
  const found = cidrs.get(vpcId) ?? await ec2.vpcCidrs(vpcId, { signal });
  cidrs.set(vpcId, found);
  return found;
}

/** Options by which a plugin names the NIC that an address goes on. */
export interface NicOptions {
  eni: string;
  /** The name of the NIC, where the hardware address does not tell (bonds, bridges). */
  nic?: string;
}

/** The NIC of this machine that the options mean. `eni` is only needed where they don't name it. */
export function localNic(nics: readonly Nic[], options: NicOptions, eni: NetworkInterface): Nic {
  const names = nics.map((nic) => nic.name).join(", ") || "none";
  if (options.nic !== undefined) {
    const named = nics.find((nic) => nic.name === options.nic);
    if (named !== undefined) return named;
    throw new Fault(FAULT_CODES.requestFailed, `this server has no network interface ${options.nic}`, {
      remedy: `set nic to one of ${names}, or leave it out`,
    });
  }
  const found = nics.find((nic) => nic.mac !== "" && nic.mac === eni.mac);
  if (found !== undefined) return found;
  const instance = eni.instanceId === undefined ? "attached to no instance" : `attached to ${eni.instanceId}`;
  throw new Fault(
    FAULT_CODES.requestFailed,
    `no network interface of this server has the hardware address ${eni.mac} of ${options.eni}, which is ${instance}`,
    { remedy: `set eni to the one of this server (its network interfaces: ${names}), or name the interface with nic` },
  );
}

/** The NICs that an address of this ENI may be on, found without network: one when the ENI is remembered, else all. */
export async function candidateNics(context: PluginContext<NicOptions>): Promise<string[]> {
  if (context.options.nic !== undefined) return [context.options.nic];
  const nics = (await context.os.nics(context.signal)).filter((nic) => nic.mac !== "");
  const mac = known(context.os).enis.get(context.options.eni)?.mac;
  const own = nics.filter((nic) => nic.mac === mac);
  return (own.length > 0 ? own : nics).map((nic) => nic.name);
}
