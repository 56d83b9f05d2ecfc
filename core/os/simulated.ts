/**
 * A machine that is a folder, for the sandbox and the tests:
 *
 *     nics/<nic>/mac               the hardware address
 *     nics/<nic>/addresses/<ip>    a file for each address
 *     nics/<nic>/link              "down": the NIC has no link
 *     neighbours/<ip>              the hardware address of another machine that has it
 *     announced                    a line for each address that the neighbours were told of
 *     reach/<ip>                   exists: it answers pings; the content is the round trip in milliseconds
 *     services/<name>              the state of a service
 *     hostname                     the host name
 *     power                        written when the machine is turned off or rebooted
 *
 * Programs are real ones of the real machine; its addresses, services and power are never touched.
 *
 * @module
 */
import { join } from "node:path";
import { pause } from "../plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { startDeadMansSwitch } from "./dead_mans_switch.ts";
import { type CommandLine, exec } from "./exec.ts";
import { posixGuard } from "./guard_script.ts";
import { entryNames, readIfThere, removeIfThere } from "./machine_files.ts";
import { killMarked, marked } from "./marked_processes.ts";
import type { DeadMansSwitch, ExecResult, Nic, NicAddress, Os, ServiceState, SwitchPlan } from "./os.ts";
import { WatchdogDevice } from "./watchdog.ts";

const SERVICE_STATES: readonly ServiceState[] = ["running", "stopped", "starting", "stopping", "failed", "missing"];

/** What the simulated machine does when it loses its power: the process of the agent ends, and nothing else. */
export type EndProcess = (action: "shutdown" | "reboot") => void;

/** The exit status of an agent whose machine was turned off: what a SIGTERM would have given. */
const POWERED_OFF_STATUS = 143;

/** A machine that is a folder. */
export class SimulatedOs implements Os {
  readonly name = "simulated";
  readonly #machine: string;
  readonly #endProcess: EndProcess;

  /** `machine` is the absolute path of the folder. */
  constructor(machine: string, endProcess: EndProcess = () => Deno.exit(POWERED_OFF_STATUS)) {
    this.#machine = machine;
    this.#endProcess = endProcess;
  }

