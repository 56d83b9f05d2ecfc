/**
 * What comes from outside the process is checked before it is believed: beats from the wire (another version of Baton may
 * hold the same key) and the state from disk (another program may have written it).
 *
 * @module
 */
import * as z from "zod/mini";
import type { DurableState } from "../cluster/durable.ts";
import type { Beat } from "../cluster/message.ts";

/** The longest reason in words that a beat carries. In characters. */
export const MAX_REASON_LENGTH = 4_096;

const ms = z.number();
const count = z.int().check(z.minimum(0));
const span = z.number().check(z.minimum(0));
const text = (longest: number) => z.string().check(z.maxLength(longest));
const name = z.string().check(z.minLength(1), z.maxLength(256));
const byServer = <T extends z.ZodMiniType>(of: T) => z.record(name, of);

const register = z.object({
  epoch: count,
  holder: z.nullable(name),
  won: z.boolean(),
  released: z.boolean(),
  under: z.exactOptional(count),
});
const intent = z.object({
  version: count,
  run: z.boolean(),
  to: z.exactOptional(name),
  recovery: z.exactOptional(z.literal(true)),
  by: text(1_024),
});
const votes = byServer(count);

/** A heartbeat. */
export const beatSchema: z.ZodMiniType<Beat> = z.object({
  from: name,
  incarnation: name,
  sequence: count,
  sentMs: ms,
  acks: byServer(z.object({ incarnation: name, sentMs: ms, taken: z.boolean() })),
  votes: z.array(name).check(z.maxLength(64)),
  roster: z.array(name).check(z.maxLength(64)),
  groups: z.record(
    name,
    z.object({
      register,
      idle: z.boolean(),
      open: z.boolean(),
      claim: z.exactOptional(count),
      status: z.enum(["online", "offline", "online-pending", "offline-pending", "online-failure", "offline-failure"]),
      ready: z.boolean(),
      why: z.exactOptional(text(MAX_REASON_LENGTH)),
      crowded: z.exactOptional(text(MAX_REASON_LENGTH)),
      unwell: z.exactOptional(text(MAX_REASON_LENGTH)),
      errors: count,
      intent,
      served: z.int().check(z.minimum(-1)),
    }),
  ),
  leaving: z.boolean(),
  left: z.boolean(),
  patienceMs: span,
  handover: z.object({
    give: z.exactOptional(z.object({ to: name, votes })),
    ask: z.exactOptional(z.object({ to: name, serial: count, votes })),
    held: votes,
    closed: votes,
    unsure: z.array(name).check(z.maxLength(64)),
    bindsMs: span,
  }),
  file: z.exactOptional(z.object({ generation: count, digest: text(64), running: text(64) })),
});

/** The durable memory. */
export const durableSchema: z.ZodMiniType<DurableState> = z.object({
  registers: z.record(name, register),
  intents: z.record(name, intent),
  served: z.record(name, z.int()),
  handover: z.object({
    given: z.nullable(z.object({ to: name, serial: count, votes })),
    serial: count,
    held: votes,
    closed: votes,
    moved: votes,
    unsure: z.array(name).check(z.maxLength(64)),
  }),
  patienceMs: span,
  theirPatienceMs: byServer(span),
});

/** The first thing that is wrong, as a sentence without its full stop. */
export function firstProblem(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".") || "it"}: ${issue.message}` : "it has another shape";
}
