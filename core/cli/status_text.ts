/**
 * The status as text.
 *
 * @module
 */
import type { DeviceState } from "../agent/devices.ts";
import type { FenceState } from "../agent/fences.ts";
import type { WitnessState } from "../agent/witness_runner.ts";
import { numbered, WARNING_OFFSET } from "../cluster/numbered.ts";
import { UNCLEAR_CODE } from "../cluster/presence.ts";
import type { GroupView, View } from "../cluster/view.ts";
import type { Status } from "./agent_client.ts";
import { timeOf, whereIs } from "../explain/where.ts";
import { renderDropIns } from "./drop_in_text.ts";
import { renderReadiness } from "./preflight_text.ts";
import type { Style } from "./style.ts";

/** Reasons shown below everything else. */
const REASONS = 8;
/** What was not done because of `--no-power`: the latest of it. */
const WITHHELD = 5;

/** Lines of a start shown below its resource. */
const START_LINES = 3;
/** A packet that came no longer ago than this: more are to come. In milliseconds. */
const ARRIVING_MS = 5_000;

/** A recovery that is begun so often within an hour mends nothing. */
const LOOPS = 5;

/** Renders the status for people. `nowMs`: wall clock time at which it was got. */
export function renderStatus(status: Status, style: Style, nowMs = Date.now()): string {
  const { view } = status;
  return [
    `${style.bold(status.cluster)} as ${status.server} sees it (baton ${status.version})`,
    "",
    ...(status.stateFolder ? [style.bad(`State folder: ${status.stateFolder}; baton explain state-folder`)] : []),
    ...withheld(status, style),
    ...votes(status, style),
    ...view.servers.map((server) => {
      const heard = server.name === view.me
        ? "this server"
        : `${server.silentMs === null ? "never heard" : `heard ${server.silentMs} ms ago`}${oneWay(status, server)}`;
      return `  ${colour(server.status, style)(server.status.padEnd(8))} ${server.name.padEnd(16)} ${heard}${
        unclear(server, style)
      }${server.noPower ? style.warn("; runs with --no-power") : ""}`;
    }),
    ...keys(status, style),
    ...file(status, style),
    ...fence(status, style),
    ...view.groups.flatMap((group) => renderGroup(group, status.starts ?? {}, style, nowMs)),
    ...preflight(status, style),
    ...monitors(status, style),
    ...dropIns(status, style),
    "",
    "Latest reasons:",
    ...status.reasons.slice(-REASONS).map(({ time, level, text }) => {
      const line = `  ${time.slice(11, 23)} ${text}`;
      return level === "error" ? style.bad(line) : level === "warning" ? style.warn(line) : line;
    }),
    ...hint(view),
  ].join("\n");
}

/** Promises that are not kept here. */
function withheld({ noPower }: Status, style: Style): string[] {
  if (!noPower) return [];
  const latest = noPower.withheld.slice(-WITHHELD).map(({ time, text }) =>
    style.bad(`  ${time.slice(11, 19)} ${text}`)
  );
  return [
    style.bad("Power: NOT USED (--no-power)") +
    ": final actions and fences that end a machine are only said; a group that does not stop here stays up, so two " +
    "servers may carry it (docs/safety.md)",
    ...latest,
    ...(latest.length === 0 ? ["  nothing would have been done so far"] : []),
    "",
  ];
}

/** It is there all the same: who only reads that it is silent looks at the wrong end. */
function unclear({ unclear }: View["servers"][number], style: Style): string {
  if (!unclear) return "";
  return style.warn(`; it is there, but is not understood ${numbered(UNCLEAR_CODE + WARNING_OFFSET, unclear.message)}`);
}

/** Packets of a server that does not hear this one count for nothing; whoever only sees silence looks at the wrong end. */
function oneWay({ paths }: Status, { name, status, unclear }: View["servers"][number]): string {
  if (status === "online" || unclear) return "";
  const arriving = paths.filter(({ server, silentMs }) =>
    server === name && silentMs !== null && silentMs < ARRIVING_MS
  );
  if (arriving.length === 0) return "";
  const at = arriving.map(({ address }) => address).join(", ");
  return `; its packets arrive, ours don't reach it: is it at ${at}, and is UDP from here to there let through?`;
}