  hostname(): string {
    try {
      return Deno.readTextFileSync(join(this.#machine, "hostname")).trim();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "simulated";
      throw error;
    }
  }

  async nics(signal: AbortSignal): Promise<Nic[]> {
    signal.throwIfAborted();
    const nics: Nic[] = [];
    for (const name of (await entryNames(join(this.#machine, "nics"))).sort()) {
      const mac = await readIfThere(join(this.#machine, "nics", name, "mac"));
      const ips = await entryNames(join(this.#machine, "nics", name, "addresses"));
      const link = await readIfThere(join(this.#machine, "nics", name, "link"));
      nics.push({
        name,
        mac: (mac ?? "").trim().toLowerCase(),
        addresses: ips.sort().map(hostAddress),
        ...(link === undefined ? {} : { link: link.trim() !== "down" }),
      });
    }
    signal.throwIfAborted();
    return nics;
  }

  async addAddress(nic: string, ip: string, signal: AbortSignal, { detect = false } = {}): Promise<void> {
    const known = (await this.nics(signal)).map((one) => one.name);
    if (!known.includes(nic)) {
      throw new Fault(FAULT_CODES.requestFailed, `there is no network interface ${nic} to put ${ip} on`, {
        remedy: `use one of ${known.join(", ") || "none: this machine has no interfaces"}`,
      });
    }
    if (detect && ip.includes(":") && await this.whoHas(nic, ip, 0, signal) !== null) {
      throw new Fault(FAULT_CODES.addressTaken, `another machine on the network of ${nic} has ${ip}`, {
        remedy: `take ${ip} off that machine, or choose another address`,
      });
    }
    const folder = join(this.#machine, "nics", nic, "addresses");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, fileName(ip)), "");
  }

  async removeAddress(ip: string, signal: AbortSignal): Promise<void> {
    for (const nic of await this.nics(signal)) {
      await removeIfThere(join(this.#machine, "nics", nic.name, "addresses", fileName(ip)));
    }
  }

  removeAddressCommand(nic: string, ip: string): CommandLine {
    return ["rm", "-f", join(this.#machine, "nics", fileName(nic), "addresses", fileName(ip))];
  }

  async whoHas(_nic: string, ip: string, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
    const answer = (await readIfThere(join(this.#machine, "neighbours", fileName(ip))))?.trim();
    if (answer === undefined) await pause(timeoutMs, signal);
    signal.throwIfAborted();
    return answer ?? null;
  }

  async announceAddress(nic: string, ip: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    await Deno.writeTextFile(join(this.#machine, "announced"), `${nic} ${ip}\n`, { append: true });
    return true;
  }

  async ping(ip: string, timeoutMs: number, signal: AbortSignal): Promise<number | null> {
    const answer = await readIfThere(join(this.#machine, "reach", fileName(ip)));
    const roundTripMs = answer === undefined ? Infinity : Number(answer.trim() || "0");
    if (!(roundTripMs <= timeoutMs)) {
      await pause(timeoutMs, signal);
      return null;
    }
    await pause(roundTripMs, signal);
    return roundTripMs;
  }

  async serviceState(service: string, signal: AbortSignal): Promise<ServiceState> {
    signal.throwIfAborted();
    const state = (await readIfThere(this.#serviceFile(service)))?.trim() as ServiceState | undefined;
    return state !== undefined && SERVICE_STATES.includes(state) ? state : "missing";
  }

  async startService(service: string, signal: AbortSignal): Promise<void> {
    if (await this.serviceState(service, signal) === "missing") {
      throw new Fault(FAULT_CODES.requestFailed, `there is no service ${service} on this server`, {
        remedy: "install the service or correct its name",
      });
    }
    await Deno.writeTextFile(this.#serviceFile(service), "running");
  }

  async stopService(service: string, signal: AbortSignal): Promise<void> {
    if (await this.serviceState(service, signal) === "missing") return;
    await Deno.writeTextFile(this.#serviceFile(service), "stopped");
  }

  stopServiceCommand(service: string): CommandLine {
    // A missing service stays missing: the file is only written where there is one.
    return ["sh", "-c", 'test ! -e "$1" || printf stopped >"$1"', "stop-service", this.#serviceFile(service)];
  }

  exec(
    command: CommandLine,
    options: { env?: Record<string, string>; cwd?: string; stdin?: string; signal: AbortSignal },
  ): Promise<ExecResult> {
    return exec(command, options);
  }

  /** As on Linux, below the machine's folder: `dev/watchdog`, `sys/watchdog0/timeout`, and the program `wdctl`. */
  watchdog(device: string): WatchdogDevice {
    const [dev, sys, wdctl] = [join(this.#machine, "dev"), join(this.#machine, "sys"), join(this.#machine, "wdctl")];
    return new WatchdogDevice(device, { dev, sys, wdctl });
  }

  async power(action: "shutdown" | "reboot", reason: string): Promise<void> {
    await Deno.writeTextFile(join(this.#machine, "power"), `${JSON.stringify({ action, reason })}\n`);
    this.#endProcess(action);
  }

  killServiceCommand(service: string): CommandLine {
    return this.stopServiceCommand(service);
  }

  /** Programs are real ones, so their processes are. */
  killMarked(mark: string, signal: AbortSignal): Promise<string[]> {
    return killMarked(mark, signal);
  }

  marked(mark: string, signal: AbortSignal): Promise<string[]> {
    return marked(mark, signal);
  }

  /** No service manager of the real machine runs the agent of a simulated one. */
  deadMansSwitch(plan: SwitchPlan): Promise<DeadMansSwitch> {
    return startDeadMansSwitch(posixGuard(plan), () => Promise.resolve(undefined));
  }

  #serviceFile(service: string): string {
    return join(this.#machine, "services", fileName(service));
  }
}

function hostAddress(ip: string): NicAddress {
  return { ip, prefix: ip.includes(":") ? 128 : 32 };
}

/** Names become file names; none may leave the machine's folder. */
function fileName(name: string): string {
  if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) {
    throw new Fault(FAULT_CODES.requestFailed, `${JSON.stringify(name)} can't be a name on a simulated machine`);
  }
  return name;
}
