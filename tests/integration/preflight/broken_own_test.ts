/** What a preflight finds on the machine itself, before an agent or a recovery would. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertFound, type Break, onBench } from "./bench.ts";

function finds(
  what: string,
  broken: Break,
  ...wanted: Parameters<typeof assertFound> extends [unknown, ...infer Rest] ? Rest : never
) {
  Deno.test(`preflight of the machine finds ${what}`, () =>
    onBench("vip", broken, async (bench) => assertFound(await bench.run(), ...wanted)));
}

const AZ = "awsazw1: { type: aws-az, timeout: 3s }";
const recovering = (steps: string): [string, string] => [
  AZ,
  `awsazw1: { type: aws-az, timeout: 3s, recovery: { target: failover1, ${steps} } }`,
];
const watched = (more: string): [string, string] => [
  "state: state\n",
  `state: state\nwatchdog: { timeout: 4s${more} }\n`,
];

finds("an interconnect address that this machine does not have", {
  world: async ({ folder, config }) => {
    const { host } = config.servers[1]!.interconnect[0]!;
    const addresses = join(folder, "machine/nics/eth0/addresses");
    await Deno.rename(join(addresses, host), join(addresses, "10.0.120.9"));
  },
}, ["error", 309, "interconnect of server2", /it has 10\.0\.120\.9\), so no agent starts here.*correct interconnect/]);

finds("a recovery script that is not there", {
  file: [recovering("script: { command: [FOLDER/repair.sh] }")],
}, ["error", 99, "awsazw1", /recovery\.script: the program \S+repair\.sh does not exist/]);

finds("a script before a failover that may not be executed", {
  file: [recovering("failovers: 1, before: { failover: { command: [FOLDER/baton.key] } }")],
}, ["error", 99, "awsazw1", /recovery\.before\.failover: \S+baton\.key may not be executed; chmod \+x/]);

finds("a state folder that everybody may write into", {
  world: async ({ folder }) => {
    await Deno.mkdir(join(folder, "state"), { recursive: true });
    await Deno.chmod(join(folder, "state"), 0o777);
  },
}, ["error", 308, "state FOLDER/state", /mode 0777: everybody may write there.*chmod go-w/]);

finds("a drop-in that everybody may change", {
  world: async ({ folder }) => {
    await Deno.mkdir(join(folder, "plugins"), { recursive: true });
    await Deno.writeTextFile(join(folder, "plugins", "mine.js"), "");
    await Deno.chmod(join(folder, "plugins", "mine.js"), 0o666);
  },
}, ["error", 304, "FOLDER/plugins/mine.js", /mode 0666: everybody may write there.*chmod go-w \S+mine\.js/]);

finds("a watchdog that is required and not there", {
  file: [watched(", required: true")],
}, ["error", 310, "watchdog /dev/watchdog", /there is no watchdog device.*modprobe softdog/]);

finds("a watchdog that is not required and not there", {
  file: [watched(", required: false")],
}, ["warning", 310, "watchdog /dev/watchdog", /until then the agent runs without it/]);

Deno.test("preflight of the machine says what is there, and leaves the watchdog closed", () =>
  onBench("vip", {
    file: [watched(""), recovering("script: { command: [sh, FOLDER/start.sh] }")],
    world: async ({ folder }) => {
      const sys = join(folder, "machine/sys/watchdog0");
      await Deno.mkdir(join(folder, "machine/dev"), { recursive: true });
      await Deno.mkdir(sys, { recursive: true });
      await Deno.writeTextFile(join(folder, "machine/dev/watchdog"), "");
      for (const [name, text] of Object.entries({ timeout: "4", state: "inactive", nowayout: "0", identity: "soft" })) {
        await Deno.writeTextFile(join(sys, name), text);
      }
    },
  }, async ({ folder, run }) => {
    const { findings } = await run();
    const said = findings.filter(({ status }) => status === "ok").map(({ subject, message }) =>
      `${subject}: ${message}`
    );
    for (
      const wanted of [
        /^interconnect of server2: [\d.]+ is on eth0$/,
        /^awsazw1: recovery\.script: sh is there$/,
        /^watchdog \/dev\/watchdog: it is there \(soft, 4 s\)$/,
      ]
    ) assert.ok(said.some((line) => wanted.test(line)), said.join("\n"));
    assert.equal(await Deno.readTextFile(join(folder, "machine/dev/watchdog")), "");
  }));
