/**
 * The programs of a recovery: the recovery script, and those that run before its other steps.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import type { RecoveryStep } from "../cluster/spec.ts";
import type { RecoveryScript, RecoveryScripts } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { readSection } from "./shape/read.ts";
import type { SectionShape, ShapeKeys } from "./shape/shape.ts";

const COMMAND = {
  command: {
    type: "strings",
    required: true,
    description: "program and arguments, run without a shell; status 0 is success",
  },
  timeout: {
    type: "duration",
    min: 100,
    max: 86_400_000,
    default: "30s",
    description: "after this it is killed with its children and has failed",
  },
} as const satisfies ShapeKeys;

const SCRIPT_KEYS = {
  ...COMMAND,
  count: { type: "integer", min: 0, max: 99, default: 1, description: "how often, one run for each further failure" },
} as const satisfies ShapeKeys;

export const SCRIPT_SHAPE: SectionShape<typeof SCRIPT_KEYS> = {
  form: "section",
  description: "a program that may help, run before anything else is done",
  keys: SCRIPT_KEYS,
};

const STEP: SectionShape<typeof COMMAND> = {
  form: "section",
  description: "a program that the step waits for; the step follows also when it fails",
  keys: COMMAND,
};

const BEFORE_KEYS = { reactivation: STEP, failover: STEP, finalAction: STEP } as const satisfies ShapeKeys;

export const BEFORE_SHAPE: SectionShape<typeof BEFORE_KEYS> = {
  form: "section",
  description: "programs that run before the steps of the recovery",
  keys: BEFORE_KEYS,
};

/** Reads `script` and `before`, and how often the first of them runs. */
export function readScripts(
  scriptAt: Cursor | undefined,
  beforeAt: Cursor | undefined,
  context: FileContext,
): { scripts: RecoveryScripts; count: number } {
  const scripts: Partial<Record<RecoveryStep, RecoveryScript>> = {};
  let count = 0;
  if (scriptAt !== undefined) {
    const section = readSection(scriptAt, SCRIPT_SHAPE, context);
    const script = scriptOf(section.values, section.written.get("command"), context);
    if (script !== undefined) scripts.script = script;
    count = section.values.count;
  }
  const before = beforeAt && readSection(beforeAt, BEFORE_SHAPE, context).written;
  for (const step of ["reactivation", "failover", "finalAction"] as const) {
    const at = before?.get(step);
    if (at === undefined) continue;
    const section = readSection(at, STEP, context);
    const script = scriptOf(section.values, section.written.get("command"), context);
    if (script !== undefined) scripts[step] = script;
  }
  return { scripts, count };
}

function scriptOf(
  { command, timeout }: { command: string[] | undefined; timeout: number },
  at: Cursor | undefined,
  context: FileContext,
): RecoveryScript | undefined {
  const [program, ...args] = command ?? [];
  if (program === undefined || at === undefined) return undefined;
  if (!isAbsolute(program) && /[/\\]/.test(program)) {
    context.problems.add(
      at.place,
      `begins with the relative path ${program}; write the absolute path, or a name that is in PATH`,
    );
  }
  return { command: [program, ...args], timeoutMs: timeout };
}
