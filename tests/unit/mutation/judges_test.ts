import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { Judges } from "../../mutation/judges.ts";

Deno.test("mutants: a file is judged by the tests that reach it, first by those about the same, then by the nearest", async () => {
  const sources: Record<string, string> = {
    "core/room/cup_shelf.ts": "export const a = 1;",
    "core/room/other.ts": 'export { a } from "./cup_shelf.ts";',
    "core/room/types.ts": 'import type { a } from "./cup_shelf.ts"; export type A = typeof a;',
    "tests/unit/far/far_test.ts": 'import "../../../core/room/cup_shelf.ts";',
    "tests/unit/far/cup_test.ts": 'import "../../../core/room/other.ts";',
    "tests/unit/room/cup_test.ts": 'import "../../../core/room/other.ts";',
    "tests/unit/room/types_test.ts": 'import "../../../core/room/types.ts";',
    "tests/integration/room/shelf_test.ts": 'import "../../../core/room/cup_shelf.ts";',
    "tests/e2e/room_test.ts": 'import "../../core/room/cup_shelf.ts";',
  };
  const root = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    for (const [file, source] of Object.entries(sources)) {
      await Deno.mkdir(join(root, dirname(file)), { recursive: true });
      await Deno.writeTextFile(join(root, file), source);
    }
    assert.deepEqual((await Judges.of(root, Object.keys(sources))).testsOf("core/room/cup_shelf.ts"), [
      "tests/integration/room/shelf_test.ts",
      "tests/unit/room/cup_test.ts",
      "tests/unit/far/cup_test.ts",
      "tests/unit/far/far_test.ts",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
