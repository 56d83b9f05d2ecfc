import assert from "node:assert/strict";
import { join } from "node:path";
import { FolderWatch } from "../../../core/agent/folder_watch.ts";
import type { Reason } from "../../../core/cluster/reasons.ts";
import { eventually, inFolder } from "../../unit/agent/helpers.ts";

/** Watches a folder with a lock in it for as long as `work` takes. */
function watching(
  work: (dir: string, watch: FolderWatch, noted: Reason[], base: string) => Promise<void>,
): Promise<void> {
  return inFolder(async (base) => {
    const dir = join(base, "state");
    await Deno.mkdir(dir);
    await Deno.writeTextFile(join(dir, "lock"), "");
    const watch = new FolderWatch(dir, 5);
    const stop = new AbortController();
    const noted: Reason[] = [];
    const ended = watch.watch((reasons) => noted.push(...reasons), stop.signal);
    try {
      await work(dir, watch, noted, base);
    } finally {
      stop.abort();
      await ended;
    }
    if (await Deno.stat(dir).then(() => true, () => false)) {
      assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name).filter((name) => name === "probe"), []);
    }
  });
}

Deno.test("folder watch: a folder that is deleted is told once, and when it is back", () =>
  watching(async (dir, watch, noted) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([watch.problem, noted], [null, []]);
    await Deno.rename(dir, `${dir}.away`);
    await eventually("it is noticed", () => watch.problem !== null);
    assert.match(watch.problem!, /was deleted or moved away/);
    await Deno.rename(`${dir}.away`, dir);
    await eventually("that it is back too", () => watch.problem === null && noted.length === 2);
    assert.deepEqual(noted.map(({ code, level }) => [code, level]), [["state-folder", "error"], [
      "state-folder",
      "info",
    ]]);
    assert.match(
      noted[0]!.text,
      /The state folder .* is not well: .*\. This server ends when it can't remember its next vote/,
    );
  }));

Deno.test("folder watch: another folder in its place is not the one that was", () =>
  watching(async (dir, watch) => {
    // While the first still has its number.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Deno.rename(dir, `${dir}.away`);
    await Deno.mkdir(dir);
    await Deno.writeTextFile(join(dir, "lock"), "");
    await eventually("it is noticed", () => watch.problem !== null);
    await eventually("what it is", () => watch.problem === "another one lies in its place");
  }));

Deno.test("folder watch: a folder that takes nothing is told", () =>
  watching(async (dir, watch, _noted, base) => {
    // As of a full or read-only disk: the name of the probe is taken by what can't be removed. It comes and goes in one
    // step, because the watch makes and removes its probe all the while.
    const obstacle = join(base, "obstacle");
    await Deno.mkdir(join(obstacle, "x"), { recursive: true });
    await eventually(
      "the obstacle is in its place",
      () => Deno.rename(obstacle, join(dir, "probe")).then(() => true, () => false),
    );
    await eventually("it is noticed", () => watch.problem !== null);
    assert.match(watch.problem!, /^nothing can be written there \(/);
    await Deno.rename(join(dir, "probe"), obstacle);
    await eventually("it is well again", () => watch.problem === null);
  }));
