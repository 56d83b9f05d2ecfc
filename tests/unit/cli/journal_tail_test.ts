import assert from "node:assert/strict";
import { join } from "node:path";
import { journalTail } from "../../../core/cli/journal_tail.ts";

const line = (text: string) => ({
  time: "2026-01-01T00:00:00.000Z",
  server: "server1",
  code: "online",
  level: "info",
  text,
});

Deno.test("the end of the journal is read, without lines that are cut, strange or confessions", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    assert.deepEqual(await journalTail(dir), []);
    const lines = Array.from({ length: 100 }, (_, index) => JSON.stringify(line(`line ${index}`)));
    lines.splice(99, 0, JSON.stringify({ time: "x", server: "server1", lost: 3 }), "not JSON");
    await Deno.writeTextFile(join(dir, "journal.jsonl"), `${lines.join("\n")}\n{"time": "2026`);
    assert.equal((await journalTail(dir)).length, 100);
    const few = await journalTail(dir, 500);
    assert.ok(few.length > 0 && few.length < 6);
    assert.equal(few.at(-1)!.text, "line 99");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
