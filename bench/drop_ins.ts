/**
 * What drop-ins cost an agent: `deno run -A bench/drop_ins.ts [--count N] [--seconds N] [--host FILE]`. `--host` is an
 * executable of Baton whose hosts are measured; left out: hosts from source.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { DropIns } from "../core/host/drop_ins.ts";
import { HOST_COMMAND } from "../core/host/protocol.ts";
import { usageOf } from "../core/host/usage.ts";
import { createOs } from "../core/os/mod.ts";
import { createContext } from "../core/plugin/context.ts";
import type { MonitorPlugin } from "../core/plugin/contract.ts";
import { DEFAULT_SETTINGS } from "../core/plugin/settings.ts";

const INTERVAL_MS = 1_000;
const BEAT_MS = 200;

/** Connects to a port of this machine, as a check of a service does. */
const PLUGIN = `export default {
  kind: "monitor", description: "Connects.", options: { port: { type: "integer", description: "which" } },
  async check({ options, tcp, signal }) {
    const connectMs = await tcp.connect("127.0.0.1", options.port, { signal });
    return { status: "normal", message: "it listens", measurements: { connectMs } };
  },
};
`;

/** The middle, the 99th percentile and the largest of some times. */
function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (${sorted.length})`;
}

async function measure(count: number, seconds: number, host: string | undefined): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-bench-" });
  const quiet = { debug: () => {}, info: () => {}, warn: () => {} };
  const dropIns = new DropIns({
    log: () => quiet,
    note: (text) => console.log(`note: ${text}`),
    ...(host === undefined ? {} : { command: [host, HOST_COMMAND] as const }),
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const connection of listener) connection.close();
  })();
  try {
    const loadedMs = performance.now();
    const plugins: MonitorPlugin[] = [];
    for (let index = 0; index < count; index++) {
      const file = join(folder, `type${index}.js`);
      await Deno.writeTextFile(file, PLUGIN);
      plugins.push(await dropIns.load(`type${index}`, "monitor", file, DEFAULT_SETTINGS) as MonitorPlugin);
    }
    console.log(`${count} drop-ins loaded in ${Math.round(performance.now() - loadedMs)} ms`);
    dropIns.watch();
    await run(plugins, seconds, listener.addr.port, dropIns);
  } finally {
    listener.close();
    await accepting;
    await dropIns.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(plugins: MonitorPlugin[], seconds: number, port: number, dropIns: DropIns): Promise<void> {
  const quiet = { debug: () => {}, info: () => {}, warn: () => {} };
  const os = createOs();
  const [beats, starts, checks]: [number[], number[], number[]] = [[], [], []];
  let notNormal = 0;
  let beatDueMs = performance.now() + BEAT_MS;
  const beat = setInterval(() => {
    beats.push(Math.max(0, performance.now() - beatDueMs));
    beatDueMs = performance.now() + BEAT_MS;
  }, BEAT_MS);
  const pid = dropIns.states()[0]?.pid ?? 0;
  const before = { own: await usageOf(Deno.pid), host: await usageOf(pid) };
  const untilMs = performance.now() + seconds * 1_000;
  await Promise.all(plugins.map(async (plugin, index) => {
    let dueMs = performance.now() + index * INTERVAL_MS / plugins.length;
    while (dueMs < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
      const startedMs = performance.now();
      starts.push(startedMs - dueMs);
      const signal = AbortSignal.timeout(5_000);
      const context = createContext({
        options: { port },
        name: `monitor${index}`,
        server: "server1",
        signal,
        log: quiet,
        os,
        ec2: () => Promise.reject(new Error("no EC2 here")),
        imds: {} as never,
      });
      const verdict = await plugin.check(context).catch((error) => ({ status: "unknown", message: String(error) }));
      checks.push(performance.now() - startedMs);
      if (verdict.status !== "normal") notNormal += 1;
      dueMs += INTERVAL_MS;
    }
  }));
  clearInterval(beat);
  const after = { own: await usageOf(Deno.pid), host: await usageOf(pid) };
  const cpu = (which: "own" | "host") =>
    (((after[which]?.cpuMs ?? NaN) - (before[which]?.cpuMs ?? NaN)) / (seconds * 10)).toFixed(1);
  const processes = new Set(dropIns.states().map((state) => state.pid)).size;
  console.log(`hosts: ${processes}; checks that were not normal: ${notNormal}`);
  console.log(`agent: ${after.own?.memoryMb} MiB, ${cpu("own")} % of a core`);
  console.log(`host: ${after.host?.memoryMb} MiB, ${cpu("host")} % of a core`);
  console.log(`heartbeat lateness: ${spread(beats)}`);
  console.log(`check begun late: ${spread(starts)}`);
  console.log(`check took: ${spread(checks)}`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      count: { type: "string", default: "200" },
      seconds: { type: "string", default: "20" },
      host: { type: "string" },
    },
  });
  await measure(Number(values.count), Number(values.seconds), values.host);
}
