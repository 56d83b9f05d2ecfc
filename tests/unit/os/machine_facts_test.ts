/** What tells a machine and a volume from copies, read from the files of made-up machines. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { machineFacts, mountOf } from "../../../core/os/machine_facts.ts";
import type { MachineFacts } from "../../../core/os/os.ts";
import { inFolder } from "../agent/helpers.ts";

const MOUNTS = `22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw
30 22 259:5 / /var/lib/baton rw,relatime shared:2 - xfs /dev/nvme1n1 rw
31 22 0:42 /sub /srv/with\\040space rw,relatime - btrfs /dev/nvme2n1 rw
32 22 253:0 / /lvm rw,relatime - ext4 /dev/mapper/data rw
`;

interface Files {
  [path: string]: string;
}

/** A machine with these files; `links` are from a name to what it stands for. */
async function on(
  files: Files,
  links: Files,
  work: (facts: (dir: string) => MachineFacts) => void | Promise<void>,
): Promise<void> {
  await inFolder(async (root) => {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.writeTextFile(join(root, path), text);
    }
    for (const [path, to] of Object.entries(links)) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.symlink(join(root, to), join(root, path));
    }
    await work((dir) => machineFacts(dir, root));
  });
}

const nvme = (name: string, serial: string): Files => ({ [`sys/devices/${name}/device/serial`]: `${serial}   \n` });
const skip = Deno.build.os === "windows";

Deno.test({
  name: "machine facts: the id of the instance as EC2 or cloud-init has it, and nothing that only looks like one",
  ignore: skip,
  fn: async () => {
    const tag = "sys/class/dmi/id/board_asset_tag";
    const instance = async (files: Files) => {
      let found: string | undefined;
      await on(files, {}, (facts) => void (found = facts("/var/lib/baton").instance));
      return found;
    };
    assert.equal(await instance({}), undefined);
    assert.equal(await instance({ [tag]: "i-0a1b2c3d4e5f60718\n" }), "i-0a1b2c3d4e5f60718");
    for (const other of ["", "Default string", "To be filled by O.E.M.", "i-", "x i-0a1b2c3d4e5f60718"]) {
      assert.equal(await instance({ [tag]: other }), undefined, other);
    }
    const now = { "run/cloud-init/.instance-id": "i-0bbbbbbbb\n", "var/lib/cloud/data/instance-id": "i-0cccccccc" };
    assert.equal(await instance(now), "i-0bbbbbbbb", "of this boot, not of the image");
    assert.equal(await instance({ ...now, "run/cloud-init/.instance-id": "iid-datasource-none" }), "i-0cccccccc");
  },
});

Deno.test({
  name:
    "machine facts: what the hypervisor and the installation say is a fingerprint, and what nobody filled in is nothing",
  ignore: skip,
  fn: async () => {
    const uuid = "sys/class/dmi/id/product_uuid";
    await on({ [uuid]: "ec2a0b1c-0000-1111\n", "etc/machine-id": `${"a".repeat(32)}\n` }, {}, (facts) => {
      const found = facts("/");
      assert.match(found.uuid!, /^[0-9a-f]{16}$/);
      assert.match(found.installation!, /^[0-9a-f]{16}$/);
      assert.notEqual(found.uuid, found.installation);
    });
    await on(
      { [uuid]: "00000000-0000-0000-0000-000000000000", "etc/machine-id": "uninitialized" },
      {},
      (facts) => assert.deepEqual(facts("/"), {}),
    );
  },
});

Deno.test({
  name:
    "machine facts: the disks under a folder, behind partitions, logical volumes and file systems with numbers of their own",
  ignore: skip,
  fn: () =>
    on(
      {
        "proc/self/mountinfo": MOUNTS,
        ...nvme("nvme0n1", "vol0aaa"),
        "sys/devices/nvme0n1/nvme0n1p1/partition": "1\n",
        ...nvme("nvme1n1", "vol0bbb"),
        ...nvme("nvme2n1", "vol0ccc"),
        "sys/devices/dm-0/dm/name": "data",
      },
      {
        "sys/dev/block/259:2": "sys/devices/nvme0n1/nvme0n1p1",
        "sys/dev/block/259:5": "sys/devices/nvme1n1",
        "sys/class/block/nvme2n1": "sys/devices/nvme2n1",
        "sys/dev/block/253:0": "sys/devices/dm-0",
        "sys/devices/dm-0/slaves/nvme1n1": "sys/devices/nvme1n1",
        "sys/devices/dm-0/slaves/nvme0n1p1": "sys/devices/nvme0n1/nvme0n1p1",
      },
      (facts) => {
        const [a] = facts("/home").volumes!;
        const [b] = facts("/var/lib/baton").volumes!;
        const [c] = facts("/srv/with space/state").volumes!;
        assert.equal(new Set([a, b, c]).size, 3);
        assert.deepEqual(facts("/var/lib/baton/deeper").volumes, [b]);
        assert.deepEqual(facts("/var/lib/batonic").volumes, [a], "a name that only begins alike is another folder");
        assert.deepEqual(new Set(facts("/lvm/state").volumes), new Set([a, b]));
      },
    ),
});

Deno.test("the mount of a folder is the nearest, and the latest at its place", () => {
  const twice = `${MOUNTS}40 22 259:7 / / rw - ext4 /dev/nvme9n1 rw\n`;
  assert.equal(mountOf("/home", twice)?.number, "259:7");
  assert.equal(mountOf("/var/lib/baton", twice)?.source, "/dev/nvme1n1");
  assert.equal(mountOf("/home", ""), undefined);
});
