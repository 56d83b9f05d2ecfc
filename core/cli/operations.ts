/**
 * `baton start`, `baton stop` and `baton move`: what operators do with groups.
 *
 * @module
 */
import { AgentClient } from "./agent_client.ts";
import { type Command, print, UsageError, WorkError } from "./command.ts";
import { readOptions } from "./options.ts";

/** How often the outcome is looked at, in milliseconds. */
const POLL_MS = 100;

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
    await client.operate(`/groups/${encodeURIComponent(group)}/start`);
    return await outcome(
      client,
      waitMs,
      group,
      (status, carrier) => status === "online" && carrier !== null,
      "online",
    );
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
    await client.operate(`/groups/${encodeURIComponent(group)}/stop`);
    return await outcome(client, waitMs, group, (_status, carrier) => carrier === null, "offline");
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
    await client.operate(`/groups/${encodeURIComponent(group)}/move?to=${encodeURIComponent(to)}`);
    return await outcome(
      client,
      waitMs,
      group,
      (status, carrier) => carrier === to && status === "online",
      `online on ${to}`,
    );
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

/** Waits until `done`, at most for `waitMs`, then says what has become of the group. */
async function outcome(
  client: AgentClient,
  waitMs: number,
  name: string,
  done: (status: string, carrier: string | null) => boolean,
  goal: string,
): Promise<number> {
  const startedMs = performance.now();
  let last = "asked for";
  while (performance.now() - startedMs < waitMs) {
    const { view } = await client.status();
    const group = view.groups.find((candidate) => candidate.name === name);
    const status = group?.servers.find(({ name }) => name === group.carrier)?.status ?? "offline";
    if (group && done(status, group.carrier)) {
      const where = group.carrier === null ? "" : ` on ${group.carrier}, epoch ${group.epoch}`;
      print(`${name} is ${status}${where}, after ${Math.round(performance.now() - startedMs)} ms`);
      return 0;
    }
    last = `${status}${group?.carrier ? ` on ${group.carrier}` : ""}; ${group?.waiting ?? group?.why ?? ""}`;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  if (waitMs === 0) return 0;
  throw new WorkError(`${name} is not ${goal} after ${waitMs / 1_000} s: ${last}`);
}
