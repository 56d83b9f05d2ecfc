import assert from "node:assert/strict";
import { Commands } from "../../../core/agent/commands.ts";
import type { Command } from "../../../core/cluster/events.ts";

/** Commands whose receivers only write down what reaches them, and when. */
function bench() {
  const seen: string[] = [];
  const power = Promise.withResolvers<void>();
  const told = (what: string) => {
    seen.push(what);
    return Promise.resolve();
  };
  const commands = new Commands({
    orders: new Map([["g", {
      ticket: () => seen.push("ticket"),
      carryOut: (command, ticket) => told(`${command.do} with ticket ${ticket}`),
    }]]),
    monitors: { run: (monitor, run) => void seen.push(`monitor ${monitor} ${run}`) },
    scripts: {
      order: ({ monitor }) => {
        seen.push(`script of ${monitor} ordered`);
        return () => told(`script of ${monitor} run`);
      },
      fence: (group) => void seen.push(`scripts of ${group} fenced`),
    },
    witness: undefined,
    fences: { shoot: (server, request) => told(`shoot ${server} ${request}`) },
    machineEnd: { take: ({ action }) => told(action).then(() => power.promise) },
    background: { spawn: (work) => work },
    exit: ({ reason }) => {
      seen.push(`exit accepted: ${reason}`);
      return () => void seen.push("exit");
    },
  });
  return { commands, seen, power };
}

const CASES: readonly (readonly [command: Command, atOnce: string[], later: string[]])[] = [
  [
    { do: "activate", group: "g", resource: "r", epoch: 3, cause: "start", attempt: 1 },
    ["ticket"],
    ["activate with ticket 1"],
  ],
  [{ do: "fence", group: "g", epoch: 3, budgetMs: 10 }, ["ticket", "scripts of g fenced"], ["fence with ticket 1"]],
  [{ do: "monitor", monitor: "m", run: true }, [], ["monitor m true"]],
  [{ do: "shoot", server: "b", request: 4 }, [], ["shoot b 4"]],
  [{ do: "exit", reason: "asked" }, ["exit accepted: asked"], ["exit"]],
];

for (const [command, atOnce, later] of CASES) {
  Deno.test(`${command.do}: what belongs to the step happens in it, what takes effect outside waits`, () => {
    const { commands, seen } = bench();
    const act = commands.accept(command);
    assert.deepEqual(seen, atOnce);
    act();
    assert.deepEqual(seen, [...atOnce, ...later]);
  });
}

Deno.test("the end of the machine is one that can be waited for, once it has been started", async () => {
  const { commands, power } = bench();
  await commands.power;
  const act = commands.accept({ do: "power", action: "reboot", reason: "why", counts: false });
  await commands.power;
  act();
  let over = false;
  const end = commands.power.then(() => over = true);
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(over, false);
  power.resolve();
  await end;
});
