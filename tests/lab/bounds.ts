/**
 * How long the client may be without an answer, worked out from the timing. Nothing here is measured; what is measured
 * has to stay below it.
 *
 * @module
 */
import { CLOCK_DRIFT, ROUND_TRIP_MS, TIMING_PRESETS } from "../../core/cluster/timing.ts";
import { EC2_LATENCY_MS } from "./kinds.ts";

const TIMING = TIMING_PRESETS.fast;

/** From `start` to "ready": the service takes a tenth of a second. In milliseconds. */
const SERVICE_MS = 100;
/** Calls to EC2 that a takeover makes one after the other, at most. */
const CALLS = 4;
/** Two cores that others use too: programs to start, packets to answer, a step of the engine that waits. In milliseconds. */
const BUSY_MS = 600;
/** What one question to the witness is given before it counts as unanswered: a quarter of the permit. */
const WITNESS_TIMEOUT_MS = TIMING.permitMs / 4;
/** Until an agent asks the witness again: a third of the permit, or an interval after a question that was lost. */
const WITNESS_READ_MS = Math.max(TIMING.permitMs / 3, WITNESS_TIMEOUT_MS + TIMING.intervalMs);

/** A takeover, when one fault befell a cluster that was well. In milliseconds. */
export const TAKEOVER_MS = TIMING.takeoverMs + CALLS * EC2_LATENCY_MS + BUSY_MS;

/** The same where the witness has to be read and written for it: the next read is due, both go there and back. */
export const WITNESS_TAKEOVER_MS = TAKEOVER_MS + WITNESS_READ_MS + 2 * ROUND_TRIP_MS;

/**
 * The longest time without an answer while one server could carry, whatever was before: its agent runs, and the other
 * server or the witness hears it and is heard. In order:
 *
 * - the detection time on a slow clock, counted from the last thing that the old carrier was heard to say;
 * - if it was the witness that heard it last: until the next read sees the version from which the silence counts;
 * - two intervals, for the rule that those who come before get one to settle, and until the next heartbeat says so;
 * - the claim: the next read is due, the write goes there and back;
 * - the takeover itself: the service, and the calls to EC2.
 *
 * In milliseconds.
 */
export const RECOVERY_MS = Math.ceil(
  TIMING.takeoverMs / (1 - CLOCK_DRIFT) + (WITNESS_READ_MS + ROUND_TRIP_MS) + 2 * TIMING.intervalMs +
    (WITNESS_READ_MS + 2 * ROUND_TRIP_MS) + SERVICE_MS + CALLS * EC2_LATENCY_MS + BUSY_MS,
);

/**
 * Less than this without an answer is no outage: it is the pause of a process that the timing forgives. In milliseconds.
 */
export const OUTAGE_MS = TIMING.pauseMs;

/** The longest pause of a whole machine that the timing covers. In milliseconds. */
export const COVERED_PAUSE_MS = TIMING.pauseMs;
