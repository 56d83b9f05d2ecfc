/**
 * Takes a process out of the cgroup that a service manager made for the agent. `systemctl kill`, `KillMode=control-group`
 * and a kernel without memory (`memory.oom.group`, systemd-oomd) end everything in a cgroup at once, whatever the process
 * tree looks like, and no unit file forbids the first.
 *
 * Three ways, each where the one before is not permitted: into the top of the hierarchy, into a cgroup beside the agent's,
 * and systemd itself, asked to put the process into a scope of its own.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { pause } from "../plugin/deadline.ts";
import { exec } from "./exec.ts";
import type { ExecResult } from "./os.ts";

/** A cgroup beside the agent's, for switches that may not go to the top. */
const BESIDE = "baton-switch";
/** Systemd answers within this, or is not waited for. In milliseconds. */
const SYSTEMD_MS = 2_000;
/** Between two looks whether it has, in milliseconds. */
const LOOK_MS = 20;
/** At a shutdown of the machine a switch may take as long as the agent before it. In microseconds, as systemd counts. */
const SCOPE_STOP_US = 600_000_000;

/** What leaving needs of the machine. */
export interface CgroupParts {
  /** Where the kernel shows processes. */
  proc?: string;
  /** The folder that is there when systemd runs the machine. */
  systemd?: string;
  /** The account that asks. */
  uid?: number;
  /** Runs a program. */
  run?(command: readonly [string, ...string[]]): Promise<Pick<ExecResult, "status" | "stderr">>;
}

/** A cgroup of a hierarchy that service managers use. */
interface Place {
  /** Where the hierarchy is mounted. */
  mount: string;
  /** The cgroup as a path below the mount. */
  path: string;
  /** As the kernel names it. */
  name: string;
}

/**
 * Takes `pid` out of the cgroup of this process, and spares it when memory runs out. Resolves with why it could not; with
 * undefined when it is out, or when there is no cgroup that somebody ends. Never throws.
 */
export async function leaveCgroup(pid: number, parts: CgroupParts = {}): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const { proc = "/proc", systemd = "/run/systemd/system" } = parts;
  // Only root may; for others the kernel goes by size, and a shell is small.
  await write(join(proc, String(pid), "oom_score_adj"), "-1000");
  const failures: string[] = [];
  const left = await Promise.all(
    (await places(proc)).map(async (place) => {
      const out = async () => !await isWithin(proc, pid, place);
      for (const target of [place.mount, join(place.mount, dirname(place.path), BESIDE)]) {
        if (target !== place.mount) await Deno.mkdir(target).catch(() => {});
        const failure = await write(join(target, "cgroup.procs"), String(pid));
        if (failure === undefined && await out()) return true;
        failures.push(`${target}: ${failure ?? "it did not help"}`);
      }
      return false;
    }),
  );
  if (!left.includes(false)) return undefined;
  if ((parts.uid ?? Deno.uid()) !== 0) failures.push("only root may ask systemd for it");
  else if (await Deno.stat(systemd).then(() => true, () => false)) {
    const failure = await askSystemd(pid, await unitOf(proc), parts);
    if (failure === undefined && await movedSoon(pid, proc)) return undefined;
    failures.push(`systemd: ${failure ?? "it did not help"}`);
  }
  return failures.join("; ");
}

/** Whether the process is out of all of them, soon: systemd answers before it has done it. */
async function movedSoon(pid: number, proc: string): Promise<boolean> {
  for (const untilMs = performance.now() + SYSTEMD_MS; performance.now() < untilMs;) {
    const still = await Promise.all((await places(proc)).map((place) => isWithin(proc, pid, place)));
    if (!still.includes(true)) return true;
    await pause(LOOK_MS, new AbortController().signal);
  }
  return false;
}

/** The service of systemd that this process belongs to; undefined when it is none. */
export async function unitOf(proc = "/proc"): Promise<string | undefined> {
  const rows = await Deno.readTextFile(join(proc, "self", "cgroup")).catch(() => "");
  const name = rows.split("\n").map((row) => /^\d+:(?:name=systemd)?:(.*)$/.exec(row)?.[1]).find((path) => path);
  return name?.split("/").findLast((part) => part.endsWith(".service"));
}

/** The cgroups of this process that are not the top of what it sees. */
async function places(proc: string): Promise<Place[]> {
  const [rows, mounts] = await Promise.all(
    ["cgroup", "mountinfo"].map((name) => Deno.readTextFile(join(proc, "self", name)).catch(() => "")),
  );
  const found: Place[] = [];
  for (const row of rows!.split("\n")) {
    const [, hierarchy, name] = /^\d+:(|name=systemd):(\/.*)$/.exec(row) ?? [];
    if (hierarchy === undefined || name === undefined) continue;
    for (const line of mounts!.split("\n")) {
      // 36 25 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw
      const [before = "", after = ""] = line.split(" - ");
      const [, , , root = "", mount = ""] = before.split(" ");
      const [type, , options = ""] = after.split(" ");
      const right = hierarchy === "" ? type === "cgroup2" : type === "cgroup" && options.split(",").includes(hierarchy);
      if (!right || !(root === "/" || name === root || name.startsWith(`${root}/`))) continue;
      const path = root === "/" ? name : name.slice(root.length);
      // In a container the top is all that can be seen: whoever ends it ends the machine, as far as its programs know.
      if (path !== "" && path !== "/" && !path.startsWith("/..")) found.push({ mount, path, name });
      break;
    }
  }
  return found;
}

/** Whether `pid` is in this cgroup, or below it. */
async function isWithin(proc: string, pid: number, { name }: Place): Promise<boolean> {
  const rows = await Deno.readTextFile(join(proc, String(pid), "cgroup")).catch(() => "");
  return rows.split("\n").some((row) => {
    const path = /^\d+:(?:name=systemd)?:(\/.*)$/.exec(row)?.[1];
    return path === name || path?.startsWith(`${name}/`);
  });
}

/** Resolves with why it could not be written. */
async function write(path: string, text: string): Promise<string | undefined> {
  try {
    await Deno.writeTextFile(path, text, { create: false });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/: writefile.*$/, "") : String(error);
  }
}

/** Has systemd put `pid` into a scope. At a shutdown of the machine it ends that after the agent. */
async function askSystemd(pid: number, unit: string | undefined, parts: CgroupParts): Promise<string | undefined> {
  const run = parts.run ?? ((command) => exec(command, { signal: AbortSignal.timeout(SYSTEMD_MS) }));
  const manager = ["org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"];
  const properties = [
    ["PIDs", "au", "1", String(pid)],
    ["TimeoutStopUSec", "t", String(SCOPE_STOP_US)],
    ["CollectMode", "s", "inactive-or-failed"],
    ...(unit === undefined ? [] : [["Before", "as", "1", unit]]),
  ];
  try {
    const { status, stderr } = await run([
      ...[
        "busctl",
        "--system",
        "--quiet",
        "--allow-interactive-authorization=no",
        "call",
        ...manager,
        "StartTransientUnit",
        "ssa(sv)a(sa(sv))",
      ],
      ...[`baton-switch-${pid}.scope`, "fail", String(properties.length), ...properties.flat(), "0"],
    ] as [string, ...string[]]);
    return status === 0 ? undefined : stderr.trim().split("\n").at(-1) || `busctl ended with status ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
