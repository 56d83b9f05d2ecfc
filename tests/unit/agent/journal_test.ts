import assert from "node:assert/strict";
import { join } from "node:path";
import { Journal, type JournalLine, KEPT_FILES } from "../../../core/agent/journal.ts";
import { info } from "../../../core/cluster/reasons.ts";
import { inFolder } from "./helpers.ts";

async function linesOf(path: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(path);
  assert.ok(text.endsWith("\n"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

const reasons = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => info("claim", `line ${from + index}`, { group: "g" }));

Deno.test("lines are in the file, in the memory and at the listener in the order in which they were noted", () =>
  inFolder(async (dir) => {
    const heard: JournalLine[] = [];
    const journal = new Journal(dir, "server1", (line) => heard.push(line));
    for (let at = 0; at < 50; at += 5) {
      journal.note(reasons(at, at + 5));
      if (at % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await journal.flush();
    const wanted = reasons(0, 50).map(({ text }) => text);
    const lines = await linesOf(join(dir, "journal.jsonl"));
    assert.deepEqual(lines.map(({ text }) => text), wanted);
    assert.deepEqual(heard.map(({ text }) => text), wanted);
    assert.deepEqual(journal.recent(3).map(({ text }) => text), ["line 47", "line 48", "line 49"]);
    assert.equal(lines[0]!.server, "server1");
    assert.equal(lines[0]!.group, "g");
    assert.ok(!Number.isNaN(Date.parse(lines[0]!.time as string)));
    if (Deno.build.os !== "windows") assert.equal((await Deno.stat(join(dir, "journal.jsonl"))).mode! & 0o777, 0o600);
  }));

Deno.test("a line noted at any moment of a writing that ends is written too", () =>
  inFolder(async (dir) => {
    const journal = new Journal(dir, "server1", () => {});
    const { writeFile } = Deno;
    let turns = -1;
    try {
      Deno.writeFile = async (...args: Parameters<typeof writeFile>) => {
        await writeFile(...args);
        if (turns < 0) return;
        // A few microtasks after the disk has answered, so that some line meets the very end of the writing.
        const count = turns;
        turns = -1;
        void (async () => {
          for (let turn = 0; turn < count; turn++) await null;
          journal.note(reasons(1, 2));
        })();
      };
      for (let at = 0; at < 12; at++) {
        turns = at;
        journal.note(reasons(0, 1));
        await journal.flush();
        await new Promise((resolve) => setTimeout(resolve, 0));
        await journal.flush();
        assert.equal((await linesOf(join(dir, "journal.jsonl"))).length, 2 * at + 2, `after ${at} microtasks`);
      }
    } finally {
      Deno.writeFile = writeFile;
    }
  }));

Deno.test("the journal is cut at its size, and only the latest files before it are kept", () =>
  inFolder(async (dir) => {
    const journal = new Journal(dir, "server1", () => {}, 1_000);
    for (let at = 0; at < 90; at++) {
      journal.note(reasons(at, at + 1));
      await journal.flush();
    }
    const names = [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
    assert.deepEqual(names, [1, 2, 3, 4].slice(0, KEPT_FILES).map((n) => `journal.${n}.jsonl`).concat("journal.jsonl"));
    const kept: unknown[] = [];
    for (const name of ["journal.4.jsonl", "journal.3.jsonl", "journal.2.jsonl", "journal.1.jsonl", "journal.jsonl"]) {
      assert.ok((await Deno.stat(join(dir, name))).size <= 1_000, name);
      kept.push(...(await linesOf(join(dir, name))).map(({ text }) => text));
    }
    // What is kept is one unbroken story up to the latest line.
    assert.deepEqual(kept, reasons(90 - kept.length, 90).map(({ text }) => text));
  }));

Deno.test("a line that is longer than a journal may be moves no file when there is nothing to move", () =>
  inFolder(async (dir) => {
    const [first, before] = [join(dir, "journal.jsonl"), join(dir, "journal.1.jsonl")];
    await Deno.writeTextFile(before, "before\n");
    const journal = new Journal(dir, "server1", () => {}, 10);
    journal.note(reasons(0, 1));
    await journal.flush();
    assert.equal(await Deno.readTextFile(before), "before\n");
    assert.equal((await linesOf(first)).length, 1);
  }));

Deno.test("the size of a journal from before counts", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(join(dir, "journal.jsonl"), "x".repeat(999) + "\n");
    const journal = new Journal(dir, "server1", () => {}, 1_000);
    journal.note(reasons(0, 1));
    await journal.flush();
    assert.equal((await Deno.stat(join(dir, "journal.1.jsonl"))).size, 1_000);
    assert.equal((await linesOf(join(dir, "journal.jsonl"))).length, 1);
  }));

Deno.test("a disk that fails costs lines, which are counted, and nothing else", () =>
  inFolder(async (dir) => {
    const folder = join(dir, "gone");
    const journal = new Journal(folder, "server1", () => {});
    for (let at = 0; at < 6; at += 2) {
      journal.note(reasons(at, at + 2));
      await journal.flush();
    }
    assert.equal(journal.recent().length, 6);
    await Deno.mkdir(folder);
    journal.note(reasons(6, 7));
    await journal.flush();
    const [lost, line] = await linesOf(join(folder, "journal.jsonl"));
    assert.equal(lost!.lost, 6);
    assert.equal(line!.text, "line 6");
    await Deno.remove(folder, { recursive: true });
    journal.note(reasons(7, 8));
    await journal.flush();
  }));

Deno.test("a listener that throws keeps nothing from being noted", () =>
  inFolder(async (dir) => {
    const journal = new Journal(dir, "server1", () => {
      throw new Error("broken pipe");
    });
    journal.note(reasons(0, 3));
    await journal.flush();
    assert.equal((await linesOf(join(dir, "journal.jsonl"))).length, 3);
  }));

Deno.test("the memory keeps the latest lines only", () =>
  inFolder(async (dir) => {
    const journal = new Journal(dir, "server1", () => {});
    journal.note(reasons(0, 500));
    assert.equal(journal.recent().length, 200);
    assert.equal(journal.recent().at(-1)!.text, "line 499");
    await journal.flush();
    assert.equal((await linesOf(join(dir, "journal.jsonl"))).length, 500);
  }));
