/**
 * What tells a machine from a copy of it, and a volume from an older one: read from the kernel and from what the cloud has
 * left on the machine, so that no service has to answer. What identifies is kept as a fingerprint.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { MachineFacts } from "./os.ts";

/** Where EC2 writes the id of an instance; Nitro only, and readable by everybody. */
const ASSET_TAG = "sys/class/dmi/id/board_asset_tag";
/** What cloud-init found at this boot, then at the latest one: on Xen too, and in containers of the instance. */
const CLOUD_INIT = ["run/cloud-init/.instance-id", "var/lib/cloud/data/instance-id"];
/** What the hypervisor gave this machine; another one for each copy. The first is for root to read. */
const UUIDS = ["sys/class/dmi/id/product_uuid", "sys/hypervisor/uuid", "proc/device-tree/vm,uuid"];
/** Made when a system is installed, or when an image starts for the first time. */
const INSTALLATIONS = ["etc/machine-id", "var/lib/dbus/machine-id"];
/** Where a disk says its serial number, the id of the volume on EC2: NVMe, virtio, SCSI. */
const SERIALS = ["device/serial", "serial", "wwid", "device/wwid"];
/** Volumes below volumes (LVM, RAID, encryption), at most so deep. */
const MAX_DEPTH = 8;

/** The facts of this machine and of the volume under `dir`. What can't be read is left out. */
export function machineFacts(dir: string, root = "/"): MachineFacts {
  const instance = [ASSET_TAG, ...CLOUD_INIT].map((path) => idOf(read(root, path))).find((id) => id !== undefined);
  const uuid = first(root, UUIDS, (text) => !/^[0f-]*$/i.test(text));
  const installation = first(root, INSTALLATIONS, (text) => /^[0-9a-f]{32}$/i.test(text));
  const volumes = volumesUnder(dir, root);
  return {
    ...(instance === undefined ? {} : { instance }),
    ...(uuid === undefined ? {} : { uuid: fingerprint(uuid) }),
    ...(installation === undefined ? {} : { installation: fingerprint(installation) }),
    ...(volumes.length === 0 ? {} : { volumes: volumes.map(fingerprint) }),
  };
}

function idOf(text: string | undefined): string | undefined {
  return /^i-[0-9a-f]{8,17}$/.exec(text ?? "")?.[0];
}

function first(root: string, paths: readonly string[], good: (text: string) => boolean): string | undefined {
  return paths.map((path) => read(root, path)).find((text) => text !== undefined && text !== "" && good(text));
}

/** The serial numbers of the disks on which `dir` lies. */
function volumesUnder(dir: string, root: string): string[] {
  const mount = mountOf(dir, read(root, "proc/self/mountinfo") ?? "");
  if (!mount) return [];
  // Some file systems (btrfs) have a number of their own instead of that of their device.
  const paths = [`sys/dev/block/${mount.number}`, `sys/class/block/${mount.source.split("/").at(-1)}`];
  for (const path of paths) {
    const device = real(join(root, path));
    if (device !== undefined) return [...new Set(serialsOf(device, 0))].sort();
  }
  return [];
}

/** The mount under `dir`: of several the one that is nearest, and of those at one place the latest. */
export function mountOf(dir: string, mountinfo: string): { number: string; source: string } | undefined {
  let found: { place: string; number: string; source: string } | undefined;
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , number = "", , escaped = ""] = before.split(" ");
    const place = unescaped(escaped);
    const [, source = ""] = after.split(" ");
    if (number === "" || !(dir === place || dir.startsWith(place.endsWith("/") ? place : `${place}/`))) continue;
    if (!found || place.length >= found.place.length) found = { place, number, source: unescaped(source) };
  }
  return found && { number: found.number, source: found.source };
}

function serialsOf(device: string, depth: number): string[] {
  if (depth >= MAX_DEPTH) return [];
  const below = names(join(device, "slaves"));
  if (below.length > 0) {
    return below.flatMap((name) => {
      const slave = real(join(device, "slaves", name));
      return slave === undefined ? [] : serialsOf(slave, depth + 1);
    });
  }
  // A partition lies in the folder of its disk.
  const disk = read(device, "partition") === undefined ? device : join(device, "..");
  const serial = SERIALS.map((path) => read(disk, path)).find((text) => text !== undefined && text !== "");
  return serial === undefined ? [] : [serial];
}

function fingerprint(text: string): string {
  return createHash("sha256").update(`Baton knows this machine\0${text}`).digest("hex").slice(0, 16);
}

function read(root: string, path: string): string | undefined {
  try {
    return Deno.readTextFileSync(join(root, path)).replaceAll("\0", "").trim();
  } catch {
    // Not there, or not for everybody to read.
    return undefined;
  }
}

function real(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

function names(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** As the kernel writes names with spaces in them. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
