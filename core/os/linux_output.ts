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
  flags?: string[];
  addr_info?: { local?: string; prefixlen?: number; tentative?: boolean; dadfailed?: boolean }[];
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
    // The kernel's word for a carrier. Older versions of the program print no flags.
    ...(link.flags === undefined ? {} : { link: link.flags.includes("LOWER_UP") }),
  }));
}

/** How far the detection of duplicates is, in the output of `ip -j addr show` for one address. */
export function parseDetection(output: string): "under way" | "failed" | "passed" | "missing" {
  const links: IpLink[] = output.trim() === "" ? [] : JSON.parse(output);
  const address = links.flatMap((link) => link.addr_info ?? []).find((info) => info.local !== undefined);
  if (address === undefined) return "missing";
  if (address.dadfailed) return "failed";
  return address.tentative ? "under way" : "passed";
}

/** The hardware address in the output of `ip -j neigh show` for one neighbour; null when nobody has answered. */
export function parseNeighbour(output: string): string | null {
  const neighbours: { lladdr?: string; state?: string[] }[] = output.trim() === "" ? [] : JSON.parse(output);
  const known = neighbours.find(({ lladdr, state }) => lladdr !== undefined && !state?.includes("FAILED"));
  return known?.lladdr?.toLowerCase() ?? null;
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
