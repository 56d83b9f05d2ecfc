/**
 * Stands for an agent in `watchdog_test.ts`: a real engine of one server with a real driver, whose group is up, and a
 * watchdog whose files are in the folder of the first argument. SIGTERM takes the group down.
 */
import { SystemClock } from "../../../core/agent/clock.ts";
import { Driver } from "../../../core/agent/driver.ts";
import { GroupOrders } from "../../../core/agent/group_orders.ts";
import { Watchdog } from "../../../core/agent/watchdog.ts";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Command, Event } from "../../../core/cluster/events.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { toSpec } from "../../../core/config/spec.ts";
import { read } from "../../unit/config/fakes.ts";
import { FakeWatchdog } from "./fake_watchdog.ts";
import { contextsOn, FakeOs, group, resource } from "../../unit/agent/helpers.ts";

const timing = TIMING_PRESETS.fast;
const clock = new SystemClock();
const config = await read(`cluster: c
timing: fast
servers: { s: { interconnect: 10.0.0.1 } }
groups: { g: { resources: { app: { type: script, start: [a], stop: [b] } } } }`);
const engine = new Engine({
  spec: toSpec(config),
  me: "s",
  incarnation: "1",
  durable: emptyDurableState(),
  remembers: true,
  nowMs: clock.nowMs(),
  seed: 1,
});
const device = (await FakeWatchdog.make(`${Deno.args[0]}/own`, { timeout: "1" })).device();
await Deno.remove(`${Deno.args[0]}/own/dev/watchdog`);
await Deno.symlink(`${Deno.args[0]}/dev/watchdog`, `${Deno.args[0]}/own/dev/watchdog`);
const watchdog = new Watchdog({ device: "/dev/watchdog", timeoutMs: 1_000, required: true }, timing, device, {
  nowMs: () => clock.nowMs(),
  permitUntilMs: (name) => engine.permitUntilMs(name),
  tell: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`)),
});
await watchdog.prepare();
const contexts = contextsOn(new FakeOs());
const handle = (event: Event) => void driver.handle(event);
const orders = new GroupOrders(group(resource("app", {})), contexts, timing, handle, { watchdog });
const isOrder = (command: Command) =>
  command.do === "activate" || command.do === "deactivate" || command.do === "fence";
const driver: Driver = new Driver(engine, {
  clock,
  save: () => Promise.resolve(),
  send: () => {},
  accept: (command) => {
    if (command.do === "exit") return () => Deno.exit(0);
    if (!isOrder(command)) return () => {};
    const ticket = orders.ticket();
    return () => void orders.carryOut(command as Parameters<GroupOrders["carryOut"]>[0], ticket);
  },
  note: () => {},
  stepped: () => watchdog.step(),
  dueMs: () => watchdog.dueMs(),
  onDiskFailure: () => Deno.exit(1),
});
Deno.addSignalListener("SIGTERM", () => handle({ type: "operator", request: { op: "leave", by: "SIGTERM" } }));
handle({ type: "tick" });
handle({ type: "swept", group: "g" });
