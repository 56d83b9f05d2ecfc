import assert from "node:assert/strict";
import { DropInAgent, eventually } from "./drop_in_agent.ts";

const WATCH_MS = 100;

const file = (message: string, options = "", before = "") =>
  `${before}export default { kind: "monitor", description: "Checks.",
  options: { size: { type: "integer", default: 3, description: "how much" }, ${options} },
  async check({ options }) { return { status: "normal", message: ${message} }; } };`;

/** Waits until a check says so. */
function says(agent: DropInAgent, plugin: Awaited<ReturnType<DropInAgent["load"]>>, message: string): Promise<void> {
  return eventually(`a check says ${message}`, async () => {
    const verdict = await agent.check(plugin as never, 2_000, { size: 3 });
    return verdict.message === message;
  });
}

Deno.test("an edited drop-in is used without a restart, and so is what it imports; a check under way ends as it began", async () => {
  const slow = `export default { kind: "monitor", description: "Checks.", options: {},
    async check() { await new Promise((r) => setTimeout(r, 1_200)); return { status: "normal", message: "old" }; } };`;
  const files = {
    "mine.ts": file("word", "", 'import { word } from "./word.ts";\n'),
    "word.ts": "export const word: string = 'first';",
    "slow.js": slow,
  };
  await DropInAgent.with(files, async (agent) => {
    const mine = await agent.load("mine", "monitor");
    const slowly = await agent.load("slow", "monitor");
    agent.dropIns.watch(WATCH_MS);
    await says(agent, mine, "first");
    await agent.write("word.ts", "export const word: string = 'another';");
    await says(agent, mine, "another");
    const working = agent.check(slowly, 30_000);
    await agent.write(
      "mine.ts",
      file("'number ' + options.more", 'more: { type: "duration", default: "2s", description: "x" }'),
    );
    await says(agent, mine, "number 2000");
    assert.equal((await working).message, "old");
    assert.ok(agent.notes.includes("The new version of the drop-in mine is used from now on"));
    assert.deepEqual(agent.dropIns.states().map(({ misdeed }) => misdeed), [null, null]);
  });
});

/** What never ends is given up soon here, and nothing else: on a busy machine a host takes its time. In milliseconds. */
const loadMsOf = (what: string) => what === SPINS ? 5_000 : 60_000;
const SPINS = "that spins while it is loaded";

const bad: [string, string, RegExp][] = [
  ["that is broken", "export default {{{", /not valid TypeScript or JavaScript/],
  [SPINS, "for (;;);", /load did not end|was ended/],
  ["without an option that was there", file("'new'").replace("size:", "length:"), /its option size is gone; start the/],
  ["whose option means something else", file("'new'").replace("integer", "number"), /its option size is declared diff/],
  [
    "that demands a new option",
    file("'new'", 'more: { type: "string", required: true, description: "x" }'),
    /demands a/,
  ],
  [
    "that is of another kind",
    file("'new'").replace('"monitor"', '"quorum"'),
    /is a quorum, but it is used as a monitor/,
  ],
];

for (const [what, text, reason] of bad) {
  Deno.test(`a new version ${what} is not used, the one before goes on`, async () => {
    await DropInAgent.with({ "mine.js": file("'old'") }, async (agent) => {
      const mine = await agent.load("mine", "monitor");
      agent.dropIns.watch(WATCH_MS);
      await says(agent, mine, "old");
      await agent.write("mine.js", text);
      await eventually("it is told", () => agent.dropIns.states()[0]!.outdated !== null);
      assert.match(agent.dropIns.states()[0]!.outdated!, reason);
      assert.match(agent.notes.at(-1)!, /new version of the drop-in mine is not used, the one before goes on: /);
      await says(agent, mine, "old");
      await agent.write("mine.js", file("'repaired'"));
      await says(agent, mine, "repaired");
      assert.equal(agent.dropIns.states()[0]!.outdated, null);
    }, { loadMs: loadMsOf(what) });
  });
}
