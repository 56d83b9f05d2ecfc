/**
 * The command `escalation script=1 reactivations=2 failovers=1`: a cluster of its own, in which the monitor of the scenario
 * finds nothing but errors, one check after the other, until nothing more is done about them. One line for each check:
 * where it failed and which step was taken.
 */
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import type { Line } from "../../core/simulation/story.ts";
import type { World } from "../../core/simulation/world.ts";
import { reallyOn } from "./status.ts";
import { numberOf, onlyOptions, type Words } from "./words.ts";

/** More checks than any of these takes. */
const MAX_CHECKS = 30;
/** Time from one check to the next, in milliseconds: a move and a farewell are over by then. */
const CHECK_MS = 2_000;
/** What is told of a check. */
const TOLD = ["recovery", "recovery-script", "recovery-skipped", "final-action", "final-action-suppressed"];

/** Plays one combination of counts. */
export function escalation(spec: ClusterSpec, words: Words, open: (spec: ClusterSpec) => World): string[] {
  onlyOptions(words, ["script", "reactivations", "failovers"]);
  const [monitor] = spec.monitors;
  if (!monitor) throw new Error("escalation: a line `monitor ...` comes before it");
  const { options } = words;
  const recovery = {
    ...monitor.recovery,
    maxScripts: numberOf(options, "script", 0),
    maxReactivations: numberOf(options, "reactivations", 0),
    maxFailovers: numberOf(options, "failovers", 0),
  };
  const world = open({ ...spec, monitors: [{ ...monitor, recovery }] });
  world.startAll();
  world.run(5_000);
  const lines: string[] = [];
  for (let check = 1; check <= MAX_CHECKS; check++) {
    const watches = world.machines.filter((machine) => machine.monitors.has(monitor.name));
    // The server that has what is watched; a local one is always the first.
    const at = recovery.target.kind === "local-server"
      ? watches.find(({ name }) => name === spec.servers[0])
      : watches.find((machine) => spec.groups.some(({ name }) => machine.active(name)));
    if (!at) {
      lines.push(`${label(check)} nobody watches any more`);
      break;
    }
    const told = world.story.length;
    at.deliver({ type: "verdict", monitor: monitor.name, verdict: { status: "error", code: 6, message: "refused" } });
    world.run(CHECK_MS);
    const steps = world.story.slice(told).filter(isStep);
    for (const { server, reason: { text } } of steps) lines.push(`${label(check)} ${server} ${text}`);
    if (steps.length === 0) {
      lines.push(`${label(check)} ${at.name} nothing more`);
      break;
    }
  }
  const off = world.machines.filter(({ running }) => !running);
  const down = off.map(({ name, powered }) => `, ${name} ${powered ? "without agent" : "off"}`).join("");
  return [...lines, `   ${spec.groups.map(({ name }) => `${name} ${reallyOn(world, name)}`).join(", ")}${down}`];
}

function label(check: number): string {
  return String(check).padStart(2);
}

function isStep({ reason: { code, text } }: Line): boolean {
  return TOLD.includes(code) || (code === "world" && /goes down|agent ends/.test(text));
}
