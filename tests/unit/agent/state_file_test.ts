import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { type DurableState, emptyDurableState } from "../../../core/cluster/durable.ts";
import { StateError, StateFile } from "../../../core/agent/state_file.ts";
import { inFolder } from "./helpers.ts";

const OWNER = { cluster: "c", server: "server1" };

function stateOf(epoch: number): DurableState {
  return {
    ...emptyDurableState(),
    registers: { g: { epoch, holder: "server1", won: true, released: false } },
    intents: { g: { version: epoch, run: true, by: "Zoë" } },
  };
}

/** Opens, works, closes. */
async function using<T>(dir: string, work: (file: StateFile) => Promise<T>, owner = OWNER): Promise<T> {
  const file = await StateFile.open(dir, owner);
  try {
    return await work(file);
  } finally {
    file.close();
  }
}

const recall = (dir: string) => using(dir, (file) => file.recall());

/** Two states, one after the other; returns the bytes of the latest file. */
async function saveTwo(dir: string): Promise<Uint8Array<ArrayBuffer>> {
  await using(dir, async (file) => {
    await file.save(stateOf(1));
    await file.save(stateOf(2));
  });
  return await Deno.readFile(join(dir, "state.json"));
}

Deno.test("a first start has no memory and nothing to complain about", () =>
  inFolder(async (dir) => {
    assert.deepEqual(await recall(join(dir, "deep", "new")), {
      state: emptyDurableState(),
      remembers: false,
      complaints: [],
    });
  }));

Deno.test("what was saved last is recalled", () =>
  inFolder(async (dir) => {
    await saveTwo(dir);
    assert.deepEqual(await recall(dir), { state: stateOf(2), remembers: true, complaints: [] });
  }));

Deno.test("a file that ends anywhere is named, set aside and survived with the copy, which is not a memory", async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 0.999, noNaN: true }), (part) =>
      inFolder(async (dir) => {
        const bytes = await saveTwo(dir);
        await Deno.writeFile(join(dir, "state.json"), bytes.subarray(0, Math.floor(bytes.length * part)));
        const { state, remembers, complaints } = await recall(dir);
        assert.deepEqual(state, stateOf(1));
        assert.equal(remembers, false);
        assert.equal(complaints.length, 1);
        assert.match(complaints[0]!, /state\.json is torn/);
        assert.equal((await Deno.stat(join(dir, "state.json.torn"))).isFile, true);
      })),
    { numRuns: 40 },
  );
});

Deno.test("a byte that has changed anywhere never passes for the state that was saved", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, change) =>
      inFolder(async (dir) => {
        const bytes = await saveTwo(dir);
        bytes[at % bytes.length]! ^= change;
        await Deno.writeFile(join(dir, "state.json"), bytes);
        try {
          const { state, remembers, complaints } = await recall(dir);
          // A change that leaves the meaning is none: a letter of `format` in another case, a space.
          if (remembers) assert.deepEqual(state, stateOf(2));
          else {
            assert.deepEqual(state, stateOf(1));
            assert.equal(complaints.length, 1);
          }
        } catch (error) {
          assert.ok(error instanceof StateError, String(error));
          assert.match(error.message, /belongs to/);
        }
      })),
    { numRuns: 60 },
  );
});

Deno.test("what is JSON but no state is survived as well", () =>
  inFolder(async (dir) => {
    for (const text of ["null", "7", "[]", "{}", '{"format":2}', "", "\0\0\0\0"]) {
      await saveTwo(dir);
      await Deno.writeTextFile(join(dir, "state.json"), text);
      const { state, remembers, complaints } = await recall(dir);
      assert.deepEqual(state, stateOf(1), text);
      assert.equal(remembers, false);
      assert.equal(complaints.length, 1);
    }
  }));

Deno.test("with both files torn there is no memory, and both are named", () =>
  inFolder(async (dir) => {
    await saveTwo(dir);
    for (const name of ["state.json", "state.before.json"]) await Deno.writeTextFile(join(dir, name), "{");
    const { state, remembers, complaints } = await recall(dir);
    assert.deepEqual(state, emptyDurableState());
    assert.equal(remembers, false);
    assert.equal(complaints.length, 2);
  }));

Deno.test("after a torn file the copy stays until a new state is written whole", () =>
  inFolder(async (dir) => {
    await saveTwo(dir);
    await Deno.writeTextFile(join(dir, "state.json"), "{");
    await using(dir, async (file) => {
      await file.recall();
      // A folder in the way of the rename is a crash right before it.
      await Deno.mkdir(join(dir, "state.json"));
      await assert.rejects(file.save(stateOf(3)));
    });
    await Deno.remove(join(dir, "state.json"));
    assert.deepEqual((await recall(dir)).state, stateOf(1));
  }));

Deno.test("a crash between writing and renaming leaves the state before", () =>
  inFolder(async (dir) => {
    await saveTwo(dir);
    await Deno.writeTextFile(join(dir, "state.next.json"), '{"format":1,"half');
    assert.deepEqual(await recall(dir), { state: stateOf(2), remembers: true, complaints: [] });
    await using(dir, (file) => file.save(stateOf(3)));
    assert.deepEqual((await recall(dir)).state, stateOf(3));
  }));

