/**
 * What the service of systemd decides about the agent: whom it ends together with it, when, and what becomes of one that
 * has ended. A final action (`stop-service`) is to last until somebody has looked; started again within seconds, the agent
 * brings back what it has taken away, for ever.
 *
 * @module
 */
import { FAULT_CODES } from "../plugin/fault.ts";
import { doubtful, type Finding, fine, unclear } from "../plugin/finding.ts";
import type { PreflightParts } from "./parts.ts";

/** The service whose agent this may be where none runs; the name of the example. */
const USUAL_UNIT = "baton.service";
/** Is there when systemd runs the machine. */
const SYSTEMD = "/run/systemd/system";
/** Asking takes no longer than this. In milliseconds. */
const ASK_MS = 5_000;

/** The exit status of an agent that a final action has ended, as `baton run --help` has it. */
const FINAL_ACTION = "3";
/** Values of `Restart=` that start an agent again whose status is no success. */
const RESTARTS = ["always", "on-failure"];

const PROPERTIES = [
  "LoadState",
  "User",
  "KillMode",
  "OOMPolicy",
  "TimeoutStopUSec",
  "RuntimeMaxUSec",
  "Restart",
  "RestartPreventExitStatus",
] as const;

/** What systemd says of a unit. */
export type UnitProperties = Readonly<Partial<Record<(typeof PROPERTIES)[number], string>>>;

/** Looks at the service of this agent. Nothing to say where systemd runs none. */
export async function unitFindings(
  { config, os, bounded }: Pick<PreflightParts, "config" | "os" | "bounded">,
  systemd = SYSTEMD,
): Promise<Finding[]> {
  if (os.name !== "linux" || !await Deno.stat(systemd).then(() => true, () => false)) return [];
  const unit = await os.ownService?.() ?? USUAL_UNIT;
  try {
    const { status, stdout, stderr } = await bounded(
      ASK_MS,
      (signal) => os.exec(["systemctl", "show", unit, `--property=${PROPERTIES.join(",")}`], { signal }),
    );
    if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1) || `systemctl ended with status ${status}`);
    const longestMs = Math.max(
      0,
      ...config.groups.map(({ resources }) => resources.reduce((sum, one) => sum + one.deactivateTimeoutMs, 0)),
    );
    return judgedUnit(unit, propertiesIn(stdout), longestMs);
  } catch (error) {
    return [unclear(unit, FAULT_CODES.unit, `what systemd decides can't be found out (${(error as Error).message})`)];
  }
}

/** What is wrong with a unit. `longestMs`: how long a group may take to go down. */
export function judgedUnit(unit: string, properties: UnitProperties, longestMs: number): Finding[] {
  if (properties.LoadState !== "loaded") return [];
  const { User: user, KillMode: kill, OOMPolicy: oom, TimeoutStopUSec: stop, RuntimeMaxUSec: most } = properties;
  const wrong: Finding[] = [];
  const says = (line: string, message: string, right: string) =>
    wrong.push(doubtful(unit, FAULT_CODES.unit, `${line}: ${message}`, `${right} in ${unit}; systemctl daemon-reload`));
  if (kill === "control-group" || kill === "mixed") {
    says(
      `KillMode=${kill}`,
      kill === "mixed"
        ? "what start scripts have left running is killed at every end of the agent"
        : "a stop of the agent also ends the stop scripts that it runs for its groups",
      "KillMode=process",
    );
  }
  if (oom === "stop" || oom === "kill") {
    says(
      `OOMPolicy=${oom}`,
      oom === "kill"
        ? "when one program of a group uses up the memory, the kernel ends the agent and all it runs with it"
        : "when one program of a group uses up the memory, systemd stops the agent and all its groups",
      "OOMPolicy=continue",
    );
  }
  const stopMs = spanMs(stop);
  if (stopMs !== undefined && stopMs < longestMs) {
    says(
      `TimeoutStopSec=${stop}`,
      `a group may take ${Math.ceil(longestMs / 1_000)} s to go down, and the agent is killed in the middle of it`,
      `TimeoutStopSec=${Math.ceil(longestMs / 1_000) + 60}`,
    );
  }
  if (most !== undefined && spanMs(most) !== undefined) {
    says(`RuntimeMaxSec=${most}`, "the agent is ended after that time, however well it is", "RuntimeMaxSec=infinity");
  }
  const { Restart: restart = "", RestartPreventExitStatus: prevents = "" } = properties;
  if (RESTARTS.includes(restart) && !prevents.split(/\s+/).includes(FINAL_ACTION)) {
    says(
      `Restart=${restart}`,
      `after the final action stop-service the agent (exit status ${FINAL_ACTION}) is started again at once, and so for ever`,
      `RestartPreventExitStatus=${FINAL_ACTION}`,
    );
  }
  if (user !== undefined && user !== "" && user !== "root") {
    says(
      `User=${user}`,
      "the dead man's switch can't leave the cgroup of the service: what ends all of it at once (systemctl kill) ends " +
        "both, and the groups stay up beside their successors",
      "User=root",
    );
  }
  return wrong.length > 0
    ? wrong
    : [fine(unit, "it ends the agent alone, gives it time to stop, and leaves it down after a final action")];
}

function propertiesIn(text: string): UnitProperties {
  return Object.fromEntries(
    text.split("\n").flatMap((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

const UNITS_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A span of time as systemd shows it (`1min 30s`); undefined when it has no end, or is not understood. */
function spanMs(text: string | undefined): number | undefined {
  const parts = [...(text ?? "").matchAll(/([\d.]+)([a-z]+)/g)].map(([, count, unit = ""]) =>
    Number(count) * UNITS_MS[unit]!
  );
  return parts.length === 0 || parts.some((part) => !Number.isFinite(part)) ? undefined : parts.reduce((a, b) => a + b);
}
