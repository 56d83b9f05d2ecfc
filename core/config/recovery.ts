/**
 * `recovery`: what the failure of a monitor leads to.
 *
 * @module
 */
import type { RecoverySpec, RecoveryTarget } from "../cluster/spec.ts";
import type { RecoveryScripts } from "./config.ts";
import { nearest } from "../plugin/nearest.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { BEFORE_SHAPE, readScripts, SCRIPT_SHAPE } from "./recovery_scripts.ts";
import { readSection } from "./shape/read.ts";
import type { SectionShape, ShapeKeys } from "./shape/shape.ts";

const KEYS = {
  target: {
    type: "string",
    description: "LocalServer, all groups, or the name of a group or resource; default: the resource of a companion, " +
      "else LocalServer",
  },
  script: SCRIPT_SHAPE,
  reactivations: {
    type: "integer",
    min: 0,
    max: 99,
    description: "reactivations of the target before a failover; default 3, for LocalServer 0",
  },
  failovers: {
    type: "integer",
    min: 0,
    max: 99,
    description: "failovers before the final action; default 1, for LocalServer 0",
  },
  failoverTarget: {
    type: "string",
    oneOf: ["stable", "priority"],
    default: "stable",
    description: "whom a failover goes to. stable: fewest errors, then the order of servers; priority: the order alone",
  },
  before: BEFORE_SHAPE,
  finalAction: {
    type: "string",
    oneOf: ["none", "stop-resource", "stop-group", "stop-service", "shutdown", "reboot"],
    default: "none",
    description: "what is done when all of that did not help; stop-resource: with what stands on it",
  },
  onUnknown: {
    type: "string",
    oneOf: ["ignore", "warn", "recover"],
    default: "warn",
    description: "what a check leads to that could not find out; recover treats it as an error",
  },
  onTimeout: {
    type: "string",
    oneOf: ["ignore", "warn", "recover"],
    description: "the same for a check that did not end within its timeout; default: as onUnknown",
  },
} as const satisfies ShapeKeys;

export const RECOVERY_SHAPE: SectionShape<typeof KEYS> = {
  form: "section",
  description: "what its failure leads to; without it nothing is done but reporting, for a companion see the defaults",
  keys: KEYS,
};

/** A group that can be a target, with its resources. */
export interface TargetGroup {
  name: string;
  servers: readonly string[];
  resources: readonly string[];
}

/** A recovery with the programs that it runs. */
export interface ReadRecovery {
  recovery: RecoverySpec;
  scripts?: RecoveryScripts;
}

/** Reads `recovery`. `home` is the target when none is written. */
export function readRecovery(
  at: Cursor | undefined,
  home: RecoveryTarget,
  groups: readonly TargetGroup[],
  context: FileContext,
): ReadRecovery {
  if (at === undefined) {
    return { recovery: { target: home, ...countsFor(home), finalAction: "none", onUnknown: "warn" } };
  }
  const { values, written } = readSection(at, RECOVERY_SHAPE, context);
  const targetAt = written.get("target");
  const target = targetAt === undefined || values.target === undefined
    ? home
    : readTarget(values.target, targetAt, groups, context) ?? home;
  const counts = countsFor(target);
  if (target.kind === "local-server") {
    for (const key of ["reactivations", "failovers"] as const) {
      const count = values[key] ?? 0;
      const countAt = written.get(key);
      if (count > 0 && countAt !== undefined) {
        context.problems.add(
          countAt.place,
          `is ${count}, but a server can't be reactivated or moved; set it to 0, or name a group or resource as target`,
          FAULT_CODES.fileSense,
        );
      }
    }
    if (values.finalAction === "stop-group") {
      context.problems.add(
        (written.get("finalAction") ?? at).place,
        "stop-group needs a group; name a group or resource as target, or take stop-service",
        FAULT_CODES.fileSense,
      );
    }
  }
  if (values.finalAction === "stop-resource" && target.kind !== "resource") {
    context.problems.add(
      (written.get("finalAction") ?? at).place,
      "stop-resource needs a resource; name a resource as target, or take stop-group",
      FAULT_CODES.fileSense,
    );
  }
  const { scripts, count } = readScripts(written.get("script"), written.get("before"), context);
  const maxReactivations = values.reactivations ?? counts.maxReactivations;
  const maxFailovers = values.failovers ?? counts.maxFailovers;
  for (
    const [step, key, max] of [["reactivation", "reactivations", maxReactivations], [
      "failover",
      "failovers",
      maxFailovers,
    ]] as const
  ) {
    if (max > 0 || scripts[step] === undefined) continue;
    context.problems.add(
      (written.get("before")?.get(step) ?? at).place,
      `would never run, because ${key} is 0; raise that, or remove the script`,
      FAULT_CODES.fileSense,
    );
  }
  const before = (["reactivation", "failover", "finalAction"] as const).filter((step) => scripts[step] !== undefined);
  return {
    recovery: {
      target,
      ...(scripts.script === undefined ? {} : { maxScripts: count }),
      ...(before.length === 0 ? {} : { before }),
      maxReactivations,
      maxFailovers,
      ...(values.failoverTarget === "stable" ? {} : { failoverTarget: values.failoverTarget }),
      finalAction: values.finalAction,
      onUnknown: values.onUnknown,
      ...(values.onTimeout === undefined ? {} : { onTimeout: values.onTimeout }),
    },
    ...(Object.keys(scripts).length === 0 ? {} : { scripts }),
  };
}

function countsFor(target: RecoveryTarget): Pick<RecoverySpec, "maxReactivations" | "maxFailovers"> {
  return target.kind === "local-server"
    ? { maxReactivations: 0, maxFailovers: 0 }
    : { maxReactivations: 3, maxFailovers: 1 };
}

function readTarget(
  text: string,
  at: Cursor,
  groups: readonly TargetGroup[],
  context: FileContext,
): RecoveryTarget | undefined {
  if (/^localserver$/i.test(text)) return { kind: "local-server" };
  if (/^all groups$/i.test(text)) return { kind: "all-groups" };
  const group = groups.find((group) => group.name === text);
  if (group !== undefined) return { kind: "group", group: group.name };
  const home = groups.find((group) => group.resources.includes(text));
  if (home !== undefined) return { kind: "resource", group: home.name, resource: text };
  const taken = context.names.get(text);
  const candidates = ["LocalServer", "all groups", ...groups.flatMap((group) => [group.name, ...group.resources])];
  const meant = nearest(text, candidates);
  const right = meant === undefined ? "give LocalServer, all groups, or a group or resource" : `did you mean ${meant}?`;
  const wrong = taken === undefined
    ? `there is no group or resource ${text}`
    : `${text} is no group or resource but the ${taken.kind} in line ${taken.place.line}`;
  context.problems.add(at.place, `${wrong}; ${right}`, FAULT_CODES.fileName);
  return undefined;
}

/** The servers that can carry the target; undefined when it is no group or resource. */
export function serversOfTarget(target: RecoveryTarget, groups: readonly TargetGroup[]): readonly string[] | undefined {
  if (target.kind !== "group" && target.kind !== "resource") return undefined;
  return groups.find((group) => group.name === target.group)?.servers;
}
