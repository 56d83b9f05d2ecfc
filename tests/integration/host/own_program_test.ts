import assert from "node:assert/strict";
import { join } from "node:path";
import { keepOwnProgram, letGoOfOwnProgram, ownProgram } from "../../../core/host/own_program.ts";

/** A folder with a program, and a link to it as the kernel has one for what runs. */
async function withProgram(body: (folder: string, state: string, exe: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-own-" });
  try {
    const [program, exe, state] = [join(folder, "baton"), join(folder, "exe"), join(folder, "state")];
    await Deno.writeTextFile(program, "#!/bin/sh\necho first\n", { mode: 0o755 });
    await Deno.symlink(program, exe);
    await Deno.mkdir(state);
    await body(folder, state, exe);
  } finally {
    await letGoOfOwnProgram();
    await Deno.remove(folder, { recursive: true });
  }
}

const run = async (program: string) =>
  new TextDecoder().decode((await new Deno.Command(program).output()).stdout).trim();

Deno.test("from source, what runs is started, whatever has become of its path", () => {
  assert.equal(ownProgram(), "/proc/self/exe");
});

Deno.test("what runs keeps a name when its file is replaced, until it is let go", () =>
  withProgram(async (folder, state, exe) => {
    await Deno.writeTextFile(join(state, "running-1-2"), "of an earlier run");
    assert.equal(await keepOwnProgram(state, { exe, needed: true }), undefined);
    await Deno.writeTextFile(join(folder, "new"), "#!/bin/sh\necho second\n", { mode: 0o755 });
    await Deno.rename(join(folder, "new"), join(folder, "baton"));
    const names = [...Deno.readDirSync(state)].map(({ name }) => name);
    assert.equal(names.length, 1, "what an earlier run has left is removed");
    assert.equal(ownProgram(), join(state, names[0]!));
    assert.equal(await run(ownProgram()), "first");
    await letGoOfOwnProgram();
    assert.deepEqual([...Deno.readDirSync(state)], []);
  }));

Deno.test("where nothing can be kept it is said", () =>
  withProgram(async (_folder, state, exe) => {
    await Deno.remove(state);
    assert.match(await keepOwnProgram(state, { exe, needed: true }) ?? "", /No such file/);
  }));
