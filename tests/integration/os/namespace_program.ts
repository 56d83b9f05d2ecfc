/** Run by `linux_namespace_test.ts` as the only process of a network namespace; prints what it saw. */
import { LinuxOs } from "../../../core/os/linux.ts";

const signal = AbortSignal.timeout(20_000);
const os = new LinuxOs();
const run = async (...command: [string, ...string[]]) => {
  const { status, stderr } = await os.exec(command, { signal });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
};
const prefixOf = async (ip: string) =>
  (await os.nics(signal)).find((nic) => nic.name === "baton0")?.addresses.find((one) => one.ip === ip)?.prefix;

await run("ip", "link", "add", "baton0", "type", "bridge");
await run("ip", "link", "set", "baton0", "up");
const seen: string[] = [];
for (const ip of ["10.99.7.20", "fd00:99::20"]) {
  for (let round = 0; round < 2; round++) await os.addAddress("baton0", ip, signal);
  seen.push(`${ip}/${await prefixOf(ip)}`);
}
for (const ip of ["10.99.7.20", "fd00:99::20"]) {
  for (let round = 0; round < 2; round++) await os.removeAddress(ip, signal);
  seen.push(await prefixOf(ip) === undefined ? "gone" : "left");
}
// The server's own address, by a wrong configuration.
await run("ip", "addr", "add", "10.99.7.30/24", "dev", "baton0");
await os.removeAddress("10.99.7.30", signal);
seen.push(await prefixOf("10.99.7.30") === 24 ? "kept" : "lost");
await os.addAddress("baton0", "10.99.7.31", signal);
await run(...os.removeAddressCommand("baton0", "10.99.7.31") as [string, ...string[]]);
seen.push(await prefixOf("10.99.7.31") === undefined ? "gone-by-command" : "left-by-command");
await Deno.stdout.write(new TextEncoder().encode(`${seen.join(" ")}\n`));
