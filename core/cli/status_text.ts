/**
 * The status as text.
 *
 * @module
 */
import type { GroupView, View } from "../cluster/view.ts";
import type { Status } from "./agent_client.ts";
import type { Style } from "./style.ts";

/** Reasons shown below everything else. */
const REASONS = 8;

/** Renders the status for people. */
export function renderStatus(status: Status, style: Style): string {
  const { view } = status;
  return [
    `${style.bold(status.cluster)} as ${status.server} sees it (baton ${status.version})`,
    "",
    ...votes(view, style),
    ...view.servers.map((server) => {
      const heard = server.name === view.me
        ? "this server"
        : server.silentMs === null
        ? "never heard"
        : `heard ${server.silentMs} ms ago`;
      return `  ${colour(server.status, style)(server.status.padEnd(8))} ${server.name.padEnd(16)} ${heard}`;
    }),
    ...view.groups.flatMap((group) => renderGroup(group, style)),
    ...monitors(view, style),
    "",
    "Latest reasons:",
    ...status.reasons.slice(-REASONS).map(({ time, level, text }) => {
      const line = `  ${time.slice(11, 23)} ${text}`;
      return level === "error" ? style.bad(line) : level === "warning" ? style.warn(line) : line;
    }),
  ].join("\n");
}

function votes({ votes, tieBreaker }: View, style: Style): string[] {
  const text = `${votes.visible.length} of ${votes.total} votes in sight, ${votes.majority} are a majority`;
  const lines = [`Votes: ${votes.quorum ? style.good(text) : style.bad(text)}`];
  if (tieBreaker) {
    const state = tieBreaker.reached ? style.good("reached") : style.warn("not reached");
    lines.push(`Tie-breaker: ${state} (${tieBreaker.message}); a weak vote: both sides of a partition could reach it`);
  }
  return [...lines, "", "Servers:"];
}

function renderGroup(group: GroupView, style: Style): string[] {
  const where = group.carrier === null ? style.warn("nowhere") : style.good(`on ${group.carrier}`);
  const lines = ["", `Group ${style.bold(group.name)}: ${where}, epoch ${group.epoch}`];
  if (group.permitLeftMs !== null) lines.push(`  permit of this server: ${group.permitLeftMs} ms`);
  lines.push(`  here ${group.status}: ${group.why}`);
  if (group.waiting !== null) lines.push(`  waits: ${group.waiting}`);
  for (const resource of group.resources) {
    lines.push(`  ${colour(resource.status, style)(resource.status.padEnd(15))} ${resource.name}`);
  }
  for (const { name, ready, why, status } of group.servers) {
    const could = ready ? style.good("ready") : style.warn(why ?? "not ready");
    lines.push(`  ${name.padEnd(15)} ${status}; ${could}`);
  }
  return lines;
}

function monitors({ monitors }: View, style: Style): string[] {
  if (monitors.length === 0) return [];
  return [
    "",
    "Monitors:",
    ...monitors.map(({ name, status, code, message }) => {
      const detail = message === "" ? "" : ` ${code === null ? "" : `${code} : `}${message}`;
      return `  ${colour(status, style)(status.padEnd(8))} ${name.padEnd(16)}${detail}`;
    }),
  ];
}

function colour(status: string, style: Style): (text: string) => string {
  if (status === "online" || status === "normal") return style.good;
  if (status === "error" || status.endsWith("failure")) return style.bad;
  if (status === "offline") return style.dim;
  return style.warn;
}
