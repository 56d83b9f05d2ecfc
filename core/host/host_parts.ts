/**
 * How the host of some drop-ins is started: with what command, what rights, which folders.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { DropIn } from "./drop_in.ts";
import type { HostPipeParts } from "./host_pipe.ts";
import { ownProgram } from "./own_program.ts";
import { permissionsOf } from "./permissions.ts";
import { HOST_COMMAND } from "./protocol.ts";

/** Added to the priority of hosts that only check: the agent goes first. */
const CHECK_NICE = 5;

/** What the host of a drop-in is made of; `common`: others with the same permissions may come to it later. */
export async function hostParts(
  { settings: { allow, memoryMb }, folder: own, file, kind, shares }: DropIn,
  common: boolean,
  command: readonly [string, ...string[]] = hostCommand(),
): Promise<Omit<HostPipeParts, "take" | "broke" | "line">> {
  // Who shares a process can't be kept apart in it.
  const folder = own !== undefined && common ? dirname(own) : own;
  const scratch = await Deno.makeTempDir({ prefix: "baton-host-" });
  return {
    command,
    permissions: permissionsOf(allow, [file, realPath(file)], folder, scratch),
    scratch,
    memoryMb,
    nice: shares ? CHECK_NICE : 0,
    guarded: kind === "resource",
  };
}

/** This program as a host. */
function hostCommand(): [string, ...string[]] {
  if (Deno.build.standalone) return [ownProgram(), HOST_COMMAND];
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  return [
    ownProgram(),
    "run",
    "--quiet",
    "--no-lock",
    "--allow-all",
    "--no-prompt",
    // As in an executable: a drop-in is what lies in its folder, and nothing that the network has under a name.
    "--no-npm",
    "--no-remote",
    "--unstable-worker-options",
    main,
  ];
}

/** The file that a path leads to. */
export function realPath(file: string): string {
  try {
    return Deno.realPathSync(file);
  } catch {
    return file;
  }
}
