/**
 * A request that is not done: the sentence why, with the number that `baton explain` takes at its end.
 *
 * @module
 */
import type { Context } from "hono";
import { explained } from "../plugin/explained.ts";
import { FAULT_CODES } from "../plugin/fault.ts";

/** What the endpoint answers with, and the number of each. */
const NUMBERS = {
  400: FAULT_CODES.arguments,
  401: FAULT_CODES.noAgent,
  404: FAULT_CODES.arguments,
  405: FAULT_CODES.arguments,
  409: FAULT_CODES.refused,
  413: FAULT_CODES.arguments,
  421: FAULT_CODES.arguments,
  500: FAULT_CODES.internal,
} as const;

type RefusalStatus = keyof typeof NUMBERS;

/** Answers with `error`, a sentence. */
export function refusal(context: Context, status: RefusalStatus, error: string): Response {
  return context.json({ error: explained(error, NUMBERS[status]) }, status);
}

/** The same before anybody has looked at the path. */
export function refused(status: RefusalStatus, error: string): Response {
  const headers = { "Cache-Control": "no-store" };
  return Response.json({ error: explained(error, NUMBERS[status]) }, { status, headers });
}
