/**
 * Remembers when final actions turned this machine off or rebooted it, over those very restarts: by the wall clock, in a
 * file of its own, because it is written when the state may no longer be. What can't be read or written costs a count, not
 * the agent: then a limit is reached later.
 *
 * @module
 */
import { join } from "node:path";
import * as z from "zod/mini";
import { elapsed } from "./bounded.ts";

/** For so long a shutdown or reboot counts, in milliseconds. */
export const POWER_WINDOW_MS = 3_600_000;
/** Entries that are kept: more than any limit. */
const MAX_ENTRIES = 128;

const schema = z.array(z.object({ time: z.iso.datetime(), action: z.enum(["shutdown", "reboot"]) }));

/** The shutdowns and reboots by final actions of one machine. */
export class PowerLog {
  #entries: { atMs: number; action: "shutdown" | "reboot" }[] = [];

  private constructor(private readonly path: string, private readonly wallMs: () => number) {}

  /** Reads what was remembered. `wallMs` tells the time of the wall clock. */
  static async open(dir: string, wallMs: () => number = Date.now): Promise<PowerLog> {
    const log = new PowerLog(join(dir, "power.json"), wallMs);
    try {
      const read = schema.safeParse(JSON.parse(await Deno.readTextFile(log.path)));
      const nowMs = wallMs();
      // The clock may have been set back meanwhile: what lies ahead was just now.
      log.#entries = (read.success ? read.data : []).map(({ time, action }) => ({
        atMs: Math.min(nowMs, Date.parse(time)),
        action,
      }));
    } catch {
      // There is none yet, or it is torn.
    }
    return log;
  }

  /** Those within the last hour. */
  count(): number {
    const sinceMs = this.wallMs() - POWER_WINDOW_MS;
    this.#entries = this.#entries.filter(({ atMs }) => atMs > sinceMs).slice(-MAX_ENTRIES);
    return this.#entries.length;
  }

  /** Notes one that is about to happen; resolves once it would survive it. */
  async note(action: "shutdown" | "reboot"): Promise<void> {
    this.count();
    this.#entries.push({ atMs: this.wallMs(), action });
    const entries = this.#entries.map(({ atMs, action }) => ({ time: new Date(atMs).toISOString(), action }));
    const next = `${this.path}.next`;
    {
      using file = await Deno.open(next, { create: true, write: true, truncate: true, mode: 0o600 });
      const bytes = new TextEncoder().encode(JSON.stringify(entries));
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
      await file.syncData();
    }
    await Deno.rename(next, this.path);
  }

  /** Tells each time there are fewer, until there are none or `signal` aborts. */
  async watch(tell: (count: number) => void, signal: AbortSignal): Promise<void> {
    for (let count = this.count(); count > 0 && !signal.aborted;) {
      const oldestMs = Math.min(...this.#entries.map(({ atMs }) => atMs));
      if (!await elapsed(Math.max(1_000, oldestMs + POWER_WINDOW_MS - this.wallMs() + 1), signal)) return;
      const now = this.count();
      if (now < count) tell(now);
      count = now;
    }
  }
}
