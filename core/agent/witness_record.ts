/**
 * A group's record as text: one line of JSON, its keys always in the same order.
 *
 * @module
 */
import * as z from "zod/mini";
import type { WitnessRecord } from "../cluster/events.ts";
import { count, firstProblem, promiseMs } from "./schemas.ts";

const name = z.string().check(z.minLength(1), z.maxLength(256));

/** Strict: a part that this version does not know could be one that changes what the others mean. */
const schema: z.ZodMiniType<WitnessRecord> = z.strictObject({
  epoch: count,
  holder: z.nullable(name),
  won: z.boolean(),
  released: z.boolean(),
  servesMs: promiseMs,
  writer: name,
  write: count,
});

/** Writes a record. */
export function recordText({ epoch, holder, won, released, servesMs, writer, write }: WitnessRecord): string {
  return JSON.stringify({ epoch, holder, won, released, servesMs, writer, write });
}

/** Reads a record, or says what is wrong with the text, without a full stop. */
export function readRecord(text: string): { record: WitnessRecord } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "it is no JSON" };
  }
  const read = schema.safeParse(value);
  return read.success ? { record: read.data } : { problem: firstProblem(read.error) };
}
