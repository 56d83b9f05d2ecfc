/**
 * What has become of something that an operator asked of a group, as the asked server sees it: done, under way, or decided
 * otherwise, so that nobody waits for what can't come any more.
 *
 * @module
 */
import { mayBeActive } from "../cluster/status.ts";
import type { GroupView, View } from "../cluster/view.ts";
import { whereIs } from "../explain/where.ts";

/** What was asked. */
export type Wish = { op: "start" } | { op: "stop" } | { op: "move"; to: string };

/** What has become of it; the texts are without their full stop. */
export type Fate =
  | { is: "done"; text: string }
  /** `final`: that does not pass by. */
  | { is: "over"; text: string; final: boolean }
  | { is: "under way"; text: string };

/** Looks. `nowMs`: wall clock time of the view. */
export function fateOf({ groups }: View, name: string, wish: Wish, nowMs: number): Fate {
  const group = groups.find((candidate) => candidate.name === name);
  if (!group) return { is: "over", text: `there is no group ${name} any more: another file is in use`, final: true };
  const status = group.servers.find((server) => server.name === group.carrier)?.status ?? "offline";
  const where = group.carrier === null ? "" : ` on ${group.carrier}, epoch ${group.epoch}`;
  if (isDone(group, wish, status)) return { is: "done", text: `${name} is ${status}${where}` };
  const replaced = replacement(group, wish);
  if (replaced !== undefined) return { is: "over", text: replaced, final: true };
  const failed = failure(group, wish, status, nowMs);
  if (failed !== undefined) return { is: "over", text: failed, final: false };
  const place = group.carrier === null ? whereIs(group, nowMs) : `${status} on ${group.carrier}`;
  return { is: "under way", text: `${place}; ${group.waiting ?? group.why}` };
}

function isDone({ carrier, known, intent }: GroupView, wish: Wish, status: string): boolean {
  // Who sees nobody carry it in a minority does not know that nobody does.
  if (wish.op === "stop") return carrier === null && known && !intent.run;
  return status === "online" && carrier !== null && (wish.op === "start" || carrier === wish.to);
}

/** Somebody, or something, wants it otherwise since. */
function replacement({ name, intent: { run, to, by } }: GroupView, wish: Wish): string | undefined {
  if (run !== (wish.op !== "stop")) return `${by} has ${run ? "started" : "stopped"} ${name} since`;
  if (wish.op !== "move" || to === wish.to) return undefined;
  return to === undefined
    ? `${by} has started ${name} since, wherever it may be`
    : `${by} moves ${name} to ${to} since`;
}

/** It was tried, and can't be done as things are. */
function failure(group: GroupView, wish: Wish, status: string, nowMs: number): string | undefined {
  const { name, carrier, servers } = group;
  if (wish.op === "stop") {
    return status === "offline-failure"
      ? `${name} could not be stopped on ${carrier}: baton explain ${name} there says why`
      : undefined;
  }
  if (wish.op === "start") return undefined;
  const target = servers.find((server) => server.name === wish.to);
  if (!target || target.ready || (target.status !== "unknown" && mayBeActive(target.status))) return undefined;
  return `${name} does not come to ${wish.to}: it ${target.why ?? "is not ready"}; ${name} is ${whereIs(group, nowMs)}`;
}
