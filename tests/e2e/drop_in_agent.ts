/** The part of an agent that runs drop-ins, with real hosts, and a heartbeat that notices when its thread is held up. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Contexts } from "../../core/agent/contexts.ts";
import { MonitorRunner } from "../../core/agent/monitor_runner.ts";
import type { MonitorConfig } from "../../core/config/config.ts";
import { DropIns, type DropInsParts } from "../../core/host/drop_ins.ts";
import { createOs, SANDBOX_VARIABLE } from "../../core/os/mod.ts";
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { loadPlugin, type PluginOf } from "../../core/plugin/registry.ts";
import type { PluginKind } from "../../core/plugin/contract.ts";
import { DEFAULT_SETTINGS, type PluginSettings } from "../../core/plugin/settings.ts";
import { setEnv } from "../environment/variables.ts";
import type { Verdict } from "../../core/plugin/verdict.ts";
import { Stopwatch } from "../unit/stopwatch.ts";

const BEAT_MS = 200;
const QUIET = { debug: () => {}, info: () => {}, warn: () => {} };

/** Drop-ins of a folder of their own. */
export class DropInAgent {
  readonly notes: string[] = [];
  readonly logged: string[] = [];
  readonly contexts: Contexts;
  readonly dropIns: DropIns;

  private constructor(readonly folder: string, parts: Partial<DropInsParts>) {
    this.dropIns = new DropIns({
      log: () => ({ ...QUIET, debug: (text) => void this.logged.push(text) }),
      note: (text) => this.notes.push(text),
      ...parts,
    });
    const os = createOs();
    const log = { ...QUIET, info: (text: string) => void this.logged.push(text) };
    this.contexts = new Contexts("server1", os, { callTimeoutMs: 5_000 }, () => log, () => Infinity);
  }

  /** Runs `work` with the drop-ins in `files`, and cleans up. */
  static async with(
    files: Readonly<Record<string, string>>,
    work: (agent: DropInAgent) => Promise<void>,
    parts: Partial<DropInsParts> = {},
  ): Promise<void> {
    const folder = await Deno.makeTempDir({ prefix: "baton-dropins-" });
    // The hosts have the machine from their environment, as in an agent.
    const restore = setEnv({ [SANDBOX_VARIABLE]: join(folder, "machine") });
    const agent = new DropInAgent(folder, parts);
    try {
      await Deno.mkdir(join(folder, "plugins"));
      for (const [name, text] of Object.entries(files)) await agent.write(name, text);
      await work(agent);
    } finally {
      await agent.dropIns.close();
      agent.contexts.close();
      restore();
      await Deno.remove(folder, { recursive: true });
    }
  }

  write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(join(this.folder, "plugins", name), text);
  }

  load<Kind extends PluginKind>(
    type: string,
    kind: Kind,
    settings: Partial<PluginSettings> = {},
  ): Promise<PluginOf<Kind>> {
    return loadPlugin(
      type,
      kind,
      {
        builtIns: { resource: {}, monitor: {}, quorum: {}, fence: {} },
        dropInDirs: [join(this.folder, "plugins")],
        load: this.dropIns.load,
      },
      { ...DEFAULT_SETTINGS, stateDir: join(this.folder, "state"), ...settings },
    );
  }

  /** The verdict of one check, as the agent's own runner gives it. */
  async check(plugin: MonitorPlugin, timeoutMs: number, options: Record<string, unknown> = {}): Promise<Verdict> {
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    const config: MonitorConfig = {
      name: "monitor1",
      type: "hostile",
      plugin,
      options: new Map([["server1", options]]),
      companion: false,
      intervalMs: 3_600_000,
      timeoutMs,
      retries: 0,
      startDelayMs: 0,
      timing: "always",
      recovery: {
        target: { kind: "local-server" },
        maxReactivations: 0,
        maxFailovers: 0,
        finalAction: "none",
      } as never,
    };
    const runner = new MonitorRunner(config, this.contexts, (_, verdict) => resolve(verdict));
    runner.run(true);
    try {
      return await promise;
    } finally {
      await runner.close();
    }
  }
}

/** How late the latest of the heartbeats was that fell due during `work`, in milliseconds. */
export async function latenessDuring(work: () => Promise<void>): Promise<number> {
  let latestMs = 0;
  let sinceLast = new Stopwatch();
  const look = () => {
    // What threads of this process waited for a processor that others had is the machine's.
    latestMs = Math.max(latestMs, sinceLast.ownMs - BEAT_MS);
    sinceLast = new Stopwatch();
  };
  const timer = setInterval(look, BEAT_MS);
  try {
    await work();
    // The one that is due now counts too.
    look();
    return latestMs;
  } finally {
    clearInterval(timer);
  }
}

/** Waits until `holds`, which takes a machine with much else to do some time. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  for (const untilMs = performance.now() + withinMs; performance.now() < untilMs;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`not within ${withinMs} ms: ${what}`);
}
