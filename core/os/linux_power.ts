/**
 * The ways to end a Linux machine. No other file names them.
 *
 * @module
 */
import { checked } from "./checked.ts";
import type { CommandLine } from "./exec.ts";
import type { PowerStep } from "./power.ts";

/** Messages are parsed in places, so they must not be translated. */
const ENGLISH = { LC_ALL: "C" };

/** The kernel's own door to its end, and how it knows whether this machine is the one behind it. */
export interface KernelDoor {
  /** Takes `b` (reboot) and `o` (off), without asking anybody. */
  trigger: string;
  /** The network namespace of this process and of the machine's first one: different ones on a part of a machine. */
  own: string;
  first: string;
}

/** The real one. */
export const KERNEL_DOOR: KernelDoor = {
  trigger: "/proc/sysrq-trigger",
  own: "/proc/self/ns/net",
  first: "/proc/1/ns/net",
};

/**
 * Turns the machine off or reboots it: the lines to try, each harder than the one before. The first skips the orderly
 * stop of services, which may be what hangs, but still kills processes and unmounts file systems, and waits long for
 * those that ignore it. The second asks the kernel at once. The third does so where there is no systemd.
 */
export function linuxPowerLines(action: "shutdown" | "reboot", reason: string): CommandLine[] {
  const verb = action === "shutdown" ? "poweroff" : "reboot";
  const message = `--message=${reason.slice(0, 200)}`;
  return [
    ["systemctl", "--force", "--no-wall", message, verb],
    ["systemctl", "--force", "--force", "--no-wall", message, verb],
    [verb, "-f"],
  ];
}

/** `lines`, and then the kernel itself. */
export function linuxPower(
  action: "shutdown" | "reboot",
  lines: readonly CommandLine[],
  door: KernelDoor,
): PowerStep[] {
  const programs = lines.map((line): PowerStep => ({
    name: line.filter((word) => !word.startsWith("--message=")).join(" "),
    take: async (signal) => void await checked(line, { env: ENGLISH, signal, spared: true }),
  }));
  return [...programs, { name: door.trigger, take: () => knock(action, door) }];
}

/**
 * A network namespace of its own is a part of somebody's machine (a test bed, a container), and not all of it is to be
 * ended. Nothing is written to disk first: what can't be stopped may be what hangs on the disk.
 */
async function knock(action: "shutdown" | "reboot", door: KernelDoor): Promise<void> {
  const [own, first] = await Promise.all([Deno.readLink(door.own), Deno.readLink(door.first)]);
  if (own !== first) throw new Error("this server is only a part of the machine (a network namespace of its own)");
  const file = await Deno.open(door.trigger, { write: true });
  try {
    await file.write(new TextEncoder().encode(action === "shutdown" ? "o" : "b"));
  } finally {
    file.close();
  }
}
