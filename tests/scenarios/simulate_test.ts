/**
 * `baton simulate` on the examples, as it is printed in docs/simulate.md: each block that begins with `$ baton simulate`
 * is run and compared. After a change of behaviour: `UPDATE=1 deno test -A tests/scenarios`, then read the diff.
 */
import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { simulated, simulateOptions } from "../../core/cli/simulate.ts";
import { styleFor } from "../../core/cli/style.ts";

const root = new URL("../../", import.meta.url);
const update = Deno.env.get("UPDATE") === "1";

/** Files with such blocks: the page, and what would be too long for it. */
const FILES = ["docs/simulate.md", ...["vip", "eip", "witness"].map((name) => `tests/scenarios/simulate/${name}.txt`)];
const BLOCK = /^(```console\n\$ baton simulate (.*)\n)[^]*?^```$/gm;

async function run(line: string): Promise<string> {
  const argv = line.split(" ").filter((word) => word !== "").map((word) => word.replace(/^'(.*)'$/, "$1"));
  const at = argv.indexOf("-c") + 1;
  const named = argv[at] ?? "";
  const real = fileURLToPath(new URL(named, root));
  argv[at] = real;
  const { text } = await simulated(argv, simulateOptions(argv), styleFor(false));
  return text.replaceAll(real, named);
}

for (const file of FILES) {
  Deno.test(`what ${file} shows of baton simulate is what it prints`, async () => {
    const path = new URL(file, root);
    const written = await Deno.readTextFile(path);
    const blocks = [...written.matchAll(BLOCK)];
    assert.ok(blocks.length > 0, "it shows something");
    let printed = written;
    for (const [block, head = "", line = ""] of blocks) {
      const fresh = `${head}${await run(line)}\n\`\`\``;
      printed = printed.replace(block, () => fresh);
    }
    if (update) {
      if (printed !== written) await Deno.writeTextFile(path, printed);
      return;
    }
    assert.equal(written, printed, `${file} differs; when that is right: UPDATE=1 deno test -A tests/scenarios`);
  });
}
