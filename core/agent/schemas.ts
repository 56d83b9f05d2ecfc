/**
 * What comes from outside the process is checked before it is believed: beats from the wire (another version of Baton may
 * hold the same key) and the state from disk (another program may have written it).
 *
 * @module
 */
import * as z from "zod/mini";
import type { DurableState } from "../cluster/durable.ts";
import type { Beat } from "../cluster/message.ts";
import type { MachineFacts } from "../os/os.ts";
import { MAX_CLOCK_MS, MAX_COUNT, MAX_PROMISE_MS } from "../cluster/numbers.ts";

/** The longest reason in words that a beat carries. In characters. */
export const MAX_REASON_LENGTH = 4_096;

/** Anything that is counted: `core/cluster/numbers.ts` has the one rule for all numbers from outside. */
export const count: z.ZodMiniNumber = z.int().check(z.minimum(0), z.maximum(MAX_COUNT));
/** A time on a monotonic clock, or one that has passed, in milliseconds. */
export const clockMs: z.ZodMiniNumber = z.number().check(z.minimum(0), z.maximum(MAX_CLOCK_MS));
/** How long somebody promises something, in milliseconds. */
export const promiseMs: z.ZodMiniNumber = z.number().check(z.minimum(0), z.maximum(MAX_PROMISE_MS));
/** The latest version that was dealt with; -1: none was. */
const served = z.int().check(z.minimum(-1), z.maximum(MAX_COUNT));
const text = (longest: number) => z.string().check(z.maxLength(longest));
/** The name of a server, a group or a life. */
export const name: z.ZodMiniString = z.string().check(z.minLength(1), z.maxLength(256));
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
  sentMs: clockMs,
  acks: byServer(z.object({ incarnation: name, sentMs: clockMs, taken: z.boolean() })),
  votes: z.array(name).check(z.maxLength(64)),
  roster: z.array(name).check(z.maxLength(64)),
  groups: z.record(
    name,
    z.object({
      register,
      promise: z.exactOptional(register),
      idle: z.boolean(),
      open: z.boolean(),
      claim: z.exactOptional(count),
      status: z.enum(["online", "offline", "online-pending", "offline-pending", "online-failure", "offline-failure"]),
      ready: z.boolean(),
      why: z.exactOptional(text(MAX_REASON_LENGTH)),
      crowded: z.exactOptional(text(MAX_REASON_LENGTH)),
      unwell: z.exactOptional(text(MAX_REASON_LENGTH)),
      slow: z.exactOptional(text(MAX_REASON_LENGTH)),
      hangs: z.exactOptional(z.literal(true)),
      errors: count,
      intent,
      served,
    }),
  ),
  leaving: z.boolean(),
  left: z.boolean(),
  third: z.boolean(),
  patienceMs: promiseMs,
  handover: z.object({
    give: z.exactOptional(z.object({ to: name, votes })),
    ask: z.exactOptional(z.object({ to: name, serial: count, votes })),
    held: votes,
    closed: votes,
    unsure: z.array(name).check(z.maxLength(64)),
    bindsMs: promiseMs,
  }),
  signs: z.exactOptional(byServer(z.object({ incarnation: name, sentMs: clockMs }))),
  noPower: z.exactOptional(z.literal(true)),
  keys: z.exactOptional(z.array(text(64)).check(z.maxLength(8))),
  file: z.exactOptional(z.object({ generation: count, digest: text(64), running: text(64) })),
});

/** The durable memory. */
export const durableSchema: z.ZodMiniType<DurableState> = z.object({
  registers: z.record(name, register),
  intents: z.record(name, intent),
  served: z.record(name, served),
  handover: z.object({
    given: z.nullable(z.object({ to: name, serial: count, votes })),
    serial: count,
    held: votes,
    closed: votes,
    moved: votes,
    unsure: z.array(name).check(z.maxLength(64)),
  }),
  patienceMs: promiseMs,
  theirPatienceMs: byServer(promiseMs),
});

/** What a state says of the machine that it was written on. */
export const factsSchema: z.ZodMiniType<MachineFacts> = z.object({
  instance: z.exactOptional(text(64)),
  uuid: z.exactOptional(text(64)),
  installation: z.exactOptional(text(64)),
  volumes: z.exactOptional(z.array(text(64)).check(z.maxLength(64))),
});

/**
 * `state` without what can't be true of what is wanted of groups, and which groups those are. The rest of a memory need
 * not be lost with it: nobody's right to carry a group hangs on it, and the others tell what they know.
 */
export function withoutBadWishes(state: unknown): { state: unknown; groups: string[] } {
  const { intents, served: dealt } = (state ?? {}) as Partial<DurableState>;
  if (!intents || !dealt) return { state, groups: [] };
  const groups = [...new Set([...Object.keys(intents), ...Object.keys(dealt)])].filter((group) =>
    (group in intents && !intent.safeParse(intents[group]).success) ||
    (group in dealt && !served.safeParse(dealt[group]).success)
  );
  const rest = <T>(of: Record<string, T>) =>
    Object.fromEntries(Object.entries(of).filter(([group]) => !groups.includes(group)));
  return { state: { ...state as DurableState, intents: rest(intents), served: rest(dealt) }, groups };
}

/** The first thing that is wrong, as a sentence without its full stop. */
export function firstProblem(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".") || "it"}: ${issue.message}` : "it has another shape";
}
