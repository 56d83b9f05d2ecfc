/**
 * A floating IP for servers that share a network segment: an address that is put on the active server's NIC, and that the
 * neighbours are told of. Not for a VPC, whose network delivers only to addresses that EC2 knows.
 *
 * @module
 */
import type { Nic } from "../../core/os/os.ts";
import type { ActivateContext, PluginContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { pause } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { findingOfThrown, fine } from "../../core/plugin/finding.ts";
import { unusable } from "../../core/plugin/ip_address.ts";
import type { OptionSpecs } from "../../core/plugin/options.ts";
import { nicOfSubnet } from "../local_address.ts";

/** Options of `floating-ip`. */
export interface FloatingIpOptions {
  ip: string;
  nic?: string;
  /** In milliseconds. */
  probe: number;
  force: boolean;
  announcements: number;
}

/** Where it is: what the resource and its monitor have in common. */
export const FLOATING_IP_OPTIONS: OptionSpecs = {
  ip: {
    type: "address",
    required: true,
    description: "the floating IP address, in the subnet of a NIC of every server",
  },
  nic: {
    type: "string",
    description: "name of the NIC the address goes on; left out: the one whose subnet it lies in",
  },
};

/** Between two announcements, in milliseconds: whoever missed one may be awake for the next. */
const ANNOUNCE_PAUSE_MS = 200;

const floatingIp: ResourcePlugin<FloatingIpOptions> = {
  kind: "resource",
  description: "An IP address that follows the group within one network segment, by ARP and neighbour discovery.",
  address: true,
  claims: [{ what: "IP address", options: ["ip"], within: "cluster" }],
  options: {
    ...FLOATING_IP_OPTIONS,
    probe: {
      type: "duration",
      default: "500ms",
      min: 50,
      max: 10_000,
      description: "how long the network is asked whether another machine has the address",
    },
    force: {
      type: "boolean",
      default: false,
      description: "take the address also when another machine answers for it",
    },
    announcements: {
      type: "integer",
      default: 3,
      min: 1,
      max: 20,
      description: "how often the neighbours are told that the address is here, 200 ms apart",
    },
  },
  defaults: { activateTimeoutMs: 60_000, deactivateTimeoutMs: 10_000, activateRetries: 3 },

  validate: ({ ip }) => unusable(ip) === undefined ? [] : [unusable(ip)!],

  async prepare({ options, os, signal }) {
    chosenNic(await os.nics(signal), options);
  },

  async activate(context) {
    const { options, os, signal, log } = context;
    const nics = await os.nics(signal);
    const nic = chosenNic(nics, options);
    refuseStatic(nics, options.ip);
    const here = nic.addresses.some(({ ip }) => ip === options.ip);
    if (!here) {
      await probe(context, nic.name);
      await os.addAddress(nic.name, options.ip, signal, { detect: !options.force });
    }
    log.info(`${options.ip} is on ${nic.name}`);
    await announce(context, nic.name);
  },

  async deactivate({ options, os, signal, log }) {
    await os.removeAddress(options.ip, signal);
    log.info(`${options.ip} is off this server`);
  },

  async guard({ options, os, signal }: PluginContext<FloatingIpOptions>) {
    const nic = chosenNic(await os.nics(signal), options);
    return [os.removeAddressCommand(nic.name, options.ip)];
  },

  preflight: async ({ name, options, os, signal }) => {
    try {
      const nics = await os.nics(signal);
      const nic = chosenNic(nics, options);
      refuseStatic(nics, options.ip);
      return [fine(name, `${options.ip} would go on ${nic.name}`)];
    } catch (thrown) {
      signal.throwIfAborted();
      return [findingOfThrown(name, thrown)];
    }
  },

  companion: ({ ip, nic }) => ({ type: "floating-ip", options: { ip, ...(nic === undefined ? {} : { nic }) } }),
};

export default floatingIp;

function chosenNic(nics: readonly Nic[], { ip, nic }: FloatingIpOptions): Nic {
  const found = nic === undefined ? nicOfSubnet(nics, ip) : nics.find((one) => one.name === nic);
  if (found !== undefined) return found;
  const names = nics.map((one) => one.name).join(", ") || "none";
  throw nic === undefined
    ? new Fault(FAULT_CODES.nicAddress, `${ip} lies in the subnet of no network interface of this server (${names})`, {
      remedy: "choose an address of a subnet that all servers are in, or name the interface with nic",
    })
    : new Fault(FAULT_CODES.requestFailed, `this server has no network interface ${nic}`, {
      remedy: `set nic to one of ${names}, or leave it out`,
    });
}

/** In the system's own configuration it would be on every server at once, and no deactivation would take it off. */
function refuseStatic(nics: readonly Nic[], ip: string): void {
  const host = ip.includes(":") ? 128 : 32;
  for (const nic of nics) {
    const fixed = nic.addresses.find((address) => address.ip === ip && address.prefix !== host);
    if (!fixed) continue;
    throw new Fault(FAULT_CODES.nicAddress, `${ip} is configured on ${nic.name} by the system, as /${fixed.prefix}`, {
      remedy: `take ${ip} out of the network configuration of this server: Baton sets it where the group is active`,
    });
  }
}

async function probe(context: ActivateContext<FloatingIpOptions>, nic: string): Promise<void> {
  const { options, os, signal, log } = context;
  const owner = await os.whoHas(nic, options.ip, options.probe, signal);
  if (owner === null) return;
  const taken = `another machine on the network of ${nic} has ${options.ip}: its hardware address is ${owner}`;
  if (options.force) return log.warn(`${taken}; the address is taken all the same, as force says`);
  throw new Fault(FAULT_CODES.addressTaken, taken, {
    remedy: `take ${options.ip} off that machine, or choose another address`,
  });
}

/** The address is here whether or not everybody heard of it at once: a failure is told, and the monitor sees the rest. */
async function announce(context: ActivateContext<FloatingIpOptions>, nic: string): Promise<void> {
  const { options, os, signal, log } = context;
  for (let time = 0; time < options.announcements; time++) {
    if (time > 0) await pause(ANNOUNCE_PAUSE_MS, signal);
    try {
      if (!await os.announceAddress(nic, options.ip, signal)) return;
    } catch (error) {
      signal.throwIfAborted();
      log.warn(`the neighbours could not be told of ${options.ip}: ${error instanceof Error ? error.message : error}`);
    }
  }
}
