/**
 * The operating system this program runs on.
 *
 * @module
 */
import { resolve } from "node:path";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { LinuxOs } from "./linux.ts";
import type { Os } from "./os.ts";
import { SimulatedOs } from "./simulated.ts";
import { WindowsOs } from "./windows.ts";

/** The environment variable that names the folder of a simulated machine. */
export const SANDBOX_VARIABLE = "BATON_SANDBOX";

/** The simulated machine that the environment names, or else the real one. */
export function createOs(
  env: Readonly<Record<string, string | undefined>> = Deno.env.toObject(),
  platform: typeof Deno.build.os = Deno.build.os,
): Os {
  const machine = env[SANDBOX_VARIABLE];
  if (machine !== undefined && machine !== "") return new SimulatedOs(resolve(machine));
  if (platform === "linux") return new LinuxOs();
  if (platform === "windows") return new WindowsOs();
  throw new Fault(FAULT_CODES.internal, `Baton does not run on ${platform}`, {
    remedy: `use Linux or Windows, or set ${SANDBOX_VARIABLE} to the folder of a simulated machine`,
  });
}