/** Where to read on when something has a number. */
function hint({ groups, monitors, servers }: View): string[] {
  const names = [
    ...servers.filter(({ unclear }) => unclear),
    ...groups.filter(({ carrier }) => carrier === null),
    ...groups.flatMap(({ resources }) => resources.filter(({ failure, status }) => failure && status !== "online")),
    ...monitors.filter(({ code, status }) => code !== null && status !== "normal" && status !== "offline"),
  ].map(({ name }) => name);
  return names.length === 0 ? [] : ["", `What to do: ${names.map((name) => `baton explain ${name}`).join(", ")}`];
}

function votes({ view: { votes, tieBreaker, disk }, devices, witness }: Status, style: Style): string[] {
  const text = `${votes.visible.length} of ${votes.total} votes in sight, ${votes.majority} are a majority`;
  const lines = [`Votes: ${votes.quorum ? style.good(text) : style.bad(text)}`];
  if (tieBreaker) {
    const state = tieBreaker.reached ? style.good("reached") : style.warn("not reached");
    lines.push(`Tie-breaker: ${state} (${tieBreaker.message}); a weak vote: both sides of a partition could reach it`);
    // What a single one says is what they say together.
    if (devices.length > 1) lines.push(...devices.map((device) => renderDevice(device, style)));
  }
  if (witness) lines.push(renderWitness(witness, style));
  return [...lines, ...renderDisk(disk, style), "", "Servers:"];
}

/** How long a vote takes to be on this server's disk. */
function renderDisk({ lastMs, slow }: View["disk"], style: Style): string[] {
  if (slow !== null) {
    return [
      `Disk: ${
        style.warn(`this server ${slow}`)
      }: its votes come late, and another server is named where one could carry`,
    ];
  }
  return lastMs === null
    ? []
    : [`Disk: ${style.good("well")}, ${Math.round(lastMs)} ms for the latest write of the state`];
}

function renderWitness({ name, type, reached, message, latencyMs }: WitnessState, style: Style): string {
  const state = reached ? style.good("reached") : style.warn(reached === null ? "not asked yet" : "not reached");
  const said = reached ? `answered within ${latencyMs} ms` : message;
  const detail = reached === null ? `${name}, ${type}` : `${name}, ${type}: ${said}`;
  return `Witness: ${state} (${detail}); a sound vote: only one side of a partition can have it`;
}

function renderDevice({ name, reached, message }: DeviceState, style: Style): string {
  const state = reached ? "reached" : "not reached";
  return `  ${(reached ? style.good : style.warn)(state.padEnd(11))} ${name.padEnd(16)} ${message}`;
}

/** While the key is changed: who is not that far. */
function keys({ keys }: Status, style: Style): string[] {
  if (!keys || (keys.accepted === 1 && keys.waiting.length === 0)) return [];
  const who = keys.waiting.length === 0
    ? style.good("all that are heard have the new one: baton key --retire")
    : style.warn(`${keys.waiting.join(", ")} without the new one: copy the key file there`);
  return ["", `Key: ${keys.accepted} are accepted here; ${who}`];
}

/** Whether all servers have, and run, the same file. Nothing to say while no file was ever applied and all are alike. */
function file({ file, server }: Status, style: Style): string[] {
  if (!file) return [];
  const differ = file.others.filter(({ digest, running }) => digest !== file.digest || running !== file.digest);
  const here = file.running !== file.digest;
  if (file.generation === 0 && file.waits === null && differ.length === 0 && !here) return [];
  const state = differ.length === 0 && !here
    ? style.good("the same on all that were heard")
    : style.warn("not the same");
  return [
    "",
    `File ${file.digest.slice(0, 12)}, generation ${file.generation}: ${state}`,
    ...(here ? [style.warn(`  ${server} still runs the one before${file.waits ? `: ${file.waits}` : ""}`)] : []),
    ...(file.waits !== null && !here ? [style.warn(`  ${server}: ${file.waits}`)] : []),
    ...differ.map((other) => {
      const has = other.digest === file.digest ? "has it but still runs the one before" : `has another one`;
      const which = other.digest === file.digest
        ? ""
        : ` (${other.digest.slice(0, 12)}, generation ${other.generation})`;
      return style.warn(`  ${other.server} ${has}${which}`);
    }),
  ];
}

/** Who is ready to take which group, as the latest preflights found. */
function preflight({ preflight }: Status, style: Style): string[] {
  const lines = renderReadiness(preflight?.readiness ?? [], style);
  return lines.length === 0 ? [] : ["", "Preflight (baton check --all says more):", ...lines];
}

