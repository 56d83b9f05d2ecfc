import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { type DurableState, emptyDurableState } from "../../../core/cluster/durable.ts";
import { StateError, StateFile } from "../../../core/agent/state_file.ts";
import { eventually, inFolder } from "../../unit/agent/helpers.ts";
import { withSlowSyncs } from "../../unit/agent/slow_syncs.ts";
import type { MachineFacts } from "../../../core/os/os.ts";
import { lacks } from "../../needs.ts";

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
    await file.close();
  }
}

const recall = (dir: string) => using(dir, (file) => file.recall());

const FILES = ["state.json", "state.before.json"] as const;

/** Three states, one after the other. */
async function saveThree(dir: string): Promise<void> {
  await using(dir, async (file) => {
    for (const epoch of [1, 2, 3]) await file.save(stateOf(epoch));
    // The second file is made the same by nobody who is waited for.
    await eventually("both files the same", async () => {
      const [one, two] = await Promise.all(FILES.map((name) => Deno.readTextFile(join(dir, name))));
      return one === two;
    });
  });
}

/** As if the power had failed right after a state was synced, before the other file got it. */
async function saveUneven(dir: string): Promise<{ latest: string; before: string }> {
  await using(dir, async (file) => {
    await file.save(stateOf(2));
    await file.save(stateOf(3));
  });
  const [before, latest] = FILES.map((name) => join(dir, name)) as [string, string];
  assert.notEqual(await Deno.readTextFile(latest), await Deno.readTextFile(before));
  return { latest, before };
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
    await saveThree(dir);
    assert.deepEqual(await recall(dir), { state: stateOf(3), remembers: true, complaints: [] });
  }));

Deno.test("of two files that differ the later one is the memory", () =>
  inFolder(async (dir) => {
    await saveUneven(dir);
    assert.deepEqual(await recall(dir), { state: stateOf(3), remembers: true, complaints: [] });
  }));

Deno.test("a state goes into the file that does not have the latest, so an interrupted write costs nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 0.999, noNaN: true }), (part) =>
      inFolder(async (dir) => {
        const { latest, before } = await saveUneven(dir);
        const bytes = await Deno.readFile(latest);
        await Deno.writeFile(before, bytes.subarray(0, Math.floor(bytes.length * part)));
        const { state, remembers, complaints } = await recall(dir);
        assert.deepEqual(state, stateOf(3));
        assert.equal(remembers, true);
        assert.equal(complaints.length, 1);
        assert.match(complaints[0]!, /state\.json is torn/);
        assert.equal((await Deno.stat(`${before}.torn`)).isFile, true);
        await using(dir, (file) => file.save(stateOf(4)));
        assert.deepEqual((await recall(dir)).state, stateOf(4));
      })),
    { numRuns: 40 },
  );
});

Deno.test("a byte that has changed anywhere in either file never passes for the state that was saved", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...FILES),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (name, at, change) =>
        inFolder(async (dir) => {
          await saveThree(dir);
          const bytes = await Deno.readFile(join(dir, name));
          bytes[at % bytes.length]! ^= change;
          await Deno.writeFile(join(dir, name), bytes);
          try {
            const { state } = await recall(dir);
            assert.deepEqual(state, stateOf(3));
          } catch (error) {
            assert.ok(error instanceof StateError, String(error));
            assert.match(error.message, /belongs to/);
          }
        }),
    ),
    { numRuns: 60 },
  );
});

Deno.test("what no interrupted write explains may have been a later state: there is a state, but no memory", () =>
  inFolder(async (dir) => {
    for (const text of ["null", "7", "[]", "{}", '{"format":2}']) {
      await saveThree(dir);
      await Deno.writeTextFile(join(dir, "state.json"), text);
      const { state, remembers, complaints } = await recall(dir);
      assert.deepEqual(state, stateOf(3), text);
      assert.equal(remembers, false);
      assert.equal(complaints.length, 1);
    }
    await saveThree(dir);
    await Deno.remove(join(dir, "state.before.json"));
    const { state, remembers, complaints } = await recall(dir);
    assert.deepEqual([state, remembers], [stateOf(3), false]);
    assert.match(complaints.join(), /state\.before\.json is missing: it may have had a later state/);
  }));

