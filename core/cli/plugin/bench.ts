/**
 * Where `baton plugin test` runs a plugin: its host, contexts like an agent's, and the log of what it says.
 *
 * @module
 */
import { join } from "node:path";
import { Contexts } from "../../agent/contexts.ts";
import { DropIns } from "../../host/drop_ins.ts";
import { createOs } from "../../os/mod.ts";
import type { FenceContext, Plugin, PluginContext, PluginLog } from "../../plugin/contract.ts";
import { parseOptions } from "../../plugin/option_values.ts";
import { DEFAULT_SETTINGS, type PluginSettings } from "../../plugin/settings.ts";
import { loadFile } from "./drop_in_file.ts";

/** As in an agent where the file says nothing. In milliseconds. */
const CALL_TIMEOUT_MS = 5_000;
/** Nobody takes this machine's permit away. In milliseconds. */
const PERMIT_MS = 60_000;
/** Lines of the log that are kept. */
const MAX_LINES = 1_000;

/** One plugin, ready to be called. */
export class PluginBench {
  readonly logged: string[] = [];
  plugin!: Plugin;
  readonly #dropIns: DropIns;
  readonly #contexts: Contexts;
  #folder = "";

  constructor(private readonly server: string) {
    const line = (level: string) => (text: string) => {
      if (this.logged.length < MAX_LINES) this.logged.push(`${level}${text}`);
    };
    const log: PluginLog = { debug: line(""), info: line(""), warn: line("warning: ") };
    this.#dropIns = new DropIns({ log: () => log, note: line("note: ") });
    this.#contexts = new Contexts(server, createOs(), { callTimeoutMs: CALL_TIMEOUT_MS }, () => log, () => PERMIT_MS);
  }

  /** Loads the plugin. What it keeps lies in a folder of its own, which goes with the bench. */
  async load(file: string, allow: PluginSettings["allow"]): Promise<void> {
    this.#folder = await Deno.makeTempDir({ prefix: "baton-plugin-" });
    this.plugin = await loadFile(this.#dropIns, file, {
      ...DEFAULT_SETTINGS,
      allow,
      stateDir: join(this.#folder, "plugins"),
    });
  }

  /** The options as the plugin gets them. */
  parse(written: Record<string, unknown>): Record<string, unknown> {
    return parseOptions(this.plugin.options, written, { baseDir: Deno.cwd() }).values;
  }

  /** A context of a resource, monitor or device named `test1`. */
  context(options: Record<string, unknown>, signal: AbortSignal): PluginContext<Record<string, unknown>> {
    const group = this.plugin.kind === "resource" ? { group: "test", servers: [this.server] } : {};
    const subject = { name: "test1", options: new Map([[this.server, options]]), ...group };
    // The folder is the host's business, but what the dead man's switch runs is made from it too.
    return this.#contexts.of(subject, signal);
  }

  /** A context of a fence, with the other server as its target. */
  fenceContext(
    options: Record<string, unknown>,
    target: string,
    targetOptions: Record<string, unknown>,
    signal: AbortSignal,
  ): FenceContext<Record<string, unknown>> {
    const subject = { name: "fence", options: new Map([[this.server, options], [target, targetOptions]]) };
    return this.#contexts.fence(subject, target, signal) as FenceContext<Record<string, unknown>>;
  }

  async close(): Promise<void> {
    await this.#dropIns.close();
    this.#contexts.close();
    if (this.#folder !== "") await Deno.remove(this.#folder, { recursive: true });
  }
}
