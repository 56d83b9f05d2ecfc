import assert from "node:assert/strict";
import { join } from "node:path";
import { newKey } from "../../../core/agent/key.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";
import { watchKeys } from "../../../core/agent/key_watch.ts";
import type { Reason } from "../../../core/cluster/reasons.ts";
import { beatOf, eventually, inFolder } from "./helpers.ts";

const [OLD, NEW, THIRD] = ["old", "new", "third"].map((word) => new TextEncoder().encode(word.repeat(20))) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const idsOf = (...keys: Uint8Array[]) => new KeyRing(keys).ids;
const said = (from: string, ...keys: Uint8Array[]) => beatOf(from, 1, { keys: idsOf(...keys) });

Deno.test("each server is sent what it accepts, the first such key of ours; who was never heard the first one", () => {
  const ring = new KeyRing([NEW, OLD]);
  assert.deepEqual(ring.for("server2"), NEW);
  ring.hear(said("server2", OLD));
  assert.deepEqual(ring.for("server2"), OLD);
  assert.deepEqual(ring.for("server3"), NEW);
  assert.deepEqual(ring.view, { accepted: 2, waiting: ["server2"] });
  ring.hear(said("server2", OLD, NEW));
  assert.deepEqual(ring.for("server2"), NEW);
  ring.hear(said("server2", THIRD));
  assert.deepEqual(ring.for("server2"), NEW, "it accepts none of ours");
});

Deno.test("a key that is out of the file stays while a server that lives has no other one of ours, and no longer", () => {
  let nowMs = 0;
  const ring = new KeyRing([NEW, OLD], undefined, () => nowMs);
  ring.hear(said("server2", OLD));
  ring.hear(said("server3", NEW, OLD));
  assert.equal(ring.replace([NEW]), false);
  assert.deepEqual(ring.accepted, [NEW, OLD]);
  assert.deepEqual(ring.for("server2"), OLD);
  ring.hear(said("server2", NEW, OLD));
  assert.equal(ring.replace([NEW]), true);
  assert.deepEqual(ring.ids, idsOf(NEW));
  assert.deepEqual(ring.accepted, [NEW, OLD], "what is under way was signed with it");
  nowMs = 60_000;
  assert.equal(ring.replace([NEW]), false);
  assert.deepEqual(ring.accepted, [NEW]);
  nowMs = 0;
  const other = new KeyRing([OLD], undefined, () => nowMs);
  other.hear(said("server2", OLD));
  nowMs = 59_000;
  other.replace([NEW]);
  assert.deepEqual(other.ids, idsOf(NEW, OLD));
  nowMs = 61_000;
  other.replace([NEW]);
  assert.deepEqual(other.ids, idsOf(NEW), "a server that is dead keeps no key");
});

Deno.test("the names of keys are alike for the same key only, and do not hold it", () => {
  const ids = idsOf(OLD, NEW);
  assert.deepEqual(idsOf(OLD), ids.slice(0, 1));
  assert.equal(new Set(ids).size, 2);
  for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/);
});

Deno.test("what is written into the file is taken up; what can't be used is told once, and changes nothing", () =>
  inFolder(async (dir) => {
    const path = join(dir, "baton.key");
    const write = (text: string) => Deno.writeTextFile(path, text, { mode: 0o600 });
    const [one, two] = [newKey(), newKey()];
    const ring = new KeyRing([new TextEncoder().encode(one)], path);
    await write(one);
    const told: Reason[] = [];
    const stop = new AbortController();
    const watching = watchKeys(ring, (reasons) => void told.push(...reasons), stop.signal, 5);
    try {
      await write(`${two}\n${one}\n`);
      await eventually("both", () => ring.accepted.length === 2);
      assert.deepEqual(ring.accepted[0], new TextEncoder().encode(two));
      for (const bad of ["short", `${two}\n${one}\n${newKey()}`]) {
        const before = told.length;
        await write(bad);
        await eventually("a warning", () => told.length > before);
        assert.match(told.at(-1)!.text, /goes on with the keys that it has: the key/);
        assert.equal(ring.accepted.length, 2);
      }
      await write(two);
      await eventually("the new one alone", () => ring.view.accepted === 1);
      assert.ok(!told.some(({ text }) => text.includes(one) || text.includes(two)), "no key is told");
    } finally {
      stop.abort();
      await watching;
    }
  }));
