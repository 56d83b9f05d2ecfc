/** Runs a drop-in that spins, prints the process id of its host, and waits to be killed. The argument is its folder. */
import { join } from "node:path";
import { DropIns } from "../../core/host/drop_ins.ts";
import { DEFAULT_SETTINGS } from "../../core/plugin/settings.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {} };
const dropIns = new DropIns({ log: () => quiet });
const file = join(Deno.args[0]!, "plugins", "spinner.js");
const plugin = await dropIns.load("spinner", "monitor", file, DEFAULT_SETTINGS);
if (plugin.kind !== "monitor") throw new Error("it is a monitor");
const signal = AbortSignal.timeout(60_000);
const checked = plugin.check({ options: { spin: "now" }, name: "m", server: "s", signal, log: quiet } as never);
console.log(dropIns.states()[0]!.pid);
await checked;
