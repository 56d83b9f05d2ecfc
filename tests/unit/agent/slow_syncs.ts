/** Disks whose syncs take a while, and are counted when they have ended. */

/** Syncs that have ended. */
export interface Syncs {
  data: number;
  folder: number;
}

/** Each sync ends a moment after the disk has it; `work` sees how many have. One test at a time. */
export async function withSlowSyncs(work: (ended: Syncs) => Promise<void>): Promise<void> {
  const { syncData, sync } = Deno.FsFile.prototype;
  const ended: Syncs = { data: 0, folder: 0 };
  const slow = (real: () => Promise<void>, of: keyof Syncs) =>
    async function (this: Deno.FsFile): Promise<void> {
      await real.call(this);
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended[of]++;
    };
  Object.assign(Deno.FsFile.prototype, { syncData: slow(syncData, "data"), sync: slow(sync, "folder") });
  try {
    await work(ended);
  } finally {
    Object.assign(Deno.FsFile.prototype, { syncData, sync });
  }
}
