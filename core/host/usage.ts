/** What a process uses. */
export interface Usage {
  memoryMb: number;
  /** Processor time since its start, in milliseconds. */
  cpuMs: number;
}

/** Clock ticks of `/proc` in a second: fixed by Linux for user space. */
const TICKS = 100;

/** What the process uses now; undefined where that can't be found out, or it has ended. */
export async function usageOf(pid: number, proc = "/proc"): Promise<Usage | undefined> {
  try {
    // One after the other: where the first fails, no second read is left behind.
    const status = await Deno.readTextFile(`${proc}/${pid}/status`);
    const stat = await Deno.readTextFile(`${proc}/${pid}/stat`);
    const kb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN);
    // The name is in brackets and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    if (!Number.isFinite(kb) || !Number.isFinite(ticks)) return undefined;
    return { memoryMb: Math.round(kb / 1024), cpuMs: Math.round(ticks * 1_000 / TICKS) };
  } catch {
    return undefined;
  }
}
