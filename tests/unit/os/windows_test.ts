import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as commands from "../../../core/os/windows_commands.ts";
import { windowsPowerLines } from "../../../core/os/windows_power.ts";
import { windowsGuard } from "../../../core/os/windows_guard.ts";
import { parseAddresses, parseNeighbour, parsePing, parseServiceState } from "../../../core/os/windows_output.ts";

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
    commands.whoHas(EVIL, EVIL, 500),
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

Deno.test("windows: the dead man's switch carries its commands as data, and the same order and times as a shell", () => {
  const { command, plan } = windowsGuard({
    group: "g",
    off: [["netsh.exe", "x"]],
    offMs: 139.2,
    stop: [["net.exe", "stop", EVIL], ["a b.exe"]],
    stopMs: 300,
    kill: [["taskkill.exe"]],
    killMs: 111,
    againMs: 80,
    hurriedMs: 60,
    mark: ":m:",
  });
  const [text = "", commandsText = ""] = plan.split("\n").map((line) => Buffer.from(line, "base64").toString("utf8"));
  assert.ok(!text.includes("Stop-Computer"));
  // `cmd` starts it and ends: its parent is gone. It takes lines of 8,191 characters.
  assert.deepEqual(command.slice(0, 9), [
    "cmd.exe",
    "/d",
    "/c",
    "start",
    "",
    "/b",
    "powershell.exe",
    "-WindowStyle",
    "Hidden",
  ]);
  const begin = textOf(["powershell.exe", ...command.slice(9)]);
  assert.ok(command.join(" ").length < 2_000 && begin.includes("[Console]::OpenStandardInput()"));
  // It says which process it is, and its output stays open: its end is the end of the switch.
  assert.ok(text.includes('WriteLine("armed $PID")') && !text.includes("Out.Close()"));
  assert.deepEqual(JSON.parse(commandsText), {
    off: [{ program: "netsh.exe", arguments: ["x"] }],
    offMs: 140,
    stop: [{ program: "net.exe", arguments: ["stop", EVIL] }, { program: "a b.exe", arguments: [] }],
    stopMs: 300,
    kill: [{ program: "taskkill.exe", arguments: [] }],
    killMs: 111,
    againMs: 80,
    hurriedMs: 60,
  });
  const hurried = text.slice(text.indexOf("if ($hurry) {"), text.indexOf("$failed = "));
  assert.ok(
    hurried.indexOf("commands.kill)") > 0 && hurried.indexOf("commands.kill)") < hurried.indexOf("commands.stop)"),
  );
  const calm = text.replace(hurried, "");
  const places = ["commands.off)", "commands.stop)", "commands.kill)", "in $failed)"].map((part) => calm.indexOf(part));
  assert.ok(places.every((place, index) => place > (places[index - 1] ?? 0)), places.join());
  // What takes too long is ended with all it has started.
  assert.ok(text.includes("arguments = @('/T', '/F', '/PID', [string]$process.Id)"));
  // The same lines as for a shell: fixed width, a number of seconds with a point.
  assert.ok(text.includes("$reading.Wait($wait)") && text.includes("[cultureinfo]::InvariantCulture"));
  // What reaches PowerShell of the quoting rules is what was meant, not what JavaScript made of the backslashes.
  assert.ok(text.includes(String.raw`[regex]::Replace($word, '(\\*)"', '$1$1\"')`));
});

Deno.test("windows: three ways to end the machine, each harder than the one before", () => {
  const [first = [], second = [], third = []] = windowsPowerLines("shutdown", "why");
  assert.deepEqual(first, ["shutdown.exe", "/s", "/f", "/t", "0", "/c", "why"]);
  assert.match(textOf(second), /Win32Shutdown\(12\)/);
  assert.match(textOf(third), /RtlAdjustPrivilege\(19, [^]*NtShutdownSystem\(2\)/);
  const [gently = [], harder = [], hardest = []] = windowsPowerLines("reboot", "x".repeat(600));
  // Windows takes a comment of this length.
  assert.deepEqual([gently[1], gently.at(-1)?.length], ["/r", 500]);
  assert.match(textOf(harder), /Win32Shutdown\(6\)/);
  assert.match(textOf(hardest), /NtShutdownSystem\(1\)/);
  for (const line of [second, third, harder, hardest]) assert.ok(!textOf(line).includes("why"));
});

Deno.test("windows: a service that does not stop is killed by its name, with its children", () => {
  assert.deepEqual(commands.killServiceLine("My Service"), [
    "taskkill.exe",
    "/F",
    "/T",
    "/FI",
    "SERVICES eq My Service",
  ]);
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

Deno.test("windows: who answered for an address, and whether an adapter has a link", () => {
  assert.equal(parseNeighbour('{"neighbours":[{"LinkLayerAddress":"02-00-00-00-00-0C"}]}'), "02:00:00:00:00:0c");
  assert.equal(parseNeighbour('{"neighbours":[{"LinkLayerAddress":"00-00-00-00-00-00"}]}'), null);
  assert.equal(parseNeighbour('{"neighbours":[]}'), null);
  const adapter = (state: string) =>
    parseAddresses(`{"adapters":[{"Name":"E","InterfaceIndex":1,"MacAddress":null${state}}],"addresses":[]}`)[0]?.link;
  assert.equal(adapter(',"MediaConnectState":1'), true);
  assert.equal(adapter(',"MediaConnectState":2'), false);
  assert.equal(adapter(',"MediaConnectState":0'), undefined);
  assert.equal(adapter(""), undefined);
});
