import { join } from "node:path";
import type { PluginContext, PluginKind } from "../plugin/contract.ts";
import type { PluginSettings } from "../plugin/settings.ts";
import type { Cell } from "./cell.ts";
import type { Declaration } from "./declaration.ts";
import type { CallFacts } from "./protocol.ts";

/** What some calls have in their context besides. */
type ContextExtras = Pick<CallFacts, "reason" | "epoch" | "lostServer" | "target" | "targetOptions" | "thorough"> & {
  everywhere?: ReadonlyMap<string, Record<string, unknown>>;
};

/** What a drop-in did wrong last. */
export interface Misdeed {
  /** Wall clock time, ISO 8601. */
  time: string;
  reason: string;
  count: number;
}

/** A drop-in for the status. */
export interface DropInState {
  type: string;
  kind: PluginKind;
  file: string;
  /** The process it runs in; null while none does. */
  pid: number | null;
  /** True when it has its process for itself. */
  alone: boolean;
  /** Of that process; null where it can't be found out. */
  memoryMb: number | null;
  cpuMs: number | null;
  calls: number;
  failures: number;
  latestMs: number | null;
  longestMs: number | null;
  misdeed: Misdeed | null;
  /** Why the file as it is now is not the version that runs; null when it is. */
  outdated: string | null;
}

/** A drop-in of one agent. */
export class DropIn {
  calls = 0;
  failures = 0;
  latestMs: number | null = null;
  longestMs: number | null = null;
  misdeed: Misdeed | null = null;
  outdated: string | null = null;
  /** As the configuration was read with it. */
  declaration!: Declaration;
  /** Options that the version which runs has beyond that. */
  added: Record<string, unknown> = {};
  /** The files it consists of, and what they looked like when they were loaded. */
  files: string[] = [];
  fingerprint = "";
  /** The fingerprint that was last looked at and refused, or is still changing. */
  seen = "";

  #folderMade = false;

  constructor(
    readonly type: string,
    readonly kind: PluginKind,
    readonly file: string,
    readonly settings: PluginSettings,
    public cell: Cell,
  ) {}

  /** Checks share a process; what decides over a group has one for itself, so that no check can delay it. */
  get shares(): boolean {
    return this.kind === "monitor";
  }

  /** Its own folder. */
  get folder(): string | undefined {
    const { stateDir } = this.settings;
    return stateDir === undefined ? undefined : join(stateDir, ...(this.shares ? ["monitors"] : []), this.type);
  }

  /** Makes its folder, once. Where that can't be, the drop-in will say so when it writes there. */
  async makeFolder(): Promise<void> {
    if (this.#folderMade || this.folder === undefined) return;
    this.#folderMade = true;
    await Deno.mkdir(this.folder, { recursive: true, mode: 0o700 }).catch(() => {});
  }

  /** Notes a call that has ended. */
  ended(startedMs: number, well: boolean): void {
    this.calls += 1;
    if (!well) this.failures += 1;
    this.latestMs = Math.round(performance.now() - startedMs);
    this.longestMs = Math.max(this.longestMs ?? 0, this.latestMs);
  }

  /** Notes that it did wrong. */
  wrong(reason: string): void {
    this.misdeed = { time: new Date().toISOString(), reason, count: (this.misdeed?.count ?? 0) + 1 };
  }

  /** What the plugin gets to see of a context. */
  facts(context: PluginContext): CallFacts {
    const { options, name, server, group, environment, servers, permitRemainingMs } = context;
    const { everywhere, targetOptions, ...more } = context as unknown as ContextExtras;
    const leftMs = permitRemainingMs?.();
    const facts: CallFacts = {
      options: { ...this.added, ...options },
      name,
      server,
      group,
      servers: servers && [...servers],
      // No number of JSON is infinite.
      permitLeftMs: leftMs === Infinity ? undefined : leftMs,
      environment: environment && { ...environment },
      folder: this.folder,
      reason: more.reason,
      epoch: more.epoch,
      lostServer: more.lostServer,
      target: more.target,
      targetOptions: targetOptions && { ...this.added, ...targetOptions },
      thorough: more.thorough,
      everywhere: everywhere && [...everywhere].map(([each, values]) => [each, { ...this.added, ...values }]),
    };
    // What is undefined is left out on the way.
    return facts;
  }
}

/** What the files look like now: another text when one of them was changed. */
export async function fingerprintOf(files: readonly string[]): Promise<string> {
  const seen = await Promise.all(files.map(async (file) => {
    try {
      const { mtime, size } = await Deno.stat(file);
      return `${mtime?.getTime() ?? 0}/${size}`;
    } catch {
      return "missing";
    }
  }));
  return seen.join(" ");
}
