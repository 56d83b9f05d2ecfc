/**
 * Answers what drop-ins ask of the agent: with the very clients of the call's context, so that deadlines, permits and
 * the rights of fences hold for them as for built-in types.
 *
 * @module
 */
import type { PluginContext, PreflightContext } from "../plugin/contract.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { EC2_CALLS, INSPECTIONS } from "./ec2_calls.ts";
import type { Ask } from "./protocol.ts";

/** The parts of the machine that drop-ins may use, with the kinds of their arguments. */
const OS_CALLS: Readonly<Record<string, readonly ("string" | "number")[]>> = {
  nics: [],
  addAddress: ["string", "string"],
  removeAddress: ["string"],
  whoHas: ["string", "string", "number"],
  announceAddress: ["string", "string"],
  ping: ["string", "number"],
  serviceState: ["string"],
  startService: ["string"],
  stopService: ["string"],
};

/** Those of them that change something. */
const OS_CHANGES: readonly string[] = ["addAddress", "removeAddress", "announceAddress", "startService", "stopService"];

const IMDS_CALLS = ["instanceId", "region", "availabilityZone"];

/** Whether answering takes programs that the agent has to start. */
export function startsPrograms({ what }: Ask): boolean {
  return what.startsWith("os.");
}

/** Carries out what a drop-in asks for during a call whose context in the agent is `context`. */
export async function serve({ what, args }: Ask, context: PluginContext, signal: AbortSignal): Promise<unknown> {
  const [room, name = ""] = what.split(".", 2);
  if (room === "os" && Object.hasOwn(OS_CALLS, name)) {
    const kinds = OS_CALLS[name]!;
    if (args.length !== kinds.length || !args.every((arg, index) => typeof arg === kinds[index])) {
      throw new TypeError(`${what} takes ${kinds.join(", ") || "nothing"} and a signal`);
    }
    if (OS_CHANGES.includes(name)) refuseWhoOnlyLooks(what, context);
    return await method(context.os, name)(...args, signal);
  }
  if (room === "imds" && IMDS_CALLS.includes(name)) return await method(context.imds, name)({ signal });
  if (room === "ec2" && Object.hasOwn(EC2_CALLS, name)) {
    if (EC2_CALLS[name as keyof typeof EC2_CALLS] === "changes") refuseWhoOnlyLooks(what, context);
    const [role, ...given] = args;
    const ec2 = await context.ec2();
    return await method(typeof role === "string" ? ec2.assuming(role) : ec2, name)(...given, { signal });
  }
  if (room === "inspect" && Object.hasOwn(INSPECTIONS, name) && "inspect" in context) {
    return await method(await (context as PreflightContext).inspect(), name)(...args, { signal });
  }
  throw new TypeError(`a drop-in can't ask for ${what.slice(0, 80)}`);
}

/** A monitor and a device have neither a permit nor a fence's order, so nothing would bound what they change. */
function refuseWhoOnlyLooks(what: string, context: PluginContext): void {
  if ("reason" in context || "target" in context) return;
  throw new Fault(FAULT_CODES.internal, `a drop-in may not ask for ${what} here`, {
    remedy: "only activate and deactivate of a resource, and a fence, change anything",
    uncertain: true,
  });
}

function method(of: object, name: string): (...args: unknown[]) => Promise<unknown> {
  return (...args) => (of as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]!(...args);
}
