/**
 * What the Linux tools print, parsed. Pure.
 *
 * @module
 */
import type { Nic, ServiceState } from "./os.ts";

interface IpLink {
  ifname?: string;
  link_type?: string;
  address?: string;
  addr_info?: { local?: string; prefixlen?: number }[];
}

/** The interfaces in the output of `ip -j addr show`. Throws a SyntaxError when it is no JSON. */
export function parseIpAddr(output: string): Nic[] {
  // Some versions print nothing at all instead of an empty list, and {} for what the filter left out.
  const links: IpLink[] = output.trim() === "" ? [] : JSON.parse(output);
  return links.filter((link) => link.ifname !== undefined).map((link) => ({
    name: link.ifname ?? "",
    // Tunnels carry an IP address in this field, and the loopback a row of zeros.
    mac: link.link_type === "ether" ? (link.address ?? "").toLowerCase() : "",
    addresses: (link.addr_info ?? []).filter((info) => info.local !== undefined).map((info) => ({
      ip: info.local ?? "",
      prefix: info.prefixlen ?? 0,
    })),
  }));
}

/** The round trip in milliseconds in the output of `ping -c 1`, or null when there is no answer in it. */
export function parsePing(output: string): number | null {
  const match = /\btime[=<]\s*(\d+(?:\.\d+)?)\s*ms/.exec(output);
  return match === null ? null : Number(match[1]);
}

/** The state in the output of `systemctl show --property=LoadState --property=ActiveState`. */
export function parseServiceState(output: string): ServiceState {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(output)?.[1]?.trim() ?? "";
  switch (value("ActiveState")) {
    case "active":
    case "reloading":
    case "refreshing":
      return "running";
    case "activating":
      return "starting";
    case "deactivating":
      return "stopping";
    case "failed":
      return "failed";
  }
  return value("LoadState") === "not-found" ? "missing" : "stopped";
}
