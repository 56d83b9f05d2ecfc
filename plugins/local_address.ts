import type { Nic } from "../core/os/os.ts";
import type { PluginContext } from "../core/plugin/contract.ts";
import { FAULT_CODES } from "../core/plugin/fault.ts";
import { unknownVerdict } from "../core/plugin/fault_verdict.ts";
import { cidrContains } from "../core/plugin/ip_address.ts";
import { normal, type Verdict } from "../core/plugin/verdict.ts";

/** Where an address is looked for. */
interface Wanted {
  ip: string;
  /** Left out: on any NIC. */
  nic?: string;
}

/** Whether the address is on this server, and on the NIC that is named; with `link` also whether that NIC has one. */
export async function localAddress(
  { options, os, signal }: Pick<PluginContext<Wanted>, "options" | "os" | "signal">,
  check: { link: boolean } = { link: false },
): Promise<Verdict> {
  let nics: Nic[];
  try {
    nics = await os.nics(signal);
  } catch (error) {
    signal.throwIfAborted();
    return unknownVerdict(error);
  }
  const holder = nics.find((nic) => nic.addresses.some((address) => address.ip === options.ip));
  if (holder === undefined || (options.nic !== undefined && options.nic !== holder.name)) {
    const where = holder === undefined ? "on no network interface of this server" : `on ${holder.name}`;
    return { status: "error", code: FAULT_CODES.address, message: `${options.ip} is ${where}` };
  }
  if (check.link && holder.link === false) {
    return {
      status: "error",
      code: FAULT_CODES.noLink,
      message: `${holder.name}, which has ${options.ip}, has no link: see to its cable or its virtual network`,
    };
  }
  return normal(`${options.ip} is on ${holder.name}`);
}

/** The NIC whose subnet the address lies in, by an address that the NIC has for itself; undefined when there is none. */
export function nicOfSubnet(nics: readonly Nic[], ip: string): Nic | undefined {
  const host = ip.includes(":") ? 128 : 32;
  return nics.find((nic) =>
    nic.addresses.some((own) => own.prefix < host && own.ip !== ip && cidrContains(`${own.ip}/${own.prefix}`, ip))
  );
}
