/**
 * A monitor of one's own: how full a file system is, and when it will be full if it goes on like this.
 *
 * Put this file into a folder `plugins` beside `cluster.yaml` and write
 *
 *     plugins:
 *       disk-space: { allow: { run: df } }
 *     monitors:
 *       dataw1: { type: disk-space, path: /var/lib/app, error: 95 }
 */

interface Context {
  options: { path: string; warning: number; error: number };
  exec(command: [string, ...string[]]): Promise<{ status: number; stdout: string; stderr: string }>;
  state: { get(): Promise<unknown>; set(value: { atMs: number; usedKb: number }): Promise<void> };
}

export default {
  kind: "monitor" as const,
  description: "Checks how full the file system of a path is.",
  options: {
    path: { type: "path" as const, required: true, description: "a path on the file system" },
    warning: { type: "integer" as const, default: 80, min: 1, max: 100, description: "used percent that is a warning" },
    error: { type: "integer" as const, default: 95, min: 1, max: 100, description: "used percent that is an error" },
  },
  defaults: { intervalMs: 60_000, timeoutMs: 10_000, retries: 0, timing: "always" as const },

  async check({ options, exec, state }: Context) {
    // A file system that hangs makes df hang: the deadline ends it, and the check is "unknown".
    const { status, stdout, stderr } = await exec(["df", "-kP", options.path]);
    const [, totalKb = 0, usedKb = 0, freeKb = 0] = (stdout.trim().split("\n").at(-1) ?? "").split(/\s+/).map(Number);
    if (status !== 0 || totalKb <= 0) {
      return { status: "unknown" as const, code: 99, message: `df says nothing of ${options.path}: ${stderr.trim()}` };
    }
    const usedPercent = Math.ceil(100 * usedKb / (usedKb + freeKb));
    const fullInHours = await trend(state, usedKb, freeKb);
    const measurements = { usedPercent, freeMb: Math.floor(freeKb / 1_024), ...fullInHours };
    const message = `${options.path} is ${usedPercent} % full`;
    if (usedPercent >= options.error) return { status: "error" as const, code: 1, message, measurements };
    if (usedPercent >= options.warning) return { status: "warning" as const, code: 1, message, measurements };
    return { status: "normal" as const, message, measurements };
  },
};

/** Hours until it is full, if it grows as it did since the check before; nothing when it does not grow. */
async function trend(state: Context["state"], usedKb: number, freeKb: number): Promise<{ fullInHours?: number }> {
  const before = await state.get() as { atMs: number; usedKb: number } | null;
  const atMs = Date.now();
  await state.set({ atMs, usedKb });
  if (before === null || usedKb <= before.usedKb || atMs <= before.atMs) return {};
  const growthPerHour = (usedKb - before.usedKb) * 3_600_000 / (atMs - before.atMs);
  return { fullInHours: Math.round(10 * freeKb / growthPerHour) / 10 };
}
