/**
 * Plays every `histories/*.txt` and compares its key lines. After a change of behaviour:
 * `UPDATE=1 deno test -A tests/scenarios`, then read the diff; what must hold is asserted in any case.
 */
import { strict as assert } from "node:assert";
import { play } from "../sim/history.ts";
import { formatKept, keyLines, parseKept } from "./histories/corpus.ts";

const here = new URL("./histories/", import.meta.url);
const update = Deno.env.get("UPDATE") === "1";
const files = [...Deno.readDirSync(here)].map(({ name }) => name).filter((name) => name.endsWith(".txt")).sort();

for (const file of files) {
  Deno.test(`history: ${file.slice(0, -".txt".length).replaceAll("_", " ")}`, () => {
    const text = Deno.readTextFileSync(new URL(file, here));
    const kept = parseKept(text);
    const tolerant = kept.promise !== "one carrier, and all runs in the end";
    const { violation, world } = play(kept.plan, { keepStory: true, tolerant });
    assert.equal(violation, undefined, file);
    assert.equal((world.tolerated ?? []).length > 0, tolerant, "two carriers only where that is what it is about");
    if (tolerant) {
      const told = new Set(
        world.story.filter(({ reason }) => reason.code === "both-active").map(({ server }) => server),
      );
      assert.ok(told.size > 0, "they are found");
    }
    const played = formatKept(kept, keyLines(world.story));
    if (update) {
      if (played !== text) Deno.writeTextFileSync(new URL(file, here), played);
      return;
    }
    assert.equal(text, played, `${file} differs; when that is right: UPDATE=1 deno test -A tests/scenarios`);
  });
}

Deno.test("there are histories, and each says what it is about", () => {
  assert.ok(files.length >= 5, `${files.length} histories`);
  for (const file of files) assert.match(Deno.readTextFileSync(new URL(file, here)), /^# \S/, file);
});
