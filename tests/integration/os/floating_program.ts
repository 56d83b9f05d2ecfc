/**
 * Run by `floating_namespace_test.ts` in namespaces of its own: this server, another one and a client on one switch, with
 * real ARP and neighbour discovery. Prints what it saw as JSON.
 */
import { LinuxOs } from "../../../core/os/linux.ts";
import { activateContext, createContext, deactivateContext } from "../../../core/plugin/context.ts";
import type { PluginContext } from "../../../core/plugin/contract.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import monitor from "../../../plugins/monitors/floating-ip.ts";
import resource from "../../../plugins/resources/floating-ip.ts";

const signal = AbortSignal.timeout(50_000);
const os = new LinuxOs();
const warnings: string[] = [];

async function run(...command: [string, ...string[]]): Promise<string> {
  const { status, stdout, stderr } = await os.exec(command, { signal });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  return stdout;
}

/** Our NIC is `nic-a`, that of the other server `nic-b` in `b`, and that of the client `nic-c` in `c`. */
async function build(): Promise<void> {
  await run("ip", "link", "set", "lo", "up");
  for (const name of ["switch", "b", "c"]) await run("ip", "netns", "add", name);
  await run("ip", "-n", "switch", "link", "add", "br0", "type", "bridge");
  await run("ip", "-n", "switch", "link", "set", "br0", "up");
  for (const [index, name] of ["a", "b", "c"].entries()) {
    const [nic, port] = [`nic-${name}`, `port-${name}`];
    await run("ip", "link", "add", nic, "type", "veth", "peer", "name", port, "netns", "switch");
    await run("ip", "-n", "switch", "link", "set", port, "master", "br0", "up");
    if (name !== "a") await run("ip", "link", "set", nic, "netns", name);
    const ip = ["ip", ...(name === "a" ? [] : ["-n", name])] as [string, ...string[]];
    await run(...ip, "addr", "add", `192.0.2.${index + 1}/24`, "dev", nic);
    await run(...ip, "addr", "add", `fd00:2::${index + 1}/64`, "dev", nic, "nodad");
    await run(...ip, "link", "set", nic, "up");
  }
}

function context(options: Record<string, unknown>): PluginContext<never> {
  return createContext({
    options: options as never,
    name: "fip1",
    server: "server1",
    signal,
    log: { debug() {}, info() {}, warn: (message) => void warnings.push(message) },
    os,
    ec2: () => Promise.reject(new Error("there is none")),
    imds: {} as never,
  });
}

const block = (ip: string) => `${ip}/${ip.includes(":") ? 128 : 32}`;
const macOf = async (...where: string[]) => JSON.parse(await run("ip", ...where))[0].address as string;
const clientKnows = async (ip: string) =>
  (JSON.parse(await run("ip", "-n", "c", "-j", "neigh", "show", "to", ip) || "[]")[0]?.lladdr ?? null) as string | null;
/** Connects to a closed port again and again until it is refused, which is an answer; prints how many milliseconds it took. */
const KNOCK = `
const startedAt = performance.now();
let reached = false;
for (let attempt = 0; attempt < 60 && !reached; attempt++) {
  try {
    (await Deno.connect({ hostname: Deno.args[0], port: 9, signal: AbortSignal.timeout(300) })).close();
  } catch (error) {
    reached = error instanceof Deno.errors.ConnectionRefused;
  }
}
console.log(reached ? performance.now() - startedAt : Infinity);
`;
/** Milliseconds until the client's connections are answered. */
async function reached(ip: string): Promise<number> {
  const knock = await run("ip", "netns", "exec", "c", Deno.execPath(), "eval", KNOCK, ip);
  return Number(knock);
}

await build();
const own = await macOf("-j", "link", "show", "nic-a");
const other = await macOf("-n", "b", "-j", "link", "show", "nic-b");
const seen: Record<string, unknown> = {};
for (const [family, ip] of [["four", "192.0.2.20"], ["six", "fd00:2::20"]] as const) {
  const options = { ip, probe: 500, force: false, announcements: 2 };
  const activate = () => resource.activate(activateContext(context(options), "failover", 2));
  const check = () => monitor.check(context({ ip, link: true }));
  const nodad = family === "six" ? ["nodad"] : [];
  await run("ip", "-n", "b", "addr", "add", block(ip), "dev", "nic-b", ...nodad);
  const saw: Record<string, unknown> = seen[family] = {};
  saw.before = await reached(ip) < 5_000;
  saw.whoHas = await os.whoHas("nic-a", ip, 500, signal) === other;
  saw.nobody = await os.whoHas("nic-a", ip.replace(/20$/, "99"), 300, signal);
  const refused = await activate().then(
    () => "activated",
    (error) => error instanceof Fault ? error.code : String(error),
  );
  saw.refused = refused;
  // The kernel's own detection, where there is one.
  if (family === "six") {
    const detected = os.addAddress("nic-a", ip, signal, { detect: true });
    saw.detected = await detected.then(() => "added", (error) => error instanceof Fault ? error.code : String(error));
  }
  saw.left = (await os.nics(signal)).flatMap((nic) => nic.addresses).some((address) => address.ip === ip);
  await run("ip", "-n", "b", "addr", "del", block(ip), "dev", "nic-b");
  saw.stale = await clientKnows(ip) === other;
  await activate();
  saw.told = await clientKnows(ip) === own;
  saw.reachedSoon = await reached(ip) < 1_000;
  saw.monitor = (await check()).status;
  await run("ip", "-n", "switch", "link", "set", "port-a", "down");
  saw.unplugged = (await check()).code;
  await run("ip", "-n", "switch", "link", "set", "port-a", "up");
  const [guard] = await resource.guard!(context(options));
  if (family === "four") await run(...guard as [string, ...string[]]);
  else await resource.deactivate(deactivateContext(context(options), "stop"));
  saw.gone = (await check()).code;
}
seen.warnings = warnings;
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(seen)}\n`));
