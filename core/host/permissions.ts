/**
 * What drop-ins may do: what `plugins` in `cluster.yaml` allows them, and little else.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Allow, PluginSettings } from "../plugin/settings.ts";
import type { HostPermissions } from "./protocol.ts";

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

/** Drop-ins with the same text here may share a process. `real`: the file that `file` leads to. */
export function permissionKey({ allow, memoryMb, stateDir }: PluginSettings, file: string, real = file): string {
  const { net = true, run = false, read = false, env = false } = allow;
  return JSON.stringify([dirname(file), dirname(real), stateDir, memoryMb, net, run, read, env]);
}

/** Whether a program may be started. */
export function mayRun(run: HostPermissions["run"], program: string): boolean {
  return typeof run === "boolean" ? run : run.includes(program);
}

/** Variables that decide which code a program is, or runs first. */
const DECISIVE = /^(?:PATH|BASH_ENV|(?:LD|DYLD)_.*)$/i;

/**
 * The variable that a plugin may not give its programs; undefined when there is none. Who may start only some programs
 * could make any program of them with it: another file of that name in its own folder, or a library of its own.
 */
export function decisiveVariable(
  run: HostPermissions["run"],
  env: Readonly<Record<string, string>>,
): string | undefined {
  return run === true ? undefined : Object.keys(env).find((name) => DECISIVE.test(name));
}

function list(value: boolean | readonly string[]): boolean | string[] {
  if (typeof value === "boolean") return value;
  return value.length === 0 ? false : [...value];
}
