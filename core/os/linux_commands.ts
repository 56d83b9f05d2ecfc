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
export function addAddress(nic: string, ip: string): CommandLine {
  const add: CommandLine = ["ip", "addr", "add", hostBlock(ip), "dev", nic];
  // Duplicate address detection would keep an IPv6 address unusable for a second or two; in a VPC nothing answers it.
  return ip.includes(":") ? [...add, "nodad"] : add;
}

/** Takes an address off an interface. */
export function removeAddress(nic: string, ip: string): CommandLine {
  return ["ip", "addr", "del", hostBlock(ip), "dev", nic];
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

/**
 * Turns the machine off or reboots it: the lines to try, each harder than the one before. The first skips the orderly
 * stop of services, which may be what hangs, but still kills processes and unmounts file systems, and waits long for
 * those that ignore it. The second asks the kernel at once. The third does so where there is no systemd.
 */
export function power(action: "shutdown" | "reboot", reason: string): CommandLine[] {
  const verb = action === "shutdown" ? "poweroff" : "reboot";
  const message = `--message=${reason.slice(0, 200)}`;
  return [
    ["systemctl", "--force", "--no-wall", message, verb],
    ["systemctl", "--force", "--force", "--no-wall", message, verb],
    [verb, "-f"],
  ];
}

function hostBlock(ip: string): string {
  return ip.includes(":") ? `${ip}/128` : `${ip}/32`;
}
