/** Starts an agent of a demo cluster in a way that the demo itself has no use for. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** How it is started. */
export interface Start {
  /** A line of shell around it, which ends with `exec "$@"`. */
  shell?: string;
  /** A program in place of `main.ts`, and its first arguments. */
  program?: readonly string[];
}

/** An agent whose output nobody reads. */
export interface StartedAgent {
  status: Promise<Deno.CommandStatus>;
  /** Asks it to leave. */
  stop(): void;
  /** Ends it by force unless it has ended. */
  end(): Promise<void>;
}

/** Starts the agent of `machine`. */
export function startAgent(
  cluster: DemoCluster,
  machine: Machine,
  { shell = 'exec "$@"', program = [MAIN] }: Start,
): StartedAgent {
  const run = ["run", "-c", join(machine.folder, "cluster.yaml"), "--server", machine.name];
  const process = new Deno.Command("sh", {
    args: ["-c", shell, "sh", Deno.execPath(), "run", "-A", "--no-check", "-q", ...program, ...run],
    env: { ...cluster.sandbox.env(machine.name), BATON_SANDBOX: join(machine.folder, "machine"), NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return {
    status: process.status,
    stop: () => process.kill("SIGTERM"),
    end: async () => {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await process.status;
      await Promise.all([process.stdout.cancel(), process.stderr.cancel()]);
    },
  };
}
