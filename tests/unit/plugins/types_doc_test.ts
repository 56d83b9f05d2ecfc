import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { MARK, originsIn, plain, typeTables } from "./types_doc.ts";

const FILE = fileURLToPath(new URL("../../../docs/types.md", import.meta.url));

Deno.test("docs/types.md has every type, option and default as they are declared", async () => {
  const present = await Deno.readTextFile(FILE);
  const tables = await typeTables(originsIn(present));
  const current = present.slice(0, present.indexOf(MARK)) + tables;
  if (Deno.env.get("BATON_WRITE_TYPES") === "1") await Deno.writeTextFile(FILE, current);
  assert.equal(
    plain(await Deno.readTextFile(FILE)),
    plain(current),
    "write it anew: BATON_WRITE_TYPES=1 deno test -A tests/unit/plugins/types_doc_test.ts && deno fmt docs/types.md",
  );
});
