/**
 * The command lines for Linux. Pure. Values are arguments of their own, never part of a line that something parses.
 *
 * @module
 */
import type { CommandLine } from "./exec.ts";

/** Lists interfaces and addresses as JSON. */
export function showAddresses(): CommandLine {
  return ["ip", "-j", "addr", "show"];
}

/** Puts an address on an interface. */
export function addAddress(nic: string, ip: string, detect = false): CommandLine {
  const add: CommandLine = ["ip", "addr", "add", hostBlock(ip), "dev", nic];
  // Duplicate address detection keeps an IPv6 address unusable for a second or two; in a VPC nothing answers it.
  return ip.includes(":") && !detect ? [...add, "nodad"] : add;
}

/** Shows one address of an interface as JSON, with the flags of its detection. */
export function showAddress(nic: string, ip: string): CommandLine {
  return ["ip", "-j", "addr", "show", "dev", nic, "to", hostBlock(ip)];
}

/** Takes an address off an interface. */
export function removeAddress(nic: string, ip: string): CommandLine {
  return ["ip", "addr", "del", hostBlock(ip), "dev", nic];
}

/** Forgets what the kernel knows of a neighbour, so that the next packet to it asks the network again. */
export function forgetNeighbour(nic: string, ip: string): CommandLine {
  return ["ip", "neigh", "del", ip, "dev", nic];
}

/** Shows what the kernel knows of a neighbour, as JSON. */
export function showNeighbour(nic: string, ip: string): CommandLine {
  return ["ip", "-j", "neigh", "show", "to", ip, "dev", nic];
}

/** Makes the kernel ask the network of `nic` who has `ip`, as if a packet for it were waiting. */
export function askForNeighbour(nic: string, ip: string): CommandLine {
  return ["ip", "neigh", "replace", ip, "dev", nic, "nud", "none", "use"];
}

/** One gratuitous ARP request. The options are those that the programs of iputils, BusyBox and Habets have in common. */
export function announce(nic: string, ip: string): CommandLine {
  return ["arping", "-U", "-c", "1", "-I", nic, ip];
}

/** One echo request. */
export function ping(ip: string, timeoutMs: number): CommandLine {
  // Whole seconds: not every ping takes fractions. The caller's own deadline is the exact one.
  return ["ping", "-n", "-c", "1", "-W", String(Math.max(1, Math.ceil(timeoutMs / 1_000))), ip];
}

/** Shows the state of a service. */
export function showService(service: string): CommandLine {
  return ["systemctl", "show", "--property=LoadState", "--property=ActiveState", "--", service];
}

/** Starts or stops a service and waits for it. */
export function changeService(action: "start" | "stop", service: string): CommandLine {
  return ["systemctl", action, "--", service];
}

/** Kills all processes of a service. A stop of it that is under way then ends. */
export function killService(service: string): CommandLine {
  return ["systemctl", "kill", "--signal=SIGKILL", "--", service];
}

function hostBlock(ip: string): string {
  return ip.includes(":") ? `${ip}/128` : `${ip}/32`;
}
