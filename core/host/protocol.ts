/**
 * What an agent and the host process of its drop-ins say to each other.
 *
 * @module
 */
import type { PluginKind } from "../plugin/contract.ts";
import type { Declaration } from "./declaration.ts";
import type { Failure } from "./failure.ts";

/** The hidden command that turns the executable into a host. */
export const HOST_COMMAND = "__plugin-host";

/** The largest answer of a plugin, in characters of JSON. */
export const MAX_ANSWER = 64 * 1024;
/** The longest line of a plugin's log, in characters. */
export const MAX_LINE = 1_000;

/** What the plugins of one host may do; as `Deno.permissions` names it. True is everything, a list what stands in it. */
export interface HostPermissions {
  net: boolean | string[];
  run: boolean | string[];
  read: boolean | string[];
  write: string[];
  env: boolean | string[];
}

/** The facts of a call that the plugin sees in its context. */
export interface CallFacts {
  options: Record<string, unknown>;
  name: string;
  server: string;
  group?: string;
  servers?: string[];
  /** When the call began. In milliseconds; left out where there is no permit to mind. */
  permitLeftMs?: number;
  lostServer?: string;
  /** Of a preflight: the options of all servers. */
  everywhere?: [server: string, options: Record<string, unknown>][];
  thorough?: boolean;
  reason?: string;
  epoch?: number;
  target?: string;
  targetOptions?: Record<string, unknown>;
  /** Carried by every program that is started during the call. */
  environment?: Record<string, string>;
  /** The drop-in's own folder. */
  folder?: string;
}

/** A drop-in to be loaded. */
export interface LoadRequest {
  type: string;
  /** What it has to be; `any`: what it says. */
  kind: PluginKind | "any";
  file: string;
  /** What paths in its defaults are relative to. */
  baseDir: string;
}

/** From the agent to a host. */
export type ToHost =
  | { t: "hello"; permissions: HostPermissions; scratch: string; nice: number }
  | LoadRequest & { t: "load"; id: number }
  | { t: "call"; id: number; type: string; method: string; facts?: CallFacts; args: unknown[] }
  | { t: "abort"; id: number; failure: Failure }
  | Reply;

/** The answer to an {@linkcode Ask}. */
export type Reply = { t: "reply"; id: number; value?: unknown; failure?: Failure };

/** Something a plugin wants of the agent, or of the main thread of its host. */
export interface Ask {
  t: "ask";
  id: number;
  /** The call it belongs to. */
  call: number;
  /** Such as `ec2.routeTables`. */
  what: string;
  args: unknown[];
}

/** From a host to the agent. */
export type FromHost =
  | { t: "loaded"; id: number; declaration?: Declaration; files?: string[]; failure?: Failure }
  /** `json`: what the function resolved with; left out for nothing. */
  | { t: "done"; id: number; json?: string; failure?: Failure }
  /** The plugins' thread has heard of an abort, so it is not stuck. */
  | { t: "aborting"; id: number }
  | Ask
  | { t: "unask"; id: number }
  | { t: "log"; call: number; level: "debug" | "info" | "warn"; text: string }
  /** How a program has ended that ran for a call, and what it has printed last. */
  | { t: "ran"; call: number; program: string; status: number; lines: string[] }
  /** Programs that run for a plugin. */
  | { t: "begun"; pid: number }
  | { t: "ended"; pid: number }
  /** The host can't go on. `type`: whose fault it is, where that is known. */
  | { t: "fell"; reason: string; type?: string };
