/**
 * A verdict as it may be used, from what a plugin has returned: that may be anything, and most of its text was said by
 * somebody else.
 *
 * @module
 */
import { plainText } from "./plain_text.ts";
import type { Verdict } from "./verdict.ts";

/** Longest message, and longest name of a measurement. In characters. */
const MAX_MESSAGE = 2_000;
const MAX_NAME = 64;
const MAX_MEASUREMENTS = 32;
/** Measurements that are named when they are left out. */
const MAX_TOLD = 3;

/**
 * The verdict of the type `type`. What is no verdict is a `TypeError`. A measurement without a name or without a finite
 * number is left out and the message says so; what was found out still counts.
 */
export function soundVerdict(type: string, value: unknown): Verdict {
  const { status, code, message, measurements } = fields(value);
  if (typeof message !== "string" || !["normal", "warning", "error", "unknown"].includes(status as string)) {
    throw new TypeError(`${type} gave no verdict with a status and a message`);
  }
  const { sound, refused } = sifted(fields(measurements));
  const why = refused.length === 0 ? "" : ` (left out: ${refused.slice(0, MAX_TOLD).join(", ")})`;
  return {
    status: status as Verdict["status"],
    ...(Number.isSafeInteger(code) ? { code: code as number } : {}),
    message: plainText(message, MAX_MESSAGE - why.length) + why,
    ...(sound.length > 0 ? { measurements: Object.fromEntries(sound) } : {}),
  };
}

function sifted(measurements: Record<string, unknown>): { sound: [string, number][]; refused: string[] } {
  const sound: [string, number][] = [];
  const refused: string[] = [];
  for (const [given, number] of Object.entries(measurements)) {
    const name = plainText(given, MAX_NAME).trim();
    if (name === "" || given.length > MAX_NAME) refused.push("a measurement without a name, or with a very long one");
    else if (typeof number !== "number" || !Number.isFinite(number)) refused.push(`${name}, which is no finite number`);
    else if (sound.length >= MAX_MEASUREMENTS) refused.push(`what is more than ${MAX_MEASUREMENTS} measurements`);
    else sound.push([name, number]);
  }
  return { sound, refused: [...new Set(refused)] };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}
