/**
 * `timing`: one word or a detection time; everything else is derived from it.
 *
 * @module
 */
import {
  checkTiming,
  CLOCK_DRIFT,
  MAX_TAKEOVER_MS,
  MIN_TAKEOVER_MS,
  type Timing,
  TIMING_PRESETS,
  timingFor,
} from "../cluster/timing.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { readSection, readValue, wrongForm } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, WordOrSectionShape } from "./shape/shape.ts";

const KEYS = {
  detection: {
    type: "duration",
    min: MIN_TAKEOVER_MS,
    max: MAX_TAKEOVER_MS,
    description: "silence after which another server may take over; the times below are derived from it",
  },
  interval: { type: "duration", min: 50, max: 60_000, description: "time between two heartbeats" },
  permit: {
    type: "duration",
    min: 100,
    max: MAX_TAKEOVER_MS,
    description: "how long a confirmed heartbeat lets its sender carry groups",
  },
  pause: {
    type: "duration",
    min: 10,
    max: MAX_TAKEOVER_MS,
    description: "longest time in which the agent may not run at all",
  },
  stop: {
    type: "duration",
    min: 100,
    max: MAX_TAKEOVER_MS,
    description: "what a server without permit gets to stop its groups before the final action",
  },
} as const satisfies ShapeKeys;

/** The keys that may have broken an inequality, the likeliest first: the first that is written is pointed at. */
const CULPRITS: Readonly<Record<keyof Timing, readonly (keyof typeof KEYS)[]>> = {
  takeoverMs: ["detection", "permit", "stop", "pause"],
  intervalMs: ["interval"],
  permitMs: ["permit", "interval", "detection"],
  pauseMs: ["pause"],
  stopMs: ["stop"],
};

const DEFAULT_PRESET = "standard";

const SECTION: SectionShape<typeof KEYS> = { form: "section", description: "the times, one by one", keys: KEYS };

export const TIMING_SHAPE = {
  form: "word-or-section",
  description: `how fast a failure is noticed: a word, or a detection time; default ${DEFAULT_PRESET} (10 s)`,
  word: {
    type: "string",
    oneOf: ["fast", "standard", "relaxed"],
    description: "fast notices within 3 s, standard within 10 s, relaxed within 30 s",
  },
  section: SECTION,
} as const satisfies WordOrSectionShape;

/** What the detection time leaves for stopping; undefined when that is less than a fifth of it, which nobody means. */
function restForStopping({ takeoverMs, permitMs, pauseMs }: Timing): number | undefined {
  const restMs = Math.floor(takeoverMs * (1 - CLOCK_DRIFT) / (1 + CLOCK_DRIFT)) - permitMs - pauseMs;
  return restMs >= takeoverMs / 5 ? restMs : undefined;
}

/** Reads `timing` and checks the inequalities the safety of the cluster rests on. */
export function readTiming(at: Cursor | undefined, context: FileContext): Timing {
  const standard = TIMING_PRESETS[DEFAULT_PRESET];
  if (at === undefined) return standard;
  if (at.form === "scalar") {
    const word = readValue(at, TIMING_SHAPE.word, context) as keyof typeof TIMING_PRESETS | undefined;
    return word === undefined ? standard : TIMING_PRESETS[word];
  }
  if (at.form !== "map") {
    wrongForm(at, "fast, standard, relaxed, or times such as { detection: 8s }", context);
    return standard;
  }
  const { values, written } = readSection(at, SECTION, context);
  if ([...written.keys()].some((key) => values[key as keyof typeof KEYS] === undefined)) return standard;
  const derived = values.detection === undefined ? standard : timingFor(values.detection);
  const timing: Timing = {
    takeoverMs: derived.takeoverMs,
    intervalMs: values.interval ?? derived.intervalMs,
    permitMs: values.permit ?? derived.permitMs,
    pauseMs: values.pause ?? derived.pauseMs,
    stopMs: values.stop ?? derived.stopMs,
  };
  const shifted = values.permit !== undefined || values.pause !== undefined;
  if (shifted && values.stop === undefined) timing.stopMs = restForStopping(timing) ?? derived.stopMs;
  for (const problem of checkTiming(timing)) {
    const culprit = CULPRITS[problem.key].find((key) => written.has(key));
    context.problems.add((culprit && written.get(culprit) || at).place, problem.message, FAULT_CODES.fileTimes);
  }
  return timing;
}
