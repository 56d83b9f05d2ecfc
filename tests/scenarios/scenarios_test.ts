/**
 * Runs every `*.txt` beside this file and compares what the cluster said with what is written there. After a change of
 * behaviour: `UPDATE=1 deno test -A tests/scenarios`, then read the diff.
 */
import { strict as assert } from "node:assert";
import { Stage } from "./stage.ts";
import { format, parse, type Transcript } from "./transcript.ts";

const here = new URL("./", import.meta.url);
const update = Deno.env.get("UPDATE") === "1";

function play(file: string, { blocks }: Transcript): string[][] {
  const stage = new Stage();
  return blocks.map(({ command, line }) => {
    try {
      return stage.perform(command);
    } catch (thrown) {
      throw new Error(`${file}:${line}: ${command}: ${thrown instanceof Error ? thrown.message : thrown}`, {
        cause: thrown,
      });
    }
  });
}

const files = [...Deno.readDirSync(here)].map(({ name }) => name).filter((name) => name.endsWith(".txt")).sort();

for (const file of files) {
  Deno.test(`scenario: ${file.slice(0, -".txt".length).replaceAll("_", " ")}`, () => {
    const text = Deno.readTextFileSync(new URL(file, here));
    const transcript = parse(text);
    const played = format(transcript, play(file, transcript));
    if (update) {
      if (played !== text) Deno.writeTextFileSync(new URL(file, here), played);
      return;
    }
    assert.equal(text, played, `${file} differs; when that is right: UPDATE=1 deno test -A tests/scenarios`);
  });
}

Deno.test("there are scenarios, and each says what it shows", () => {
  assert.ok(files.length >= 45, `${files.length} scenarios`);
  for (const file of files) {
    const text = Deno.readTextFileSync(new URL(file, here));
    assert.match(text, /^# \S/, `${file} begins with a comment`);
    assert.ok(parse(text).blocks.some(({ expected }) => expected.length > 0), `${file} expects something`);
  }
});
