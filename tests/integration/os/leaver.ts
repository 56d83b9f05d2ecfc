/** Stands for an agent in `exec_test.ts`: runs the program in its arguments, says what it printed, and waits to be killed. */
import { exec } from "../../../core/os/exec.ts";

const [program = "true", ...args] = Deno.args;
const { stdout } = await exec([program, ...args], { signal: AbortSignal.timeout(20_000) });
await Deno.stdout.write(new TextEncoder().encode(stdout));
await new Promise((resolve) => setTimeout(resolve, 20_000));
