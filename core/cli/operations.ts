/**
 * `baton start`, `baton stop` and `baton move`: what operators do with groups.
 *
 * @module
 */
import { AgentClient } from "./agent_client.ts";
import { type Command, print, UsageError, WorkError } from "./command.ts";
import { withLastWords } from "./last_words.ts";
import { readOptions } from "./options.ts";
import { fateOf, type Wish } from "./wish.ts";

/** How often the outcome is looked at, in milliseconds. */
const POLL_MS = 100;
/** What may pass by has to be seen so often in a row before it is taken for the end. */
const LOOKS = 5;

const COMMON = `  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --url URL          the agent's status endpoint, when it is not where the file says; -c has to be given then
  --wait SECONDS     how long to wait for the outcome; 0 returns at once; default 60

It is asked of the agent on this server and reaches the others from there.
Exit status: 0 done (or asked for, with --wait 0), 1 refused or not done in time, with the reason, 2 asked wrongly.`;

/** `baton start`. */
export const start: Command = {
  name: "start",
  summary: "start a group on the server the policy names",
  help: `baton start GROUP [-c FILE [--url URL]] [--wait SECONDS]

Starts a group, also one that was stopped because of failures: what was held against its servers is forgotten.

${COMMON}`,
  async run(argv) {
    const { client, group, waitMs } = await ask("start", argv, ["GROUP"]);
    return await carryOut(client, waitMs, group, { op: "start" });
  },
};

/** `baton stop`. */
export const stop: Command = {
  name: "stop",
  summary: "stop a group; it stays stopped until it is started",
  help: `baton stop GROUP [-c FILE [--url URL]] [--wait SECONDS]

Stops a group wherever it is. No server takes it over until \`baton start\`.

${COMMON}`,
  async run(argv) {
    const { client, group, waitMs } = await ask("stop", argv, ["GROUP"]);
    return await carryOut(client, waitMs, group, { op: "stop" });
  },
};

/** `baton move`. */
export const move: Command = {
  name: "move",
  summary: "move a group to a server, once",
  help: `baton move GROUP SERVER [-c FILE [--url URL]] [--wait SECONDS]

Moves a group in order: down on its server, up on the other. It is one act, not a rule: a later failure may move it again.

${COMMON}`,
  async run(argv) {
    const { client, group, waitMs, to = "" } = await ask("move", argv, ["GROUP", "SERVER"]);
    return await carryOut(client, waitMs, group, { op: "move", to });
  },
};

async function ask(command: string, argv: string[], args: string[]) {
  const options = readOptions(command, argv, { string: ["config", "url", "wait"], args });
  // Before the operation is asked for, which nothing takes back.
  const waitMs = Number(options.string("wait") ?? 60) * 1_000;
  if (!Number.isFinite(waitMs) || waitMs < 0) {
    throw new UsageError(`--wait ${options.string("wait")}: seconds are needed, such as 60`);
  }
  return { client: await AgentClient.find(options), group: options.args[0]!, to: options.args[1], waitMs };
}

async function carryOut(client: AgentClient, waitMs: number, group: string, wish: Wish): Promise<number> {
  const query = wish.op === "move" ? `?to=${encodeURIComponent(wish.to)}` : "";
  return await withLastWords(client, async () => {
    await client.operate(`/groups/${encodeURIComponent(group)}/${wish.op}${query}`);
    return await outcome(client, waitMs, group, wish);
  });
}

const GOALS = { start: "online", stop: "offline", move: "online on" } as const;

/** Waits until it is done or can't come any more, at most for `waitMs`, then says what has become of the group. */
async function outcome(client: AgentClient, waitMs: number, name: string, wish: Wish): Promise<number> {
  const startedMs = performance.now();
  let last = "asked for";
  let failing = 0;
  while (performance.now() - startedMs < waitMs) {
    const { view } = await client.status();
    const fate = fateOf(view, name, wish, Date.now());
    if (fate.is === "done") {
      print(`${fate.text}, after ${Math.round(performance.now() - startedMs)} ms`);
      return 0;
    }
    failing = fate.is === "over" ? failing + 1 : 0;
    if (fate.is === "over" && (fate.final || failing >= LOOKS)) throw new WorkError(fate.text);
    last = fate.text;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  if (waitMs === 0) return 0;
  const goal = wish.op === "move" ? `${GOALS.move} ${wish.to}` : GOALS[wish.op];
  throw new WorkError(`${name} is not ${goal} after ${waitMs / 1_000} s: ${last}`);
}
