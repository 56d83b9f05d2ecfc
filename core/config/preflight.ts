/**
 * `preflight`: how often a running agent looks whether it could take its groups.
 *
 * @module
 */
import type { PreflightConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { readSection } from "./shape/read.ts";
import type { SectionShape, ShapeKeys } from "./shape/shape.ts";

/** Where the file says nothing. In milliseconds. */
const DEFAULT_MS = 600_000;
/** Often enough for everybody, and far from what EC2 lets an account ask. In milliseconds. */
const LEAST_MS = 60_000;
const DAY_MS = 86_400_000;

const KEYS = {
  interval: {
    type: "duration",
    min: 0,
    max: DAY_MS,
    default: "10m",
    description: "time from one preflight to the next, 1m or longer; 0s: only when somebody asks for one",
  },
} as const satisfies ShapeKeys;

export const PREFLIGHT_SHAPE: SectionShape<typeof KEYS> = {
  form: "section",
  description: "how often a running agent looks whether it could take its groups; it never moves one because of it",
  keys: KEYS,
};

/** Reads `preflight`. */
export function readPreflight(at: Cursor | undefined, context: FileContext): PreflightConfig {
  if (at === undefined) return { intervalMs: DEFAULT_MS };
  const { values, written } = readSection(at, PREFLIGHT_SHAPE, context);
  const intervalMs = values.interval;
  if (intervalMs > 0 && intervalMs < LEAST_MS) {
    const place = (written.get("interval") ?? at).place;
    context.problems.add(place, `is ${intervalMs} ms: write 1m or longer, or 0s for none`);
  }
  return { intervalMs };
}
