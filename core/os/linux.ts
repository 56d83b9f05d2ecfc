import { withDeadline } from "../plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { checked, commandFault } from "./checked.ts";
import { startDeadMansSwitch } from "./dead_mans_switch.ts";
import { type CommandLine, exec, type ExecOptions } from "./exec.ts";
import { posixGuard } from "./guard_script.ts";
import { unitOf } from "./leave_cgroup.ts";
import * as commands from "./linux_commands.ts";
import { announce, awaitDetection, notifyNeighbours, whoHas } from "./linux_neighbours.ts";
import { parseIpAddr, parsePing, parseServiceState } from "./linux_output.ts";
import { KERNEL_DOOR, linuxPower, linuxPowerLines } from "./linux_power.ts";
import { machineFacts } from "./machine_facts.ts";
import { killMarked, marked } from "./marked_processes.ts";
import type { DeadMansSwitch, ExecResult, MachineFacts, Nic, NicAddress, Os, ServiceState, SwitchPlan } from "./os.ts";
import { endMachine } from "./power.ts";
import { WatchdogDevice } from "./watchdog.ts";

/** Messages are parsed in places, so they must not be translated. */
const ENGLISH = { LC_ALL: "C" };

/** Linux with iproute2 and systemd. */
export class LinuxOs implements Os {
  readonly name = "linux";

  hostname(): string {
    return Deno.hostname();
  }

  facts(dir: string): MachineFacts {
    return machineFacts(dir);
  }

  ownService(): Promise<string | undefined> {
    return unitOf();
  }

  async nics(signal: AbortSignal): Promise<Nic[]> {
    return parseIpAddr(await checked(commands.showAddresses(), { env: ENGLISH, signal }));
  }

  async addAddress(nic: string, ip: string, signal: AbortSignal, { detect = false } = {}): Promise<void> {
    const detected = detect && ip.includes(":");
    const command = commands.addAddress(nic, ip, detect);
    const nics = detected ? await this.nics(signal) : [];
    if (nics.some((one) => one.name === nic)) await notifyNeighbours(nic);
    const result = await exec(command, { env: ENGLISH, signal });
    if (result.status !== 0) {
      // The message for "it is there already" differs between versions; the state does not.
      const there = (await this.nics(signal)).some((one) => one.name === nic && one.addresses.some(isHost(ip)));
      if (!there) throw commandFault(command, result);
    }
    if (detected) await awaitDetection(nic, ip, signal);
  }

  /**
   * Removes only host addresses (/32, /128), as `addAddress` makes them. An address with another prefix is the server's
   * own: a wrong configuration must not be able to cut the server off its network.
   */
  async removeAddress(ip: string, signal: AbortSignal): Promise<void> {
    for (const nic of await this.nics(signal)) {
      if (!nic.addresses.some(isHost(ip))) continue;
      const command = commands.removeAddress(nic.name, ip);
      const result = await exec(command, { env: ENGLISH, signal });
      if (result.status === 0) continue;
      const left = (await this.nics(signal)).some((one) => one.name === nic.name && one.addresses.some(isHost(ip)));
      if (left) throw commandFault(command, result);
    }
  }

  removeAddressCommand(nic: string, ip: string): CommandLine {
    return commands.removeAddress(nic, ip);
  }

  whoHas(nic: string, ip: string, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
    return whoHas(nic, ip, timeoutMs, signal);
  }

  announceAddress(nic: string, ip: string, signal: AbortSignal): Promise<boolean> {
    return announce(nic, ip, signal);
  }

  async ping(ip: string, timeoutMs: number, signal: AbortSignal): Promise<number | null> {
    const command = commands.ping(ip, timeoutMs);
    let result: ExecResult;
    try {
      result = await withDeadline(signal, timeoutMs, (both) => exec(command, { env: ENGLISH, signal: both }));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DOMException && error.name === "TimeoutError") return null;
      throw error;
    }
    if (result.status === 0) return parsePing(result.stdout) ?? result.elapsedMs;
    // 1: no answer. 2: also a network that is gone, which is an answer to the question that was asked.
    if (result.status === 1 || /unreachable|no route/i.test(result.stderr)) return null;
    throw new Fault(FAULT_CODES.internal, commandFault(command, result).message, { uncertain: true });
  }

  async serviceState(service: string, signal: AbortSignal): Promise<ServiceState> {
    return parseServiceState(await checked(commands.showService(service), { env: ENGLISH, signal }));
  }

  async startService(service: string, signal: AbortSignal): Promise<void> {
    await checked(commands.changeService("start", service), { env: ENGLISH, signal });
  }

  async stopService(service: string, signal: AbortSignal): Promise<void> {
    const command = commands.changeService("stop", service);
    const result = await exec(command, { env: ENGLISH, signal });
    if (result.status === 0) return;
    const state = await this.serviceState(service, signal);
    if (!["stopped", "failed", "missing"].includes(state)) throw commandFault(command, result);
  }

  stopServiceCommand(service: string): CommandLine {
    return commands.changeService("stop", service);
  }

  exec(command: CommandLine, options: ExecOptions): Promise<ExecResult> {
    return exec(command, options);
  }

  watchdog(device: string): WatchdogDevice {
    return new WatchdogDevice(device);
  }

  async power(action: "shutdown" | "reboot", reason: string, withinMs: number): Promise<void> {
    await endMachine(action, linuxPower(action, linuxPowerLines(action, reason), KERNEL_DOOR), withinMs);
  }

  killServiceCommand(service: string): CommandLine {
    return commands.killService(service);
  }

  killMarked(mark: string, signal: AbortSignal): Promise<string[]> {
    return killMarked(mark, signal);
  }

  marked(mark: string, signal: AbortSignal): Promise<string[]> {
    return marked(mark, signal);
  }

  deadMansSwitch(plan: SwitchPlan): Promise<DeadMansSwitch> {
    return startDeadMansSwitch(posixGuard(plan));
  }
}

function isHost(ip: string): (address: NicAddress) => boolean {
  return (address) => address.ip === ip && address.prefix === (ip.includes(":") ? 128 : 32);
}