Deno.test("with both files torn there is no memory, and both are named", () =>
  inFolder(async (dir) => {
    await saveThree(dir);
    for (const name of FILES) await Deno.writeTextFile(join(dir, name), "{");
    const { state, remembers, complaints } = await recall(dir);
    assert.deepEqual(state, emptyDurableState());
    assert.equal(remembers, false);
    assert.equal(complaints.length, 2);
  }));

Deno.test("a crash right after the very first state was synced leaves a memory", () =>
  inFolder(async (dir) => {
    await using(dir, (file) => file.save(stateOf(1)));
    assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name).sort(), ["lock", "state.json"]);
    assert.deepEqual(await recall(dir), { state: stateOf(1), remembers: true, complaints: [] });
  }));

Deno.test("a state that can't be written leaves the one before, and is said", () =>
  inFolder(async (dir) => {
    const { latest, before } = await saveUneven(dir);
    await using(dir, async (file) => {
      await file.recall();
      await Deno.remove(before);
      await Deno.mkdir(before);
      await assert.rejects(file.save(stateOf(4)));
    });
    await Deno.remove(before);
    await Deno.copyFile(latest, before);
    assert.deepEqual((await recall(dir)).state, stateOf(3));
  }));

Deno.test("the memory of another server, or of another cluster, is refused with both names", () =>
  inFolder(async (dir) => {
    await saveThree(dir);
    for (const owner of [{ cluster: "c", server: "server2" }, { cluster: "d", server: "server1" }]) {
      await assert.rejects(
        using(dir, (file) => file.recall(), owner),
        (error: Error) =>
          error instanceof StateError &&
          error.message.includes(`belongs to server1 of the cluster c, not to ${owner.server} of ${owner.cluster}`),
      );
    }
  }));

Deno.test("a state is saved when the disk has it, and the first one when its folder has it too", () =>
  inFolder((dir) =>
    withSlowSyncs((ended) =>
      using(dir, async (file) => {
        for (const [epoch, data, folder] of [[1, 1, 1], [2, 2, 2], [3, 3, 2]] as const) {
          await file.save(stateOf(epoch));
          assert.deepEqual(ended, { data, folder: Deno.build.os === "windows" ? 0 : folder });
        }
      })
    )
  ));

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
      await saveThree(folder);
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
      await eventually("the other file", () => Deno.stat(join(dir, FILES[1])).then(() => true, () => false));
      const next = join(dir, FILES[1]);
      await Deno.remove(next);
      // Opening a pipe takes until somebody reads it.
      assert.ok((await new Deno.Command("mkfifo", { args: [next] }).output()).success);
      const held = assert.rejects(first.save(stateOf(2)), /Invalid argument/);
      void first.close();
      await assert.rejects(StateFile.open(dir, OWNER), /another agent is running with the state folder/);
      await assert.rejects(first.save(stateOf(3)), /was let go/);
      assert.match(await Deno.readTextFile(next), /"epoch":2/);
      await held;
      await first.close();
      await Deno.remove(next);
      await using(dir, async (second) => {
        assert.deepEqual((await second.recall()).state, stateOf(1));
        await second.save(stateOf(7));
      });
      assert.deepEqual((await recall(dir)).state, stateOf(7));
    }),
});