/** The plugins that are files of their own. */
function dropIns({ dropIns }: Status, style: Style): string[] {
  const lines = renderDropIns(dropIns ?? [], style);
  return lines.length === 0 ? [] : ["", "Drop-ins:", ...lines];
}

/** Whether the others could be stopped, and what has become of those that had to be. */
function fence({ fence, view }: Status, style: Style): string[] {
  if (!fence) return [];
  const lines = ["", `Fence ${style.bold(fence.type)}: ${waits(fence, view)}`];
  for (const { target, ready, code, message, stopping, checkedAt } of fence.targets) {
    const shot = view.fence?.targets.find(({ server }) => server === target);
    const [state, show] = stopping
      ? ["stopping", style.warn] as const
      : shot?.stopped
      ? ["off", style.good] as const
      : [ready ?? "unknown", colour(ready ?? "unknown", style)] as const;
    const detail = shot && shot.message !== "" ? shot.message : code === null ? message : numbered(code, message);
    const looked = checkedAt === null ? "" : style.dim(` (${clock(checkedAt)})`);
    lines.push(`  ${show(state.padEnd(8))} ${target.padEnd(16)} ${detail}${looked}`);
  }
  return lines;
}

function waits({ wait }: FenceState, { fence }: View): string {
  if (wait === "always" || fence?.required) {
    return "a takeover waits until it has confirmed that the silent server is off";
  }
  return "it stops a silent server beside the takeover, which does not wait";
}

function renderGroup(group: GroupView, starts: NonNullable<Status["starts"]>, style: Style, nowMs: number): string[] {
  const where = (group.carrier === null ? style.warn : style.good)(whereIs(group, nowMs));
  const lines = ["", `Group ${style.bold(group.name)}: ${where}, epoch ${group.epoch}`];
  if (group.permitLeftMs !== null) lines.push(`  permit of this server: ${group.permitLeftMs} ms`);
  lines.push(`  here ${group.status} since ${timeOf(nowMs - group.forMs)}: ${group.why}`);
  if (group.waiting !== null) lines.push(`  waits: ${group.waiting}`);
  for (const resource of group.resources) {
    const { name, status, failure } = resource;
    const failed = failure && status !== "online" ? ` ${numbered(failure.code, failure.message)}` : "";
    lines.push(`  ${colour(status, style)(status.padEnd(15))} ${name}${failed}`);
    lines.push(...renderStart(starts[name]).map(style.dim));
  }
  for (const { name, ready, why, status } of group.servers) {
    const could = ready ? style.good("ready") : style.warn(why ?? "not ready");
    lines.push(`  ${name.padEnd(15)} ${status}; ${could}`);
  }
  return lines;
}

/** What the start of a resource printed last. */
function renderStart(start: NonNullable<Status["starts"]>[string] | undefined): string[] {
  if (start === undefined || start.lines.length === 0) return [];
  const { program, status, at, lines } = start;
  const how = status === 0 ? "" : `, status ${status}`;
  return [
    `${" ".repeat(18)}${program} printed last (${at.slice(11, 19)}${how}):`,
    ...lines.slice(-START_LINES).map((line) => `${" ".repeat(20)}${line}`),
  ];
}

function monitors({ view: { monitors }, checks }: Status, style: Style): string[] {
  if (monitors.length === 0) return [];
  return [
    "",
    "Monitors:",
    ...monitors.map(({ name, status, code, message, forcedBy, begun }) => {
      const detail = message === "" ? "" : ` ${code === null ? message : numbered(code, message)}`;
      const forced = forcedBy === null ? "" : style.warn(` (made to fail by ${forcedBy})`);
      const seen = status === "offline" || !checks[name] ? "" : style.dim(` (${clock(checks[name].time)})`);
      const loops = (begun ?? 0) < LOOPS ? "" : style.warn(` (recovery begun ${begun} times within an hour)`);
      return `  ${colour(status, style)(status.padEnd(8))} ${name.padEnd(16)}${detail}${seen}${forced}${loops}`;
    }),
  ];
}

/** The time of day of an ISO 8601 time. */
function clock(time: string): string {
  return time.slice(11, 19);
}

function colour(status: string, style: Style): (text: string) => string {
  if (status === "online" || status === "normal") return style.good;
  if (status === "error" || status.endsWith("failure")) return style.bad;
  if (status === "offline") return style.dim;
  return style.warn;
}
