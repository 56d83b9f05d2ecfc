/**
 * What drop-ins may do: what `plugins` in `cluster.yaml` allows them, and little else.
 *
 * @module
 */
import { dirname } from "node:path";
import type { HostPermissions } from "./protocol.ts";

/** What is allowed to a type. A list: only that. Left out: the default. */
export interface Allow {
  /** Hosts, with or without a port. Default: all. */
  net?: boolean | readonly string[];
  /** Programs, as they are called or by their path. Default: none. */
  run?: boolean | readonly string[];
  /** Files and folders, beside the folder the drop-in lies in. Default: nothing else. */
  read?: boolean | readonly string[];
  /** Names of environment variables. Default: none. */
  env?: boolean | readonly string[];
}

/** What `cluster.yaml` says of a type of a drop-in. */
export interface PluginSettings {
  allow: Allow;
  /** The process it runs in may use so much memory, in MiB. */
  memoryMb: number;
}

/** Resident memory of a host, in MiB, where the file says nothing. Deno alone takes 60 to 80. */
export const DEFAULT_MEMORY_MB = 256;

/** The settings of a type of which the file says nothing. */
export const DEFAULT_SETTINGS: PluginSettings = { allow: {}, memoryMb: DEFAULT_MEMORY_MB };

/**
 * The permissions of a host whose drop-ins lie in `files`. `folder`: where they may write; `scratch`: where the host
 * puts what it needs for loading them.
 */
export function permissionsOf(
  { net = true, run = false, read = [], env = false }: Allow,
  files: readonly string[],
  folder: string | undefined,
  scratch: string,
): HostPermissions {
  const own = [...files.map((file) => dirname(file)), ...(folder === undefined ? [] : [folder]), scratch];
  return {
    net: list(net),
    run: list(run),
    read: typeof read === "boolean" && read ? true : [...new Set([...(read || []), ...own])],
    write: folder === undefined ? [scratch] : [folder, scratch],
    env: list(env),
  };
}

/** Drop-ins with the same text here may share a process. */
export function permissionKey({ allow, memoryMb }: PluginSettings, file: string): string {
  const { net = true, run = false, read = false, env = false } = allow;
  return JSON.stringify([dirname(file), memoryMb, net, run, read, env]);
}

/** Whether a program may be started. */
export function mayRun(run: HostPermissions["run"], program: string): boolean {
  return typeof run === "boolean" ? run : run.includes(program);
}

function list(value: boolean | readonly string[]): boolean | string[] {
  if (typeof value === "boolean") return value;
  return value.length === 0 ? false : [...value];
}
