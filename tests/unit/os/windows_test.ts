import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as commands from "../../../core/os/windows_commands.ts";
import { windowsGuard } from "../../../core/os/windows_guard.ts";
import { parseAddresses, parsePing, parseServiceState } from "../../../core/os/windows_output.ts";

function textOf(command: readonly string[]): string {
  assert.deepEqual(command.slice(0, -1), [
    "powershell.exe",
    "-NoLogo",
    "-NoProfile",
    "-NonInteractive",
    "-EncodedCommand",
  ]);
  return Buffer.from(command.at(-1) ?? "", "base64").toString("utf16le");
}

const EVIL = `x'; Stop-Computer; "$(1)`;

Deno.test("windows: no value is ever part of a PowerShell text", () => {
  const calls = [
    commands.addAddress(EVIL, EVIL),
    commands.removeAddress(EVIL),
    commands.ping(EVIL, 500),
    commands.showService(EVIL),
    commands.startService(EVIL),
    commands.stopService(EVIL),
  ];
  for (const { command, env } of calls) {
    assert.ok(!textOf(command).includes("Stop-Computer"));
    assert.ok(Object.values(env).includes(EVIL));
    for (const name of Object.keys(env)) assert.ok(textOf(command).includes(`$env:${name}`), name);
  }
});

Deno.test("windows: an address is a host address for this boot that is no source address", () => {
  const { command, env } = commands.addAddress("Ethernet 2", "10.1.0.20");
  assert.deepEqual(env, { BATON_NIC: "Ethernet 2", BATON_IP: "10.1.0.20", BATON_PREFIX: "32" });
  assert.match(textOf(command), /New-NetIPAddress .*-SkipAsSource \$true -PolicyStore ActiveStore/);
  assert.equal(commands.addAddress("Ethernet 2", "fd00::20").env.BATON_PREFIX, "128");
});

Deno.test("windows: the lines of the dead man's switch are plain arguments", () => {
  assert.deepEqual(commands.removeAddressLine("Ethernet 2", "10.1.0.20"), [
    "netsh.exe",
    "interface",
    "ipv4",
    "delete",
    "address",
    "interface=Ethernet 2",
    "address=10.1.0.20",
  ]);
  assert.equal(commands.removeAddressLine("Ethernet 2", "fd00::20")[2], "ipv6");
  assert.deepEqual(commands.stopServiceLine("My Service"), ["net.exe", "stop", "My Service", "/y"]);
});

Deno.test("windows: the dead man's switch carries its commands as data", () => {
  const text = textOf(windowsGuard([["net.exe", "stop", EVIL], ["a b.exe"]], 1_500));
  assert.ok(!text.includes("Stop-Computer"));
  assert.match(text, /WaitForExit\(1500\)/);
  const base64 = /FromBase64String\('([A-Za-z0-9+/=]+)'\)/.exec(text)?.[1] ?? "";
  assert.deepEqual(JSON.parse(Buffer.from(base64, "base64").toString("utf8")), {
    lines: [{ program: "net.exe", arguments: ["stop", EVIL] }, { program: "a b.exe", arguments: [] }],
  });
  // The same lines as for a shell: fixed width, a number of seconds with a point.
  assert.ok(text.includes("$reading.Wait($wait)") && text.includes("[cultureinfo]::InvariantCulture"));
  // What reaches PowerShell of the quoting rules is what was meant, not what JavaScript made of the backslashes.
  assert.ok(text.includes(String.raw`[regex]::Replace($word, '(\\*)"', '$1$1\"')`));
});

Deno.test("windows: shutdown and reboot at once, with a comment of a length Windows takes", () => {
  assert.deepEqual(commands.power("shutdown", "why"), ["shutdown.exe", "/s", "/f", "/t", "0", "/c", "why"]);
  assert.equal(commands.power("reboot", "x".repeat(600)).at(-1)?.length, 500);
});

Deno.test("windows: adapters and addresses from JSON", () => {
  const output = `{"addresses":[{"IPAddress":"fe80::5df%5","PrefixLength":64,"InterfaceIndex":5},
    {"IPAddress":"10.0.0.10","PrefixLength":24,"InterfaceIndex":5},
    {"IPAddress":"10.1.0.20","PrefixLength":32,"InterfaceIndex":5},
    {"IPAddress":"127.0.0.1","PrefixLength":8,"InterfaceIndex":1}],
    "adapters":[{"Name":"Ethernet 2","InterfaceIndex":5,"MacAddress":"06-C1-2F-00-00-01"},
    {"Name":"Loop","InterfaceIndex":9,"MacAddress":null}]}`;
  assert.deepEqual(parseAddresses(output), [
    {
      name: "Ethernet 2",
      mac: "06:c1:2f:00:00:01",
      addresses: [
        { ip: "fe80::5df", prefix: 64 },
        { ip: "10.0.0.10", prefix: 24 },
        { ip: "10.1.0.20", prefix: 32 },
      ],
    },
    { name: "Loop", mac: "", addresses: [] },
  ]);
});

Deno.test("windows: pings and service states", () => {
  assert.equal(parsePing('{"ms":12,"status":"Success"}'), 12);
  assert.equal(parsePing('{"ms":0,"status":"DestinationHostUnreachable"}'), null);
  const states = ["-1", "1", "2", "3", "4\r\n", "5", "6", "7"].map(parseServiceState);
  assert.deepEqual(states, [
    "missing",
    "stopped",
    "starting",
    "stopping",
    "running",
    "starting",
    "stopping",
    "stopped",
  ]);
  assert.throws(() => parseServiceState("no"), SyntaxError);
});
