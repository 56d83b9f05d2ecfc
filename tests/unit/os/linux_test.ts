import assert from "node:assert/strict";
import * as commands from "../../../core/os/linux_commands.ts";
import { linuxPowerLines } from "../../../core/os/linux_power.ts";
import { somebodyBeside } from "../../../core/os/linux_neighbours.ts";
import {
  parseDetection,
  parseIpAddr,
  parseNeighbour,
  parsePing,
  parseServiceState,
} from "../../../core/os/linux_output.ts";

const IP_ADDR = `[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"link_type":"loopback",
"address":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"},
{"family":"inet6","local":"::1","prefixlen":128,"scope":"host"}]},
{"ifindex":2,"ifname":"ens5","flags":["NO-CARRIER","UP"],"link_type":"ether","address":"06:C1:2F:00:00:01","addr_info":[
{"family":"inet","local":"10.0.0.10","prefixlen":24,"scope":"global","dynamic":true,"label":"ens5"},
{"family":"inet","local":"10.1.0.20","prefixlen":32,"scope":"global","label":"ens5"}]},
{},{"ifindex":4,"ifname":"tun0","link_type":"none","addr_info":[]},
{"ifindex":5,"ifname":"sit0","link_type":"sit","address":"0.0.0.0","addr_info":[]}]`;

Deno.test("linux: interfaces from ip -j addr", () => {
  assert.deepEqual(parseIpAddr(IP_ADDR), [
    { name: "lo", mac: "", addresses: [{ ip: "127.0.0.1", prefix: 8 }, { ip: "::1", prefix: 128 }], link: true },
    {
      name: "ens5",
      mac: "06:c1:2f:00:00:01",
      addresses: [{ ip: "10.0.0.10", prefix: 24 }, { ip: "10.1.0.20", prefix: 32 }],
      link: false,
    },
    { name: "tun0", mac: "", addresses: [] },
    { name: "sit0", mac: "", addresses: [] },
  ]);
  assert.deepEqual(parseIpAddr("\n"), []);
});

Deno.test("linux: round trips from the pings of iputils and busybox", () => {
  assert.equal(parsePing("64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.045 ms\n"), 0.045);
  assert.equal(parsePing("64 bytes from 10.0.0.1: seq=0 ttl=64 time=12.5 ms\n"), 12.5);
  assert.equal(parsePing("64 bytes from fd00::1: icmp_seq=1 ttl=64 time=103 ms"), 103);
  assert.equal(parsePing("1 packets transmitted, 0 received, 100% packet loss, time 0ms\n"), null);
});

const states = [
  ["loaded", "active", "running"],
  ["loaded", "reloading", "running"],
  ["loaded", "inactive", "stopped"],
  ["loaded", "activating", "starting"],
  ["loaded", "deactivating", "stopping"],
  ["loaded", "failed", "failed"],
  ["not-found", "inactive", "missing"],
  ["not-found", "active", "running"],
  ["masked", "inactive", "stopped"],
] as const;
for (const [load, active, state] of states) {
  Deno.test(`linux: a unit that is ${load} and ${active} is ${state}`, () => {
    assert.equal(parseServiceState(`LoadState=${load}\nActiveState=${active}\n`), state);
    assert.equal(parseServiceState(`ActiveState=${active}\nLoadState=${load}\n`), state);
  });
}

Deno.test("linux: values are arguments of their own, and can't be taken for options of systemctl", () => {
  assert.deepEqual(commands.addAddress("eth0", "10.1.0.20"), ["ip", "addr", "add", "10.1.0.20/32", "dev", "eth0"]);
  assert.deepEqual(commands.addAddress("eth0", "fd00::20").slice(3), ["fd00::20/128", "dev", "eth0", "nodad"]);
  assert.deepEqual(commands.removeAddress("eth0", "fd00::20").slice(3), ["fd00::20/128", "dev", "eth0"]);
  assert.deepEqual(commands.changeService("stop", "--now; x").slice(-2), ["--", "--now; x"]);
  assert.deepEqual(commands.showService("-x").slice(-2), ["--", "-x"]);
  assert.equal(commands.ping("10.0.0.1", 200)[5], "1");
  assert.equal(commands.ping("10.0.0.1", 2_001)[5], "3");
});

