import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { withDeadline } from "../plugin/deadline.ts";
import { checked, commandFault } from "./checked.ts";
import { startDeadMansSwitch } from "./dead_mans_switch.ts";
import { type CommandLine, exec, type ExecOptions } from "./exec.ts";
import type { DeadMansSwitch, ExecResult, Nic, Os, ServiceState, SwitchPlan } from "./os.ts";
import { endMachine } from "./power.ts";
import type { PowerShellCall } from "./powershell.ts";
import * as commands from "./windows_commands.ts";
import { windowsGuard } from "./windows_guard.ts";
import { windowsPowerLines } from "./windows_power.ts";
import { parseAddresses, parseNeighbour, parsePing, parseServiceState } from "./windows_output.ts";

/** What starting PowerShell may add to the time of a ping, in milliseconds. */
const POWERSHELL_START_MS = 5_000;
/** The status of the texts that change a service when there is no such service. */
const NO_SUCH_SERVICE = 5;

/** Windows Server with its own PowerShell 5.1. */
export class WindowsOs implements Os {
  readonly name = "windows";

  hostname(): string {
    return Deno.hostname();
  }

  async nics(signal: AbortSignal): Promise<Nic[]> {
    return parsed(parseAddresses, await run("list the addresses", commands.showAddresses(), signal));
  }

  async addAddress(nic: string, ip: string, signal: AbortSignal): Promise<void> {
    await run(`add ${ip} to ${nic}`, commands.addAddress(nic, ip), signal);
  }

  async removeAddress(ip: string, signal: AbortSignal): Promise<void> {
    await run(`remove ${ip}`, commands.removeAddress(ip), signal);
  }

  removeAddressCommand(nic: string, ip: string): CommandLine {
    return commands.removeAddressLine(nic, ip);
  }

  async whoHas(nic: string, ip: string, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
    const output = await withDeadline(
      signal,
      timeoutMs + POWERSHELL_START_MS,
      (both) => run(`ask who has ${ip}`, commands.whoHas(nic, ip, timeoutMs), both),
    );
    return parsed(parseNeighbour, output);
  }

  /** Windows announces an address itself when it is put on, and has no program that does it again. */
  announceAddress(_nic: string, _ip: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return Promise.resolve(false);
  }

  async ping(ip: string, timeoutMs: number, signal: AbortSignal): Promise<number | null> {
    const call = commands.ping(ip, timeoutMs);
    const output = await withDeadline(
      signal,
      timeoutMs + POWERSHELL_START_MS,
      (both) => run(`ping ${ip}`, call, both),
    );
    return parsed(parsePing, output);
  }

  async serviceState(service: string, signal: AbortSignal): Promise<ServiceState> {
    return parsed(parseServiceState, await run(`show ${service}`, commands.showService(service), signal));
  }

  async startService(service: string, signal: AbortSignal): Promise<void> {
    await run(`start ${service}`, commands.startService(service), signal);
  }

  async stopService(service: string, signal: AbortSignal): Promise<void> {
    const { command, env } = commands.stopService(service);
    const result = await exec(command, { env, signal });
    if (result.status !== 0 && result.status !== NO_SUCH_SERVICE) {
      throw commandFault(["powershell", `stop ${service}`], result);
    }
  }

  stopServiceCommand(service: string): CommandLine {
    return commands.stopServiceLine(service);
  }

  exec(command: CommandLine, options: ExecOptions): Promise<ExecResult> {
    return exec(command, options);
  }

  watchdog(): null {
    return null;
  }

  async power(action: "shutdown" | "reboot", reason: string, withinMs: number): Promise<void> {
    const steps = windowsPowerLines(action, reason).map((line, index) => ({
      name: `way ${index + 1} (${line[0]})`,
      take: async (signal: AbortSignal) => void await checked(line, { signal }),
    }));
    await endMachine(action, steps, withinMs);
  }

  killServiceCommand(service: string): CommandLine {
    return commands.killServiceLine(service);
  }

  /** Windows shows nobody the environment of a process. */
  killMarked(): Promise<string[]> {
    return Promise.resolve([]);
  }

  marked(): Promise<string[]> {
    return Promise.resolve([]);
  }

  deadMansSwitch(plan: SwitchPlan): Promise<DeadMansSwitch> {
    return startDeadMansSwitch(windowsGuard(plan));
  }
}

/** Runs a PowerShell text; the fault names what it was for, because its command line is base64. */
async function run(purpose: string, { command, env }: PowerShellCall, signal: AbortSignal): Promise<string> {
  const result = await exec(command, { env, signal });
  if (result.status !== 0) throw commandFault(["powershell", purpose], result);
  return result.stdout;
}

function parsed<T>(parse: (output: string) => T, output: string): T {
  try {
    return parse(output);
  } catch (error) {
    const shown = JSON.stringify(output.slice(0, 120));
    throw new Fault(FAULT_CODES.internal, `PowerShell printed something unexpected: ${shown}`, {
      uncertain: true,
      cause: error,
    });
  }
}
