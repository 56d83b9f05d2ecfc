/**
 * Stands for an agent in `dead_mans_switch_test.ts`: arms a switch with the commands in its first argument, starts a
 * program that outlives it, prints the switch's process id, and waits to be killed. With a third argument it tells the
 * switch again and again that it lives.
 */
import { startDeadMansSwitch } from "../../../core/os/dead_mans_switch.ts";
import { exec } from "../../../core/os/exec.ts";
import { posixGuard } from "../../../core/os/guard_script.ts";
import { stops } from "./plan.ts";

const [commands = "[]", timeoutMs = "1000", aliveMs = "0"] = Deno.args;
const guard = await startDeadMansSwitch(posixGuard(stops(JSON.parse(commands), Number(timeoutMs))));
// A service that the agent started must not hold the pipe of the switch open.
const { stdout } = await exec(["sh", "-c", "sleep 20 & echo $!"], { signal: AbortSignal.timeout(5_000) });
await Deno.stdout.write(new TextEncoder().encode(`${guard.pid} ${stdout.trim()}\n`));
if (aliveMs !== "0") setInterval(() => guard.alive(Number(aliveMs)), Number(aliveMs) / 4);
await new Promise((resolve) => setTimeout(resolve, 20_000));
