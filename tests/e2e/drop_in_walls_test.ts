import assert from "node:assert/strict";
import { activateContext } from "../../core/plugin/context.ts";
import { setEnv } from "../environment/variables.ts";
import { DropInAgent } from "./drop_in_agent.ts";

const check = (body: string, before = "") =>
  `${before}\nexport default { kind: "monitor", description: "Checks.", options: {}, async check(context) {
    ${body}
  } };`;

Deno.test("the process of a drop-in and its programs have the variables that are named, and no secret of the agent", async () => {
  const restore = setEnv({ AWS_SECRET_ACCESS_KEY: "not for drop-ins", PGHOST: "db1" });
  try {
    const shows = check(`const { stdout } = await context.exec(["env"], { env: { MINE: "1" } });
    return { status: "normal", message: stdout.split("\\n").join(";") };`);
    await DropInAgent.with({ "shows.js": shows }, async (agent) => {
      const plugin = await agent.load("shows", "monitor", { allow: { run: ["env"], env: ["PGHOST"] } });
      const { status, message } = await agent.check(plugin, 10_000);
      assert.equal(status, "normal", message);
      assert.match(message, /\bPGHOST=db1\b/);
      assert.match(message, /\bMINE=1\b/);
      assert.match(message, /\bPATH=/);
      assert.doesNotMatch(message, /AWS_|not for drop-ins/);
      const [state] = agent.dropIns.states();
      if (Deno.build.os !== "linux") return;
      const environment = await Deno.readTextFile(`/proc/${state!.pid}/environ`);
      assert.ok(environment.includes("PGHOST=db1") && !environment.includes("not for drop-ins"));
    });
  } finally {
    restore();
  }
});

Deno.test("what the program of a drop-in printed last in an activation is known to its agent", async () => {
  const starts = `export default { kind: "resource", description: "Starts.", options: {},
    async activate({ exec }) { await exec(["sh", "-c", "seq 9; echo 'no licence' >&2; exit 3"]); },
    async deactivate() {} };`;
  await DropInAgent.with({ "starts.js": starts }, async (agent) => {
    const plugin = await agent.load("starts", "resource", { allow: { run: ["sh"] } });
    const subject = { name: "app1", options: new Map([["server1", {}]]), group: "g" };
    const context = agent.contexts.of(subject, AbortSignal.timeout(20_000));
    await plugin.activate(activateContext(agent.contexts.starts.watching("app1", context), "start", 1));
    const { program, status, lines } = agent.contexts.starts.view.app1!;
    assert.deepEqual([program, status, lines], ["sh", 3, ["5", "6", "7", "8", "9", "no licence"]]);
  });
});

const PACKAGES = ["npm:yaml@2.9.1", "yaml", "jsr:@std/yaml", "https://deno.land/x/yaml/mod.ts"];
for (const name of PACKAGES) {
  Deno.test(`a drop-in imports no package from source either: ${name}`, async () => {
    const said = check("return { status: 'normal', message: typeof all };", `import * as all from "${name}";`);
    const late = check(`return { status: "normal", message: typeof await import("${name}") };`);
    const hidden = check(`const of = ["${name}"]; return { status: "normal", message: typeof await import(of[0]) };`);
    await DropInAgent.with({ "said.js": said, "late.js": late, "hidden.js": hidden }, async (agent) => {
      await assert.rejects(agent.load("said", "monitor"), new RegExp(`said`));
      for (const type of ["late", "hidden"] as const) {
        const plugin = await agent.load(type, "monitor").catch(() => undefined);
        // The first may be refused before it is called.
        if (plugin === undefined) continue;
        const { status, message } = await agent.check(plugin, 10_000);
        assert.equal(status, "unknown", message);
      }
    });
  });
}
