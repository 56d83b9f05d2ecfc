import { strict as assert } from "node:assert";
import { escalationFiles } from "./escalations.ts";
import { parse } from "./transcript.ts";

const here = new URL("./", import.meta.url);
const update = Deno.env.get("UPDATE") === "1";

for (const { file, title, commands } of escalationFiles()) {
  const url = new URL(file, here);
  // A new one is written without what comes of it; `scenarios_test.ts` fills that in.
  if (update && !exists(url)) Deno.writeTextFileSync(url, [title, ...commands].join("\n") + "\n");
  Deno.test(`escalations: ${file} has every combination, each with what comes of it`, () => {
    const text = Deno.readTextFileSync(url);
    const { blocks } = parse(text);
    assert.ok(text.startsWith(title), title);
    assert.deepEqual(blocks.map(({ command }) => command), commands);
    for (const { command, expected } of blocks) {
      if (!command.startsWith("escalation ")) continue;
      const [, script, reactivations, failovers] = /script=(\d) reactivations=(\d) failovers=(\d)/.exec(command) ?? [];
      // On the first server every count is used up, in the order of the steps, and no step is taken twice.
      const steps = expected.filter((line) => /^ *\d+ server1 Recovery of tcpw1/.test(line)).map(stepOf);
      const names = ["script", "reactivation", "failover"];
      const wanted = [script, reactivations, failovers].flatMap((count, i) => Array(Number(count)).fill(names[i]));
      assert.deepEqual(steps, wanted, command);
      // Then the final action, at one check and never again.
      const finals = expected.filter((line) => /^ *\d+ server1 Final action/.test(line)).map((line) =>
        line.trim().split(" ")[0]
      );
      assert.equal(new Set(finals).size, file.endsWith("_to_none.txt") ? 0 : 1, command);
    }
  });
}

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

function stepOf(line: string): string {
  return / (script|reactivation|failover) \d+ of /.exec(line)?.[1] ?? line;
}
