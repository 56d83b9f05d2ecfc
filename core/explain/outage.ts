/**
 * What an operator can do about a group that nobody carries, as far as the asked server knows. Never nothing: where it
 * goes on by itself, that is said, with what to look at when it does not.
 *
 * @module
 */
import { list } from "../cluster/reasons.ts";
import { RIVALRY } from "../cluster/rivals.ts";
import type { GroupView, ServerView, View } from "../cluster/view.ts";

/** Steps, the most urgent first; each is a sentence or a command. */
export function outageTodo(view: View, group: GroupView): string[] {
  const { name, intent, waiting } = group;
  const start = `baton start ${name}`;
  if (!intent.run) return stoppedTodo(group, start);
  if (view.leaving) return [`${view.me} leaves the cluster: ask another server, with baton status there`];
  const mine = group.servers.find((server) => server.name === view.me);
  if (!mine) {
    const others = list(group.servers.map((server) => server.name));
    return [`${view.me} is none of its servers: baton explain ${name} on ${others} says why it is not carried`];
  }
  if (!view.votes.quorum) return votesTodo(view, group);
  const unfenced = (view.fence?.required ? view.fence.targets : []).filter(({ server, stopped }) =>
    !stopped && group.servers.some((one) => one.name === server)
  );
  if (unfenced.length > 0) {
    return [
      ...unfenced.map(({ server }) =>
        `make sure that ${server} is off, for its part of the data may still be written; then: ` +
        `baton confirm-stopped ${server} --yes`
      ),
      "repair what keeps the fence from doing so: baton explain fence",
    ];
  }
  const others = group.startAfter.filter((other) => !isOnline(view, other));
  if (others.length > 0 && mine.ready) return others.map((other) => `it starts after ${other}: baton explain ${other}`);
  if (!group.servers.some(({ ready }) => ready)) return [...unreadyTodo(view, group), start];
  if (group.byHand && group.epoch > 0) {
    return [`its failover is by hand (failover: manual): ${start}, or baton move ${name} SERVER`];
  }
  return [
    `wait a moment: it starts by itself${waiting === null ? "" : ` (${waiting})`}`,
    ...awayServers(view).map((server) => bringBack(server, view.me)),
    `if it does not within a minute: baton explain ${name} on every server says what each waits for`,
  ];
}

/** What should be done about a group that `carrier` has: something may be left that can't be stopped, or nobody stands by. */
export function carriedTodo({ name, servers }: GroupView, carrier: string): string[] {
  const todo: string[] = [];
  if (servers.find((server) => server.name === carrier)?.status === "offline-failure") {
    todo.push(
      `stop by hand what is left of it on ${carrier}: baton explain ${name} there says what; then baton stop ${name} ` +
        `asks for the rest, or baton start ${name} for all of it`,
    );
  }
  const others = servers.filter((server) => server.name !== carrier);
  if (others.length > 0 && !others.some(({ ready }) => ready)) {
    const excuses = others.map((server) => `${server.name} ${server.why ?? "is not ready"}`).join("; ");
    todo.push(`no other server could take it over now; repair that before it is needed: ${excuses}`);
  }
  return todo;
}

/** Somebody has decided that it is down. */
function stoppedTodo({ name, intent: { by, version } }: GroupView, start: string): string[] {
  if (version === 0) return [`it is started by hand (startup: manual): ${start}`];
  if (by.startsWith(RIVALRY)) {
    return [
      "compare the data of the service on both servers: each may have changes that the other lacks",
      `then start it where its data is to live on: baton move ${name} SERVER`,
    ];
  }
  return [`${by} stopped it; when the reason for that is gone: ${start}`];
}

/** Too few votes are in sight here. */
function votesTodo(view: View, group: GroupView): string[] {
  const { votes: { held, visible, majority, total }, me, tieBreaker, witness, fence } = view;
  const away = awayServers(view);
  const todo: string[] = [];
  if (held.length === 0) {
    const why = group.servers.find(({ name }) => name === me)?.why ?? "has no vote now";
    todo.push(`${me} ${why}`);
  }
  if (!group.known) {
    const there = away.length === 0 ? "the other servers" : list(away.map(({ name }) => name));
    todo.push(
      `this may be the side that is cut off: see on ${there} whether ${group.name} runs there, with baton status`,
    );
  }
  const missing = Math.max(0, majority - visible.length);
  const silent = view.servers.filter(({ name, status }) =>
    name !== me && status === "online" && !visible.includes(name)
  );
  todo.push(
    `${visible.length} of ${total} votes are in sight here, ${majority} are needed: bring about ${missing} more`,
    ...away.map((server) => bringBack(server, me)),
    ...silent.map(({ name }) =>
      `${name} is heard, but its vote does not count here: let packets from ${me} to it pass, and see with ` +
      "baton status there whether it has a vote now"
    ),
  );
  if (tieBreaker && tieBreaker.reached !== true) {
    todo.push(`let the acknowledgement device answer: ${tieBreaker.message}`);
  }
  if (witness && witness.reached !== true) todo.push(`let the witness answer: ${witness.message}`);
  if (fence) {
    todo.push(...away.map(({ name }) => `when ${name} is off for certain: baton confirm-stopped ${name} --yes`));
  }
  return todo;
}

function awayServers({ servers, me }: View): ServerView[] {
  return servers.filter(({ name, status }) => name !== me && status !== "online");
}

function bringBack({ name, status, silentMs }: ServerView, me: string): string {
  const heard = silentMs === null ? "never heard" : `silent for ${Math.round(silentMs / 1_000)} s`;
  return status === "offline" && silentMs === null
    ? `start ${name}`
    : `bring back ${name} (${heard}): start its agent, or mend the network between it and ${me}`;
}

/** Nobody could take it now. */
function unreadyTodo(view: View, group: GroupView): string[] {
  return group.servers.map(({ name, why, errors, status }) => {
    const server = view.servers.find((one) => one.name === name);
    if (name !== view.me && server !== undefined && server.status !== "online") return bringBack(server, view.me);
    const cause = why === null ? "it is not ready" : why;
    return errors > 0 || status.endsWith("failure")
      ? `repair what failed on ${name} (${cause}): baton explain ${group.name} there`
      : `${name} ${cause}: baton explain ${group.name} there`;
  });
}

function isOnline(view: View, name: string): boolean {
  const group = view.groups.find((one) => one.name === name);
  return group?.servers.some(({ status }) => status === "online") ?? true;
}