Deno.test("linux: several ways to turn the machine off, each harder than the one before", () => {
  const message = "--message=the permit ended\nlong ago";
  assert.deepEqual(linuxPowerLines("shutdown", "the permit ended\nlong ago"), [
    ["systemctl", "--force", "--no-wall", message, "poweroff"],
    ["systemctl", "--force", "--force", "--no-wall", message, "poweroff"],
    ["poweroff", "-f"],
  ]);
  assert.deepEqual(linuxPowerLines("reboot", "x").at(-1), ["reboot", "-f"]);
});

Deno.test("linux: a service that does not stop is killed whole", () => {
  assert.deepEqual(commands.killService("-x"), ["systemctl", "kill", "--signal=SIGKILL", "--", "-x"]);
});

Deno.test("linux: who answered for an address, from ip -j neigh", () => {
  const neigh = (state: string, lladdr = `"lladdr":"7A:39:de:e3:77:bd",`) =>
    parseNeighbour(`[{"dst":"10.9.0.2",${lladdr}"state":["${state}"]}]`);
  assert.equal(neigh("REACHABLE"), "7a:39:de:e3:77:bd");
  assert.equal(neigh("STALE"), "7a:39:de:e3:77:bd");
  assert.equal(neigh("FAILED"), null);
  assert.equal(neigh("INCOMPLETE", ""), null);
  assert.equal(parseNeighbour(""), null);
  assert.equal(parseNeighbour("[]"), null);
});

Deno.test("linux: how far the detection of duplicates is, from ip -j addr", () => {
  const addr = (flags: string) =>
    parseDetection(`[{"ifname":"eth0","addr_info":[{"local":"fd00::20","prefixlen":128${flags}},{}]}]`);
  assert.equal(addr(`,"tentative":true`), "under way");
  assert.equal(addr(`,"dadfailed":true,"tentative":true`), "failed");
  assert.equal(addr(""), "passed");
  assert.equal(parseDetection(`[{"ifname":"eth0","addr_info":[]}]`), "missing");
  assert.equal(parseDetection(""), "missing");
});

Deno.test("linux: somebody else of the subnet is asked for, never this server, the network or everybody", () => {
  const beside = (prefix: number, ...own: string[]) => somebodyBeside("10.0.0.2", own.map((ip) => ({ ip, prefix })));
  assert.equal(beside(24, "10.0.0.1"), "10.0.0.3");
  assert.equal(beside(24, "10.0.0.77"), "10.0.0.1");
  assert.equal(beside(29, "10.0.0.1", "10.0.0.3"), "10.0.0.4");
  assert.equal(beside(20, "10.0.255.9"), "10.0.240.1");
  assert.equal(beside(31, "10.0.0.1"), undefined);
  assert.equal(beside(32, "10.0.0.1"), undefined);
  assert.equal(beside(64, "fd00::1"), undefined);
});

Deno.test("linux: detection is left out in a VPC and asked for elsewhere; announcements name the interface", () => {
  assert.deepEqual(commands.addAddress("eth0", "fd00::20", true).slice(3), ["fd00::20/128", "dev", "eth0"]);
  assert.deepEqual(commands.announce("eth0", "10.1.0.20"), ["arping", "-U", "-c", "1", "-I", "eth0", "10.1.0.20"]);
  const asked = ["ip", "neigh", "replace", "10.0.0.1", "dev", "eth0", "nud", "none", "use"];
  assert.deepEqual(commands.askForNeighbour("eth0", "10.0.0.1"), asked);
});
