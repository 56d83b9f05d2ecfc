/**
 * A service of the operating system: a systemd unit or a Windows service.
 *
 * @module
 */
import type { PreflightContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { broken, doubtful, type Finding, findingOfThrown, fine } from "../../core/plugin/finding.ts";

/** Options of `service`. */
export interface ServiceOptions {
  service: string;
}

const service: ResourcePlugin<ServiceOptions> = {
  kind: "resource",
  description: "Starts and stops a service of the operating system.",
  claims: [{ what: "service", options: ["service"], within: "server" }],
  options: {
    service: {
      type: "string",
      required: true,
      description: "name of the systemd unit or of the Windows service; it must not start by itself at boot",
    },
  },
  defaults: { activateTimeoutMs: 120_000, deactivateTimeoutMs: 120_000, activateRetries: 0 },

  async activate({ options, signal, os, log }) {
    await os.startService(options.service, signal);
    log.info(`the service ${options.service} runs`);
  },

  async deactivate({ options, signal, os, log }) {
    await os.stopService(options.service, signal);
    log.info(`the service ${options.service} is stopped`);
  },

  preflight: (context) => servicePreflight(context),

  guard: ({ options, os }) => Promise.resolve([os.stopServiceCommand(options.service)]),

  kill: ({ options, os }) => Promise.resolve([os.killServiceCommand(options.service)]),
};

export default service;

async function servicePreflight(context: PreflightContext<ServiceOptions>): Promise<Finding[]> {
  const { name, options: { service: unit }, os, signal } = context;
  try {
    const state = await os.serviceState(unit, signal);
    if (state === "missing") {
      return [broken(
        name,
        FAULT_CODES.requestFailed,
        `there is no service ${unit} on this server`,
        "install it here too, or correct its name",
      )];
    }
    if (os.name === "linux") {
      const { stdout } = await context.exec(["systemctl", "is-enabled", "--", unit]);
      if (stdout.trim() === "enabled") {
        return [doubtful(
          name,
          FAULT_CODES.autostart,
          `the service ${unit} starts by itself at boot, also on a server that does not carry the group`,
          `systemctl disable ${unit}: Baton starts it where the group is`,
        )];
      }
    }
    return [fine(name, `the service ${unit} is installed (${state})`)];
  } catch (thrown) {
    signal.throwIfAborted();
    return [findingOfThrown(name, thrown)];
  }
}
