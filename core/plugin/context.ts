import type { Ec2 } from "../aws/ec2.ts";
import type { Imds } from "../aws/imds.ts";
import type { AwsWay } from "../aws/way.ts";
import type { Os } from "../os/os.ts";
import type { ActivateContext, DeactivateContext, FenceContext, PluginContext, PluginLog } from "./contract.ts";
import { resolveDns } from "./dns.ts";
import { filesOf } from "./files.ts";
import type { PluginState } from "./helpers.ts";
import { requestHttp } from "./http.ts";
import { fileState, memoryState } from "./state.ts";
import { tcpConnect } from "./tcp.ts";

/** What a context is made of. */
export interface ContextParts<Options> {
  /** Options of this server, already parsed. */
  options: Options;
  name: string;
  server: string;
  group?: string;
  servers?: readonly string[];
  /** Carries the deadline of the call and the end of the permit. */
  signal: AbortSignal;
  log: PluginLog;
  os: Os;
  /** Called on first use only. */
  ec2: () => Promise<Ec2>;
  imds: Imds;
  way?: AwsWay;
  permitRemainingMs?: () => number;
  /** Of a drop-in. */
  folder?: string;
  /** Left out: it is kept in the folder; without one, only for this call. */
  state?: PluginState;
}

/** Makes the context of one call of a plugin. Add `reason` and `epoch` with the functions below. */
export function createContext<Options = Record<string, unknown>>(parts: ContextParts<Options>): PluginContext<Options> {
  const { os, signal } = parts;
  return {
    options: parts.options,
    name: parts.name,
    server: parts.server,
    ...(parts.group === undefined ? {} : { group: parts.group }),
    ...(parts.servers === undefined ? {} : { servers: parts.servers }),
    signal,
    log: parts.log,
    os,
    ec2: parts.ec2,
    imds: parts.imds,
    ...(parts.way === undefined ? {} : { way: parts.way }),
    ...(parts.permitRemainingMs === undefined ? {} : { permitRemainingMs: parts.permitRemainingMs }),
    ...(parts.folder === undefined ? {} : { folder: parts.folder }),
    state: parts.state ?? (parts.folder === undefined ? memoryState() : fileState(parts.folder, parts.name)),
    http: {
      request: (url, { signal: own, ...request } = {}) => requestHttp(url, request, both(signal, own)),
    },
    dns: {
      resolve: (name, type = "A", { server, signal: own } = {}) => resolveDns(name, type, server, both(signal, own)),
    },
    files: filesOf(signal),
    // The call's own signal always counts too: a plugin that passes a signal of its own can shorten a wait, not extend it.
    tcp: { connect: (host, port, options) => tcpConnect(host, port, both(signal, options.signal)) },
    exec: (command, options = {}) =>
      os.exec(command, {
        ...(options.env === undefined ? {} : { env: options.env }),
        ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
        signal: both(signal, options.signal),
      }),
  };
}

/** The context of an activation. */
export function activateContext<Options>(
  context: PluginContext<Options>,
  reason: ActivateContext["reason"],
  epoch: number,
  lostServer?: string,
): ActivateContext<Options> {
  return { ...context, reason, epoch, ...(lostServer === undefined ? {} : { lostServer }) };
}

/** The context of a deactivation. */
export function deactivateContext<Options>(
  context: PluginContext<Options>,
  reason: DeactivateContext["reason"],
): DeactivateContext<Options> {
  return { ...context, reason };
}

/** The context of a fence. */
export function fenceContext<Options>(
  context: PluginContext<Options>,
  target: string,
  targetOptions: Options,
): FenceContext<Options> {
  return { ...context, target, targetOptions };
}

function both(signal: AbortSignal, other?: AbortSignal): AbortSignal {
  return other === undefined || other === signal ? signal : AbortSignal.any([signal, other]);
}
