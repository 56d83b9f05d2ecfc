/** Memory of a process, in megabytes (10^6 bytes). */
export interface Memory {
  /** Resident. */
  rssMb: number;
  /** Resident, what is shared with other processes divided by how many share it. */
  pssMb: number;
  /** Its own, backed by no file: heap and stacks. */
  anonymousMb: number;
}

/** Reads what the kernel says of the process now. */
export async function memoryOf(pid: number): Promise<Memory> {
  const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  const mb = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(text)?.[1]) * 1_024 / 1e6;
  return { rssMb: mb("Rss"), pssMb: mb("Pss"), anonymousMb: mb("Anonymous") };
}

/** One line. */
export function describeMemory({ rssMb, pssMb, anonymousMb }: Memory): string {
  return `RSS ${rssMb.toFixed(0)} MB, PSS ${pssMb.toFixed(0)} MB, anonymous ${anonymousMb.toFixed(0)} MB`;
}
