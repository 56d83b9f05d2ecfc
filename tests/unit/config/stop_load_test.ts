import assert from "node:assert/strict";
import { describeTiming } from "../../../core/config/describe_timing.ts";
import { read, yaml } from "./fakes.ts";

function file(groups: number, timing: string): string {
  const entries = Array.from(
    { length: groups },
    (_, i) =>
      `g${i + 1}: { servers: [server2, server1], resources: { app${i + 1}: { type: script, start: [a], stop: [b] } } }`,
  );
  return yaml({ groups: `timing: ${timing}\ngroups: { ${entries.join(", ")} }` });
}

Deno.test("check counts what one server may have to stop against the stop time, and says which detection time would do", async () => {
  const crowded = await read(file(20, "fast"));
  const [warning] = crowded.warnings.filter((text) => text.includes("too short"));
  assert.match(
    warning ?? "none",
    /^timing: too short for what one server may have to stop: 20 groups on server1 with 20 stop commands have 642 ms .* 32 ms each, .* 50 ms for each.*detection: 6s \}/,
  );
  assert.ok(
    describeTiming(crowded).includes(
      "stops: 20 groups on server1 with 20 stop commands * 50 ms on a busy machine = 1 s of 642 ms (enough for 12)",
    ),
  );
  // What is asked for is enough.
  assert.deepEqual(
    (await read(file(20, "{ detection: 6s }"))).warnings.filter((text) => text.includes("too short")),
    [],
  );
  assert.match((await read(file(20, "{ detection: 5s }"))).warnings.join(), /too short.*detection: 6s/);
});

Deno.test("few groups, or a longer timing, are no news", async () => {
  for (const [groups, timing] of [[12, "fast"], [34, "standard"]] as const) {
    const { warnings } = await read(file(groups, timing));
    assert.deepEqual(warnings.filter((text) => text.includes("too short")), [], `${groups} at ${timing}`);
  }
  assert.match((await read(file(13, "fast"))).warnings.join(), /13 groups on server1 with 13 stop commands/);
  assert.match((await read(file(35, "standard"))).warnings.join(), /too short/);
});