Deno.test("a crash right after the copy was made does not keep the next states from being saved", () =>
  inFolder(async (dir) => {
    await saveTwo(dir);
    await Deno.remove(join(dir, "state.before.json"));
    await Deno.link(join(dir, "state.json"), join(dir, "state.before.json"));
    await using(dir, async (file) => {
      await file.save(stateOf(3));
      await file.save(stateOf(4));
    });
    assert.deepEqual((await recall(dir)).state, stateOf(4));
    await Deno.remove(join(dir, "state.json"));
    assert.deepEqual((await recall(dir)).state, stateOf(3));
  }));

Deno.test("the memory of another server, or of another cluster, is refused with both names", () =>
  inFolder(async (dir) => {
    await saveTwo(dir);
    for (const owner of [{ cluster: "c", server: "server2" }, { cluster: "d", server: "server1" }]) {
      await assert.rejects(
        using(dir, (file) => file.recall(), owner),
        (error: Error) =>
          error instanceof StateError &&
          error.message.includes(`belongs to server1 of the cluster c, not to ${owner.server} of ${owner.cluster}`),
      );
    }
  }));

Deno.test("a second agent with the same folder is refused while the first lives", () =>
  inFolder(async (dir) => {
    const first = await StateFile.open(dir, OWNER);
    await assert.rejects(StateFile.open(dir, OWNER), /another agent is running with the state folder/);
    first.close();
    (await StateFile.open(dir, OWNER)).close();
  }));

Deno.test("an agent of another process holds its folder until it dies, however it dies", () =>
  inFolder(async (dir) => {
    const module = new URL("../../../core/agent/state_file.ts", import.meta.url).href;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `const { StateFile } = await import(${JSON.stringify(module)});
         await StateFile.open(${JSON.stringify(dir)}, ${JSON.stringify(OWNER)});
         await Deno.stdout.write(new TextEncoder().encode("held"));
         await new Promise((resolve) => setTimeout(resolve, 20_000));`,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    try {
      assert.equal(new TextDecoder().decode((await reader.read()).value), "held");
      await assert.rejects(StateFile.open(dir, OWNER), /stop it first/);
    } finally {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    }
    (await StateFile.open(dir, OWNER)).close();
  }));

Deno.test({
  name: "nobody else can read the state",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (dir) => {
      const folder = join(dir, "state");
      await saveTwo(folder);
      assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
      for await (const { name } of Deno.readDir(folder)) {
        assert.equal((await Deno.stat(join(folder, name))).mode! & 0o777, 0o600, name);
      }
    }),
});

Deno.test("a folder that can't be made is named together with what would be right", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(join(dir, "file"), "");
    await assert.rejects(
      StateFile.open(join(dir, "file"), OWNER),
      (error: Error) => error instanceof StateError && error.message.includes(join(dir, "file")),
    );
  }));

Deno.test({
  name:
    "a write that a slow disk still holds keeps the next agent out, and nothing is written after the folder was let go",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (dir) => {
      const first = await StateFile.open(dir, OWNER);
      await first.save(stateOf(1));
      const next = join(dir, "state.next.json");
      // Opening a pipe takes until somebody reads it.
      assert.ok((await new Deno.Command("mkfifo", { args: [next] }).output()).success);
      const held = assert.rejects(first.save(stateOf(2)), /Invalid argument/);
      first.close();
      await assert.rejects(StateFile.open(dir, OWNER), /another agent is running with the state folder/);
      await assert.rejects(first.save(stateOf(3)), /was let go/);
      assert.match(await Deno.readTextFile(next), /"epoch":2/);
      await held;
      await Deno.remove(next);
      await using(dir, async (second) => {
        assert.deepEqual((await second.recall()).state, stateOf(1));
        await second.save(stateOf(7));
      });
      assert.deepEqual((await recall(dir)).state, stateOf(7));
    }),
});

Deno.test("a state that came here from another machine is no memory, until this one has written its own", () =>
  inFolder(async (dir) => {
    const [old, here] = [{ ...OWNER, machine: "i-0aaaaaaaa" }, { ...OWNER, machine: "i-0bbbbbbbb" }];
    await using(dir, (file) => file.save(stateOf(1)), old);
    assert.equal((await using(dir, (file) => file.recall(), old)).remembers, true);
    // Where this machine can't be told, nothing is concluded.
    assert.equal((await recall(dir)).remembers, true);
    const { state, remembers, complaints } = await using(dir, (file) => file.recall(), here);
    assert.deepEqual({ state, remembers }, { state: stateOf(1), remembers: false });
    assert.match(complaints.join(), /state\.json was written on i-0aaaaaaaa, and this is i-0bbbbbbbb/);
    await using(dir, (file) => file.save(stateOf(2)), here);
    assert.deepEqual(await using(dir, (file) => file.recall(), here), {
      state: stateOf(2),
      remembers: true,
      complaints: [],
    });
  }));
