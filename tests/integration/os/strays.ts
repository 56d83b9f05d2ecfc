/** Real processes of a group, as stubborn as they come. All ignore SIGTERM; none lives longer than half a minute. */
import { join } from "node:path";
import { exec } from "../../../core/os/exec.ts";
import { MARK_VARIABLE } from "../../../core/os/marked_processes.ts";
import { until } from "./until.ts";

/** Every kind has its own way to lose those who started it. */
const KINDS = ["child", "daemon", "bare child", "child of a daemon", "escaped"] as const;

const SCRIPT = `trap '' TERM HUP
sh -c 'trap "" TERM; echo $$ >"$0"; sleep 30 & wait' "$1/child" &
setsid sh -c 'trap "" TERM; echo $$ >"$0"; sleep 30 & wait' "$1/daemon" &
env -i "$(command -v sh)" -c 'trap "" TERM; echo $$ >"$0"; /bin/sleep 30 & wait' "$1/bare child" &
setsid sh -c 'trap "" TERM
  setsid env -i /bin/sh -c "echo \\$\\$ >\\"\\$0\\"; /bin/sleep 30 & wait" "$0/child of a daemon" & wait' "$1" &
# With no environment, in a session of its own, and its parent gone: nobody's.
env -i /bin/sh -c 'setsid /bin/sh -c "echo \\$\\$ >\\"\\$0\\"; exec /bin/sleep 30" "$0" & exit' "$1/escaped"
exit 0
`;

/** Starts them all with the mark and lets their parent end; resolves with their process ids by kind. */
export async function startStrays(folder: string, mark: string): Promise<Map<string, number>> {
  const command = ["sh", "-c", SCRIPT, "strays", folder] as const;
  await exec(command, { env: { [MARK_VARIABLE]: mark }, signal: AbortSignal.timeout(10_000) });
  const pids = new Map<string, number>();
  for (const kind of KINDS) {
    pids.set(
      kind,
      await until(async () => Number(await Deno.readTextFile(join(folder, kind)).catch(() => "")) || undefined),
    );
  }
  return pids;
}

/** Which of them run. */
export async function running(pids: ReadonlyMap<string, number>): Promise<string[]> {
  const run: string[] = [];
  for (const [kind, pid] of pids) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
    if (/^State:\s+[^Z\s]/m.test(status)) run.push(kind);
  }
  return run;
}

/** Ends what a test has left, its sleeping children with it. */
export async function endStrays(pids: ReadonlyMap<string, number>): Promise<void> {
  for (const pid of pids.values()) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has been ended already, as it should be.
    }
  }
  await until(async () => (await running(pids)).length === 0 ? true : undefined);
}
