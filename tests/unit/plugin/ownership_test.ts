import assert from "node:assert/strict";
import { join } from "node:path";
import { type Account, exposed, exposedAs } from "../../../core/plugin/ownership.ts";

const SELF: Account = { uid: Deno.uid(), gid: Deno.gid() };
const ROOT: Account = { uid: 0, gid: 0 };

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-owner-" });
  try {
    await body(await Deno.realPath(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const FILE = { isDirectory: false, isSymlink: false };
const FOLDER = { isDirectory: true, isSymlink: false };
const cases: [string, Parameters<typeof exposedAs>[1], Account, RegExp | undefined][] = [
  ["root's own", { uid: 0, gid: 0, mode: 0o100644, ...FILE }, ROOT, undefined],
  ["root's, for an account", { uid: 0, gid: 0, mode: 0o100644, ...FILE }, { uid: 1000, gid: 1000 }, undefined],
  ["an account's own, with its own group", { uid: 7, gid: 7, mode: 0o100664, ...FILE }, { uid: 7, gid: 7 }, undefined],
  [
    "another's",
    { uid: 4242, gid: 0, mode: 0o100600, ...FILE },
    ROOT,
    /uid 4242 and has the mode 0600: who may.*chown root \/x/,
  ],
  ["another's link", { uid: 4242, gid: 0, mode: 0o120777, ...FILE, isSymlink: true }, ROOT, /chown -h root \/x/],
  ["our link", { uid: 0, gid: 0, mode: 0o120777, ...FILE, isSymlink: true }, ROOT, undefined],
  ["everybody's", { uid: 0, gid: 0, mode: 0o100666, ...FILE }, ROOT, /mode 0666: everybody.*chmod go-w \/x/],
  ["a group's", { uid: 0, gid: 50, mode: 0o100664, ...FILE }, ROOT, /the group 50 may.*chmod g-w \/x/],
  ["root's group's", { uid: 0, gid: 0, mode: 0o100664, ...FILE }, ROOT, undefined],
  ["a folder of everybody's", { uid: 0, gid: 0, mode: 0o40777, ...FOLDER }, ROOT, /mode 0777: everybody/],
  ["a sticky folder of everybody's", { uid: 0, gid: 0, mode: 0o41777, ...FOLDER }, ROOT, undefined],
];
for (const [what, info, self, wanted] of cases) {
  Deno.test(`ownership: ${what} is ${wanted === undefined ? "fine" : "refused with what mends it"}`, () => {
    const found = exposedAs("/x", info, self);
    if (wanted === undefined) assert.equal(found, undefined);
    else assert.match(`${found?.message}; ${found?.remedy}`, wanted);
  });
}

Deno.test("ownership: a file is as safe as the folders and links on the way to it", () =>
  inFolder(async (folder) => {
    const file = join(folder, "a", "b", "file");
    await Deno.mkdir(join(folder, "a", "b"), { recursive: true });
    await Deno.writeTextFile(file, "");
    await Deno.symlink(join(folder, "a"), join(folder, "link"));
    const linked = join(folder, "link", "b", "file");
    for (const path of [file, linked]) assert.equal(await exposed(path, SELF), undefined);
    assert.equal(await exposed(join(folder, "none"), SELF), undefined);
    await Deno.chmod(join(folder, "a"), 0o777);
    for (const path of [file, linked]) {
      const found = await exposed(path, SELF);
      assert.equal(found?.remedy, `chmod go-w ${join(folder, "a")}`);
    }
    await Deno.chmod(join(folder, "a"), 0o755);
    await Deno.chmod(file, 0o666);
    for (const path of [file, linked]) {
      assert.match((await exposed(path, SELF))?.message ?? "", /file belongs to .* 0666/);
    }
  }));

Deno.test("ownership: links that go round in circles end", () =>
  inFolder(async (folder) => {
    await Deno.symlink(join(folder, "b"), join(folder, "a"));
    await Deno.symlink(join(folder, "a"), join(folder, "b"));
    // Both were looked at, and there is no file.
    assert.equal(await exposed(join(folder, "a"), SELF), undefined);
  }));
