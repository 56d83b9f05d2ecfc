/**
 * What comes from outside the process is checked before it is believed: beats from the wire (another version of Baton may
 * hold the same key) and the state from disk (another program may have written it).
 *
 * @module
 */
import * as z from "zod";
import type { DurableState } from "../cluster/durable.ts";
import type { Beat } from "../cluster/message.ts";

const ms = z.number().finite();
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const name = z.string().min(1).max(256);
const byServer = <T extends z.ZodType>(of: T) => z.record(name, of);

const register = z.object({ epoch: count, holder: name.nullable(), won: z.boolean(), released: z.boolean() });
const intent = z.object({ version: count, run: z.boolean(), to: name.exactOptional(), by: z.string().max(256) });
const votes = byServer(count);

/** A heartbeat. */
export const beatSchema: z.ZodType<Beat> = z.object({
  from: name,
  incarnation: name,
  sequence: count,
  sentMs: ms,
  acks: byServer(z.object({ incarnation: name, sentMs: ms, taken: z.boolean() })),
  votes: z.array(name).max(64),
  groups: z.record(
    name,
    z.object({
      register,
      idle: z.boolean(),
      open: z.boolean(),
      claim: count.exactOptional(),
      status: z.enum(["online", "offline", "online-pending", "offline-pending", "online-failure", "offline-failure"]),
      ready: z.boolean(),
      why: z.string().max(4_096).exactOptional(),
      errors: count,
      intent,
      served: z.number().int().min(-1),
    }),
  ),
  leaving: z.boolean(),
  left: z.boolean(),
  handover: z.object({
    give: z.object({ to: name, votes }).exactOptional(),
    ask: z.object({ to: name, serial: count }).exactOptional(),
    held: votes,
    closed: votes,
  }),
});

/** The durable memory. */
export const durableSchema: z.ZodType<DurableState> = z.object({
  registers: z.record(name, register),
  intents: z.record(name, intent),
  handover: z.object({
    given: z.object({ to: name, serial: count, votes }).nullable(),
    serial: count,
    held: votes,
    closed: votes,
    moved: votes,
  }),
});

/** The first thing that is wrong, as a sentence without its full stop. */
export function firstProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".") || "it"}: ${issue.message}` : "it has another shape";
}
