/**
 * A service of the operating system: a systemd unit or a Windows service.
 *
 * @module
 */
import type { ResourcePlugin } from "../../core/plugin/contract.ts";

/** Options of `service`. */
export interface ServiceOptions {
  service: string;
}

const service: ResourcePlugin<ServiceOptions> = {
  kind: "resource",
  description: "Starts and stops a service of the operating system.",
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

  guard: ({ options, os }) => Promise.resolve([os.stopServiceCommand(options.service)]),

  kill: ({ options, os }) => Promise.resolve([os.killServiceCommand(options.service)]),
};

export default service;
