/**
 * One call of a drop-in, with a context like that of a built-in type: what needs this machine's rights or the agent's
 * clients is asked for, everything else happens here.
 *
 * @module
 */
import type { Ec2 } from "../aws/ec2.ts";
import { createOs, SANDBOX_VARIABLE } from "../os/mod.ts";
import type { ExecResult, Nic, Os, ServiceState } from "../os/os.ts";
import { activateContext, createContext, deactivateContext, fenceContext } from "../plugin/context.ts";
import type { ActivationReason, DeactivationReason, Plugin, PluginContext } from "../plugin/contract.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { brokenRules } from "./rules.ts";
import type { AskFor } from "./asking.ts";
import { EC2_CALLS, INSPECTIONS } from "./ec2_calls.ts";
import type { CallFacts, ToHost } from "./protocol.ts";
import type { ThreadStart } from "./thread_messages.ts";

type Log = (level: "debug" | "info" | "warn", text: string) => void;
type PluginFunction = (...args: unknown[]) => unknown;

/** Calls a function of a plugin. Throws what it throws, also where it returns no promise. */
export async function invoke(
  plugin: Plugin,
  { method, facts, args }: Extract<ToHost, { t: "call" }>,
  start: ThreadStart,
  signal: AbortSignal,
  ask: AskFor,
  log: Log,
): Promise<unknown> {
  if (method === "validate") return await brokenRules(plugin, args[0] as Record<string, unknown>);
  const own = (plugin as unknown as Record<string, PluginFunction>)[method];
  if (typeof own !== "function") throw new Error(`it has no function ${method}`);
  if (facts === undefined) return await own.call(plugin, ...args);
  return await own.call(plugin, contextOf(facts, method, start, signal, ask, log), ...args);
}

function contextOf(
  facts: CallFacts,
  method: string,
  start: ThreadStart,
  signal: AbortSignal,
  ask: AskFor,
  log: Log,
): PluginContext {
  const { options, name, server, group, servers, permitLeftMs, reason, epoch, target, targetOptions, folder } = facts;
  const startedMs = performance.now();
  const context = createContext({
    options,
    name,
    server,
    ...(group === undefined ? {} : { group }),
    ...(servers === undefined ? {} : { servers }),
    // A permit that is renewed meanwhile lasts longer than this says, which harms nobody.
    ...(permitLeftMs === undefined
      ? {}
      : { permitRemainingMs: () => Math.max(0, permitLeftMs - (performance.now() - startedMs)) }),
    ...(folder === undefined ? {} : { folder }),
    signal,
    log: {
      debug: (text) => log("debug", String(text)),
      info: (text) => log("info", String(text)),
      warn: (text) => log("warn", String(text)),
    },
    os: askedOs(start, signal, ask),
    ec2: () => Promise.resolve(askedEc2(ask)),
    imds: {
      instanceId: (given) => ask("imds.instanceId", [], given.signal) as Promise<string>,
      region: (given) => ask("imds.region", [], given.signal) as Promise<string>,
      availabilityZone: (given) => ask("imds.availabilityZone", [], given.signal) as Promise<string>,
    },
  });
  if (target !== undefined) return fenceContext(context, target, targetOptions ?? {});
  if (method === "activate") return activateContext(context, reason as ActivationReason, epoch ?? 0, facts.lostServer);
  if (method === "deactivate") return deactivateContext(context, reason as DeactivationReason);
  if (method === "preflight") {
    const everywhere = new Map(facts.everywhere ?? []);
    const inspection = asked(
      Object.keys(INSPECTIONS),
      (called, args, within) => ask(`inspect.${called}`, args, within),
    );
    const more = { everywhere, thorough: facts.thorough ?? false, inspect: () => Promise.resolve(inspection) };
    return { ...context, ...more } as PluginContext;
  }
  return context;
}

/** An object whose functions are asked for; the last argument of each has its signal. */
function asked(names: string[], ask: (name: string, args: unknown[], signal: AbortSignal) => Promise<unknown>): object {
  return Object.fromEntries(names.map((name) => [
    name,
    (...args: unknown[]) => {
      const { signal } = args.pop() as { signal: AbortSignal };
      return ask(name, args, signal);
    },
  ]));
}

/** EC2 with the rights of `role`, or those of the agent. */
function askedEc2(ask: AskFor, role: string | null = null): Ec2 {
  const calls = asked(Object.keys(EC2_CALLS), (name, args, signal) => ask(`ec2.${name}`, [role, ...args], signal));
  return { ...calls, assuming: (roleArn: string) => askedEc2(ask, roleArn) } as Ec2;
}

/** The machine: command lines are made here, everything else is asked for. */
function askedOs({ machine, hostname }: ThreadStart, callSignal: AbortSignal, ask: AskFor): Os {
  const local = createOs({ [SANDBOX_VARIABLE]: machine });
  const refused = (what: string) => {
    throw new Fault(FAULT_CODES.internal, `a drop-in has no ${what}`, { remedy: "that is the agent's own business" });
  };
  return {
    name: local.name,
    hostname: () => hostname,
    removeAddressCommand: (nic, ip) => local.removeAddressCommand(nic, ip),
    stopServiceCommand: (service) => local.stopServiceCommand(service),
    killServiceCommand: (service) => local.killServiceCommand(service),
    nics: (signal) => ask("os.nics", [], signal) as Promise<Nic[]>,
    addAddress: (nic, ip, signal) => ask("os.addAddress", [nic, ip], signal) as Promise<void>,
    removeAddress: (ip, signal) => ask("os.removeAddress", [ip], signal) as Promise<void>,
    whoHas: (nic, ip, timeoutMs, signal) => ask("os.whoHas", [nic, ip, timeoutMs], signal) as Promise<string | null>,
    announceAddress: (nic, ip, signal) => ask("os.announceAddress", [nic, ip], signal) as Promise<boolean>,
    ping: (ip, timeoutMs, signal) => ask("os.ping", [ip, timeoutMs], signal) as Promise<number | null>,
    serviceState: (service, signal) => ask("os.serviceState", [service], signal) as Promise<ServiceState>,
    startService: (service, signal) => ask("os.startService", [service], signal) as Promise<void>,
    stopService: (service, signal) => ask("os.stopService", [service], signal) as Promise<void>,
    exec: (command, { signal, ...options }) =>
      ask("exec", [[...command], options], signal ?? callSignal) as Promise<ExecResult>,
    killMarked: () => refused("os.killMarked"),
    marked: () => refused("os.marked"),
    watchdog: () => refused("os.watchdog"),
    power: () => refused("os.power"),
    deadMansSwitch: () => refused("os.deadMansSwitch"),
  };
}
