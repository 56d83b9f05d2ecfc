/**
 * A resource of one's own: a file system that is mounted where the group is. For shared disks: EBS with Multi-Attach or
 * iSCSI. A file system that two servers mount at once is lost, so use it only with a fence.
 *
 *     plugins:
 *       mount: { allow: { run: [mount, umount, findmnt] } }
 *     groups:
 *       db:
 *         resources:
 *           data1: { type: mount, device: /dev/nvme1n1, path: /var/lib/pgsql, fsType: xfs }
 */

interface Options {
  device: string;
  path: string;
  fsType: string;
  mountOptions: string[];
}

interface Context {
  options: Options;
  signal: AbortSignal;
  exec(command: [string, ...string[]]): Promise<{ status: number; stdout: string; stderr: string }>;
}

/** The path is `$0`, so nothing of `cluster.yaml` is text of the shell. */
const UNMOUNT = 'mountpoint -q "$0" || exit 0; exec umount "$0"';

export default {
  kind: "resource" as const,
  description: "Mounts a file system on the server that carries the group.",
  claims: [
    { what: "mount point", options: ["path"], within: "server" as const },
    { what: "block device", options: ["device"], within: "server" as const },
  ],
  options: {
    device: { type: "string" as const, required: true, description: "the block device, such as /dev/nvme1n1" },
    path: { type: "path" as const, required: true, description: "where it is mounted; the folder has to exist" },
    fsType: { type: "string" as const, required: true, description: "its type, such as xfs or ext4" },
    mountOptions: { type: "strings" as const, default: ["defaults"], description: "options of mount, such as noatime" },
  },
  defaults: { activateTimeoutMs: 60_000, deactivateTimeoutMs: 60_000, activateRetries: 0 },

  async activate(context: Context) {
    const { device, path, fsType, mountOptions } = context.options;
    const found = await mountedAt(context);
    if (found === device) return;
    if (found !== undefined) throw new Error(`${path} has ${found} mounted, not ${device}`);
    await run(context, ["mount", "-t", fsType, "-o", mountOptions.join(","), "--", device, path]);
  },

  async deactivate(context: Context) {
    const { device, path } = context.options;
    const found = await mountedAt(context);
    // Only its own: somebody else's file system stays.
    if (found === undefined || found !== device) return;
    await run(context, ["umount", "--", path]);
  },

  guard: ({ options }: Context) => Promise.resolve([["sh", "-c", UNMOUNT, options.path]] as [string, ...string[]][]),

  /** Whoever still uses it keeps it from being unmounted. */
  kill: ({ options }: Context) => Promise.resolve([["fuser", "-km", options.path]] as [string, ...string[]][]),
};

async function mountedAt(context: Context): Promise<string | undefined> {
  context.signal.throwIfAborted();
  const { status, stdout } = await context.exec([
    "findmnt",
    "--noheadings",
    "--first-only",
    "--output",
    "SOURCE",
    "--mountpoint",
    context.options.path,
  ]);
  return status === 0 ? stdout.trim().split("\n")[0] : undefined;
}

async function run(context: Context, command: [string, ...string[]]): Promise<void> {
  const { status, stderr } = await context.exec(command);
  if (status !== 0) throw new Error(`${command[0]} ended with status ${status}: ${stderr.trim().slice(0, 300)}`);
}
