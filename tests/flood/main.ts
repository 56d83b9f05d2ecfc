/**
 * `deno task flood [--seconds N] [--rate N] [--load N] [--only KIND]`: two real agents at `fast` on a machine with more to
 * do than it has processors, and so many packets of one kind at a time at the carrier's interconnect. First without a
 * flood: what that does not pass says nothing. Then nothing may move, and the journal may grow by less than 100 lines.
 * Linux; needs a C compiler.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import type { Machine } from "../../sandbox/demo/machine.ts";
import { goAhead, startOrdinary } from "../../core/os/priority.ts";
import { allReady, online, until } from "../e2e/waiting.ts";
import { forged, garbage, questions } from "./strangers.ts";
import { Tap } from "./tap.ts";
import { droppedAt, Watch } from "./watch.ts";

const MAX_LINES = 100;
/** The generator ends by itself; this is for one that hangs. In milliseconds. */
const HANGS_MS = 30_000;
const GENERATOR = fileURLToPath(new URL("./generator.c", import.meta.url));

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "20" },
    rate: { type: "string", default: "20000" },
    load: { type: "string", default: "25" },
    only: { type: "string" },
  },
});
const [seconds, rate, load] = [values.seconds, values.rate, values.load].map(Number) as [number, number, number];
if (![seconds, rate, load].every((number) => number >= 0)) throw new Error("--seconds, --rate and --load are numbers");

/** Processes that compute and do nothing else. */
function busy(count: number): { end(): Promise<void> } {
  const options = {
    args: ["-c", "while :; do :; done"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  } satisfies Deno.CommandOptions;
  const processes = Array.from(
    { length: count },
    () => startOrdinary(() => new Deno.Command("sh", options).spawn()),
  );
  return {
    end: async () => {
      for (const process of processes) process.kill("SIGKILL");
      await Promise.all(processes.map(({ status }) => status));
    },
  };
}

/** The ports of the file of a machine, by server. */
async function portsIn(file: string): Promise<Map<string, number>> {
  const text = await Deno.readTextFile(file);
  return new Map(
    [...text.matchAll(/(server\d): \{ interconnect: 127\.0\.0\.1:(\d+) \}/g)].map((
      match,
    ) => [match[1]!, Number(match[2])]),
  );
}

/** Sends `packets` at the rate. Resolves with how many were sent. */
async function flood(folder: string, port: number, packets: readonly Uint8Array[]): Promise<number> {
  const file = join(folder, "packets");
  using out = await Deno.open(file, { create: true, write: true, truncate: true });
  for (const packet of packets) {
    await out.write(Uint8Array.of(packet.length & 0xff, packet.length >> 8));
    await out.write(packet);
  }
  const generator = new Deno.Command(join(folder, "generator"), {
    args: ["127.0.0.1", String(port), String(rate), String(seconds), file],
    stdin: "null",
    signal: AbortSignal.timeout(seconds * 1_000 + HANGS_MS),
  });
  const { success, stdout, stderr } = await generator.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

async function compile(folder: string): Promise<void> {
  const args = ["-O2", "-Wall", "-Wextra", "-o", join(folder, "generator"), GENERATOR];
  const { success, stderr } = await new Deno.Command("cc", { args, stdin: "null" }).output().catch(() => {
    throw new Error("there is no C compiler here: install gcc");
  });
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Runs all; resolves with whether everything held. */
async function run(folder: string, cluster: DemoCluster, taps: Tap[]): Promise<boolean> {
  await compile(folder);
  const [one, two] = cluster.machines as [Machine, Machine];
  const own = (await portsIn(join(one.folder, "cluster.yaml"))).get("server1")!;
  // What server2 sends to server1 can be recorded.
  const file = join(two.folder, "cluster.yaml");
  const wire = (await portsIn(file)).get("server1")!;
  const tap = Tap.open(own);
  taps.push(tap);
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace(`127.0.0.1:${wire}`, `127.0.0.1:${tap.port}`));
  // One after the other: whoever is there first carries.
  one.start();
  await until("server1 carries", () => online(one));
  two.start();
  await until("server2 is ready", () => allReady(one));
  const recorded = () => until("something was recorded", () => tap.count("heartbeat") > 20 && tap.count("hello") > 0);
  await recorded();
  const [earlier, earlierHellos] = [tap.take("heartbeat"), tap.take("hello")];
  await two.stop();
  two.start();
  await until("server2 is back", async () => await allReady(two) && await allReady(one));
  await recorded();
  const kinds: Readonly<Record<string, readonly Uint8Array[]>> = {
    "garbage": garbage(),
    "questions without the key": questions(),
    "heads in the name of server2": forged("demo-vip", "server2"),
    "recorded heartbeats": tap.take("heartbeat"),
    "recorded hellos": tap.take("hello"),
    "heartbeats of an earlier life": earlier,
    "hellos of an earlier life": earlierHellos,
  };
  const work = busy(load);
  try {
    console.log(
      `load ${load} on ${navigator.hardwareConcurrency} processors, ${rate} packets/s for ${seconds} s, root: ${
        Deno.uid() === 0
      }`,
    );
    if (
      !await trial("control: no flood", [one, two], async () => {
        await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
        return "";
      })
    ) {
      console.log("the control did not pass: this machine can't carry at fast under this load, flood or not");
      return false;
    }
    let held = true;
    for (const [kind, packets] of Object.entries(kinds)) {
      if (values.only !== undefined && !kind.includes(values.only)) continue;
      if (packets.length === 0) throw new Error(`nothing was recorded: ${kind}`);
      held = await trial(kind, [one, two], async () => {
        const before = await droppedAt(own);
        const sent = await flood(folder, own, packets);
        const dropped = await droppedAt(own) - before;
        return `${Math.round(sent / seconds)}/s received, ${Math.round((sent - dropped) / seconds)}/s of them read, `;
      }) && held;
    }
    return held;
  } finally {
    await work.end();
  }
}

/** One flood. Tells, and resolves with whether everything held. */
async function trial(kind: string, machines: readonly Machine[], work: () => Promise<string>): Promise<boolean> {
  const watch = await Watch.begin(machines);
  const figures = await work();
  const { wrong, lines } = await watch.end();
  if (lines >= MAX_LINES) wrong.push(`the journal has grown by ${lines} lines`);
  console.log(`${wrong.length === 0 ? "ok" : "FAILED"}: ${kind}: ${figures}${lines} lines of journal`);
  for (const line of wrong) console.log(`  ${line}`);
  return wrong.length === 0;
}

// The relays between the servers run in here; they are not what is tried.
goAhead();
const folder = await Deno.makeTempDir({ prefix: "baton-flood-" });
const cluster = await DemoCluster.make("vip", folder);
const taps: Tap[] = [];
let held = false;
try {
  held = await run(folder, cluster, taps);
} finally {
  await cluster.close();
  for (const tap of taps) tap.close();
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(held ? 0 : 1);
