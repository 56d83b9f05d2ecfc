import assert from "node:assert/strict";
import { DropInAgent } from "./drop_in_agent.ts";

const check = (body: string, before = "") =>
  `${before}\nexport default { kind: "monitor", description: "Checks.", options: {}, async check(context) {
    ${body}
  } };`;

Deno.test("the process of a drop-in and its programs have the variables that are named, and no secret of the agent", async () => {
  Deno.env.set("AWS_SECRET_ACCESS_KEY", "not for drop-ins");
  Deno.env.set("PGHOST", "db1");
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
    Deno.env.delete("AWS_SECRET_ACCESS_KEY");
    Deno.env.delete("PGHOST");
  }
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
