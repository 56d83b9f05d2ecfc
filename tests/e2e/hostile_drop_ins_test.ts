import { DropInAgent, eventually } from "./drop_in_agent.ts";
import { fileOf, HOSTILE } from "./hostile_drop_ins.ts";
import { costsNoHeartbeat } from "./hostile_trial.ts";

for (const hostile of HOSTILE) {
  Deno.test(`a drop-in that ${hostile.does} costs itself, and no heartbeat`, () => costsNoHeartbeat(hostile));
}

Deno.test("programs that a drop-in has started and left end with its host", async () => {
  const hostile = HOSTILE.find(({ does }) => does.startsWith("starts programs"))!;
  const running = async () => {
    const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args"], stdout: "piped" }).output();
    return new TextDecoder().decode(stdout).includes("sleep 4321.25");
  };
  await DropInAgent.with({ "hostile.js": fileOf(hostile) }, async (agent) => {
    const plugin = await agent.load("hostile", "monitor", hostile.settings);
    const checked = agent.check(plugin, 600);
    await eventually("the programs run", running);
    await checked;
    await eventually("the programs have ended", async () => !await running());
  });
});