Deno.test("a state that came here with an image, a snapshot or a replaced volume is no memory, until one was written here", () =>
  inFolder(async (dir) => {
    const on = async <T>(facts: MachineFacts, work: (file: StateFile) => Promise<T>): Promise<T> => {
      const file = await StateFile.open(dir, OWNER, () => facts);
      try {
        return await work(file);
      } finally {
        await file.close();
      }
    };
    const recallOn = (facts: MachineFacts) => on(facts, (file) => file.recall());
    const old: MachineFacts = { instance: "i-0aaaaaaaa", uuid: "u1", installation: "m1", volumes: ["v1", "v2"] };
    await on(old, (file) => file.save(stateOf(1)));
    const same: MachineFacts[] = [
      old,
      // A weaker sign changes nothing where a stronger one is the same.
      { ...old, uuid: "u2", installation: "m2" },
      { ...old, volumes: ["v2", "v3"] },
      { uuid: "u1", installation: "m2", volumes: ["v1"] },
      { installation: "m1" },
      { volumes: ["v1"] },
    ];
    for (const facts of same) assert.equal((await recallOn(facts)).remembers, true, JSON.stringify(facts));
    const others: [MachineFacts, RegExp][] = [
      [{ ...old, instance: "i-0bbbbbbbb" }, /state\.json was written on i-0aaaaaaaa, and this is i-0bbbbbbbb/],
      [{ uuid: "u2", installation: "m1", volumes: ["v1"] }, /on another machine \(by what its hypervisor calls it\)/],
      [{ installation: "m2" }, /on another machine \(by its machine-id\)/],
      [{ ...old, volumes: ["v3"] }, /on another volume than it lies on/],
      [{}, /it may be another one/],
    ];
    for (const [facts, why] of others) {
      const { state, remembers, complaints } = await recallOn(facts);
      assert.deepEqual({ state, remembers }, { state: stateOf(1), remembers: false });
      assert.match(complaints.join(), why);
    }
    const here = { ...old, instance: "i-0bbbbbbbb" };
    await on(here, (file) => file.save(stateOf(2)));
    assert.deepEqual(await recallOn(here), { state: stateOf(2), remembers: true, complaints: [] });
  }));

Deno.test("where nothing could be told when a state was written nothing is concluded from it", () =>
  inFolder(async (dir) => {
    await using(dir, (file) => file.save(stateOf(1)));
    const file = await StateFile.open(dir, OWNER, () => ({ instance: "i-0aaaaaaaa", volumes: ["v1"] }));
    assert.equal((await file.recall()).remembers, true);
    await file.close();
  }));

Deno.test({
  name: "a folder that others may write into is refused, with its owner, its mode and what mends it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (dir) => {
      const folder = join(dir, "state");
      await Deno.mkdir(folder);
      await Deno.chmod(folder, 0o777);
      await assert.rejects(StateFile.open(folder, OWNER), (error: Error) => {
        assert.ok(error instanceof StateError);
        assert.match(
          error.message,
          /state belongs to .* the mode 0777: everybody may write there.*`chmod go-w .*state`$/,
        );
        return true;
      });
      assert.deepEqual([...Deno.readDirSync(folder)], [], "nothing was opened there");
      await Deno.chmod(folder, 0o700);
      (await StateFile.open(folder, OWNER)).close();
    }),
});

Deno.test({
  name: "a link that somebody has prepared in the folder is followed by nobody",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (dir) => {
      const [folder, victim] = [join(dir, "state"), join(dir, "victim")];
      await Deno.mkdir(folder);
      await Deno.writeTextFile(victim, "mine", { mode: 0o644 });
      for (const name of ["journal.jsonl", "lock", "state.next.json", "operator.token"]) {
        await Deno.symlink(victim, join(folder, name));
        await assert.rejects(
          StateFile.open(folder, OWNER),
          (error: Error) => error instanceof StateError && error.message.includes(`${name} is a link`),
        );
        await Deno.remove(join(folder, name));
      }
      assert.equal(await Deno.readTextFile(victim), "mine");
      assert.equal((await Deno.stat(victim)).mode! & 0o777, 0o644);
    }),
});

const OTHERS = "what another account has put into the folder is refused";

Deno.test({
  name: OTHERS,
  ignore: Deno.build.os === "windows" || lacks(OTHERS, "root", Deno.uid() === 0),
  fn: () =>
    inFolder(async (dir) => {
      const path = join(dir, "state.json");
      await Deno.writeTextFile(path, "{}", { mode: 0o600 });
      await Deno.chown(path, 4_242, 4_242);
      await assert.rejects(StateFile.open(dir, OWNER), /state\.json belongs to .*4242.* and has the mode 0600/);
    }),
});
