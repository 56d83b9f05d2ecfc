/**
 * Faults that arrive as JSON: checked, with a sentence for each thing that is wrong.
 *
 * @module
 */
import type { FaultKind, FaultScope, FaultSpec } from "./faults.ts";

const KINDS: Record<FaultKind["kind"], { needs: string[]; may: string[] }> = {
  latency: { needs: ["ms"], may: [] },
  throttle: { needs: [], may: [] },
  error: { needs: ["code"], may: ["message", "status"] },
  hang: { needs: [], may: [] },
  stale: { needs: ["ms"], may: [] },
  lost: { needs: [], may: [] },
  late: { needs: ["ms"], may: [] },
  unreachable: { needs: [], may: [] },
};
const SCOPE: (keyof FaultScope)[] = ["server", "action", "count"];
const NUMBERS: Record<string, { min: number; max: number }> = {
  ms: { min: 0, max: 600_000 },
  count: { min: 1, max: 1_000_000 },
  status: { min: 400, max: 599 },
};

/** Checks a fault; throws a `TypeError` that says what is wrong and what would be right. */
export function parseFault(value: unknown): FaultSpec {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`a fault is an object such as {"kind": "throttle", "count": 2}, not ${JSON.stringify(value)}`);
  }
  const fault = value as Record<string, unknown>;
  const kind = fault.kind;
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) {
    throw new TypeError(`kind is ${JSON.stringify(kind)}: it must be one of ${Object.keys(KINDS).join(", ")}`);
  }
  const shape = KINDS[kind as FaultKind["kind"]];
  for (const key of shape.needs) {
    if (fault[key] === undefined) throw new TypeError(`a fault of kind ${kind} needs ${key}`);
  }
  const known = ["kind", ...shape.needs, ...shape.may, ...SCOPE];
  for (const [key, one] of Object.entries(fault)) {
    if (!known.includes(key)) {
      throw new TypeError(`a fault of kind ${kind} has no ${key}; it knows ${known.slice(1).join(", ")}`);
    }
    const range = NUMBERS[key];
    if (range && !(typeof one === "number" && Number.isInteger(one) && one >= range.min && one <= range.max)) {
      throw new TypeError(
        `${key} is ${JSON.stringify(one)}: it must be a whole number from ${range.min} to ${range.max}`,
      );
    }
    if (!range && (typeof one !== "string" || one === "")) {
      throw new TypeError(`${key} is ${JSON.stringify(one)}: it must be a text that is not empty`);
    }
  }
  return { ...fault } as unknown as FaultSpec;
}
