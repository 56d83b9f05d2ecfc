/**
 * Many groups with a short timing on a machine that has too much to do: do the servers shut each other down?
 *
 *     deno run -A tests/overload/main.ts [--groups 20] [--load 25] [--seconds 60] [--timing fast]
 *
 * Two servers and a tie-breaker, real agents on the sandbox, beside as many busy loops as `--load` says. Looks ten times
 * a second at what is really up where. A machine that is turned off stays off; one that is rebooted is back after 5 s.
 * Exit status 1 when a group was up on both, or when in the end no server runs.
 */
import { join } from "node:path";
import { parseArgs } from "@std/cli";
import { Machine } from "../../sandbox/demo/machine.ts";
import { freeTcpPort, freeUdpPort } from "../../sandbox/demo/wire.ts";
import { startSandbox, vipTopology } from "../../sandbox/mod.ts";

const DEVICE = "10.0.10.100";
const LOOK_MS = 100;
const REBOOT_MS = 5_000;
/** The groups get this time to come up before the load begins. In milliseconds. */
const CALM_MS = 15_000;

const args = parseArgs(Deno.args, { string: ["groups", "load", "seconds", "timing"] });
const groups = Number(args.groups ?? 20);
const load = Number(args.load ?? 25);
const seconds = Number(args.seconds ?? 60);
const names = Array.from({ length: groups }, (_, index) => `g${index + 1}`);

const folder = await Deno.makeTempDir({ prefix: "baton-overload-" });
const topology = vipTopology({ servers: ["server1", "server2"] });
const sandbox = await startSandbox(topology);
const key = crypto.getRandomValues(new Uint8Array(32)).toHex();
const ports = await Promise.all(topology.servers.map(() => freeUdpPort()));
const busy: Deno.ChildProcess[] = [];

/** The file that is there while a group is up on a server. */
const flag = (server: string, group: string) => join(folder, server, "up", group);
const isUp = (server: string, group: string) => {
  try {
    Deno.statSync(flag(server, group));
    return true;
  } catch {
    return false;
  }
};

function fileOf(server: string): string {
  const script = (name: string, verb: string) => `["sh", "-c", "${verb} $0", "${flag(server, name)}"]`;
  return `cluster: overload
state: state
timing: ${args.timing ?? "fast"}
servers:
  server1: { interconnect: 127.0.0.1:${ports[0]} }
  server2: { interconnect: 127.0.0.1:${ports[1]} }
quorum: { nat: { type: ping, addresses: [${DEVICE}] } }
groups:
${
    names.map((name) =>
      `  ${name}: { resources: { app-${name}: { type: script, start: ${script(name, "touch")}, stop: ${
        script(name, "rm -f")
      } } } }`
    ).join("\n")
  }
`;
}

const machines = await Promise.all(topology.servers.map(async ({ name, mac }) => {
  const statusPort = freeTcpPort();
  const machine = await Machine.make({
    name,
    folder: join(folder, name),
    mac,
    reachable: [DEVICE],
    statusPort,
    env: sandbox.env(name),
    runOptions: ["--status", `127.0.0.1:${statusPort}`],
  });
  await Deno.mkdir(join(machine.folder, "up"));
  await Deno.writeTextFile(join(machine.folder, "baton.key"), key, { mode: 0o600 });
  await Deno.writeTextFile(join(machine.folder, "cluster.yaml"), fileOf(name));
  return machine;
}));

const seen = { looks: 0, carried: 0, overlaps: 0, nowhere: 0, longestNowhereMs: 0 };
const powered: { server: string; action: string; atS: number }[] = [];
const off = new Set<string>();
const startedMs = performance.now();
let nowhereSinceMs: number | null = null;

/** What a machine loses with its power, and whether it comes back. */
function follow(machine: Machine): void {
  const path = join(machine.folder, "machine", "power");
  let action: string;
  try {
    ({ action } = JSON.parse(Deno.readTextFileSync(path)));
    Deno.removeSync(path);
  } catch {
    return;
  }
  powered.push({ server: machine.name, action, atS: Math.round((performance.now() - startedMs - CALM_MS) / 100) / 10 });
  off.add(machine.name);
  for (const name of names) if (isUp(machine.name, name)) Deno.removeSync(flag(machine.name, name));
  if (action !== "reboot") return;
  setTimeout(() => {
    off.delete(machine.name);
    machine.start();
  }, REBOOT_MS);
}

function look(counts: boolean): void {
  for (const machine of machines) follow(machine);
  if (!counts) return;
  let up = 0;
  for (const name of names) {
    const on = machines.filter((machine) => isUp(machine.name, name)).length;
    if (on > 0) up += 1;
    if (on > 1) seen.overlaps += 1;
  }
  seen.looks += 1;
  seen.carried += up;
  if (up > 0) nowhereSinceMs = null;
  else {
    seen.nowhere += 1;
    nowhereSinceMs ??= performance.now();
    seen.longestNowhereMs = Math.max(seen.longestNowhereMs, Math.round(performance.now() - nowhereSinceMs));
  }
}

async function journal(machine: Machine): Promise<Record<string, number>> {
  const text = await Deno.readTextFile(join(machine.folder, "state", "journal.jsonl")).catch(() => "");
  const counts: Record<string, number> = {};
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const { code } = JSON.parse(line);
    if (["permit-lost", "fence-failed", "final-action", "won", "both-active"].includes(code)) {
      counts[code] = (counts[code] ?? 0) + 1;
    }
  }
  return counts;
}

try {
  for (const machine of machines) machine.start();
  while (performance.now() - startedMs < CALM_MS) {
    look(false);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  for (let index = 0; index < load; index++) {
    busy.push(new Deno.Command("sh", { args: ["-c", "while :; do :; done"] }).spawn());
  }
  const untilMs = performance.now() + seconds * 1_000;
  while (performance.now() < untilMs) {
    look(true);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const report = {
    groups,
    load,
    seconds,
    loadAverage: Deno.loadavg()[0]!.toFixed(1),
    looks: seen.looks,
    carriedShare: Number((seen.carried / (seen.looks * groups)).toFixed(3)),
    looksWithNothingUp: seen.nowhere,
    longestNothingUpMs: seen.longestNowhereMs,
    overlaps: seen.overlaps,
    powered,
    offInTheEnd: [...off],
    journals: Object.fromEntries(
      await Promise.all(machines.map(async (machine) => [machine.name, await journal(machine)])),
    ),
  };
  console.log(JSON.stringify(report, null, 2));
  if (seen.overlaps > 0 || off.size === machines.length) Deno.exitCode = 1;
} finally {
  for (const child of busy) child.kill("SIGKILL");
  await Promise.all(busy.map((child) => child.status));
  await Promise.all(machines.map((machine) => off.has(machine.name) ? machine.kill() : machine.stop()));
  await sandbox.close();
  await Deno.remove(folder, { recursive: true });
}
