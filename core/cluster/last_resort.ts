/**
 * What answers a group that did not stop in time after its permit ended: the end of the machine, or another try.
 *
 * ## Why the machine may stay on
 *
 * A machine that is only busy loses its permits, can't stop all its groups in time, and goes off; the next one takes the
 * groups, and with them the load, and goes off as well. In the end nobody carries, though nobody ever was in doubt.
 *
 * So the machine stays on where it is certain that nobody else can have the group yet: where a majority of votes has
 * confirmed, *under the epoch of the group*, a beat that this server **sent since its fence began**. Let that be at `t`.
 *
 * - Each voter of that majority named this server and its epoch when it confirmed. Registers only grow (`voter.ts`), so
 *   none of them had written down anybody else before.
 * - Who takes over needs a majority, and so one of these voters, who gives the group away only after `takeoverMs` of
 *   silence on its own clock. It has heard what was sent at `t`: so not before `t + takeoverMs`.
 * - That is the whole of the proof in `voter.ts`, and the same inequality: a fence that is begun anew before
 *   `t + permitMs`, and answered by the end of the machine when it fails and nobody has confirmed anything since, is over
 *   by `t + permitMs + pauseMs + stopMs`, as any other.
 *
 * Beats from before the fence count for nothing here: what was confirmed then has ended, and a machine that stood still
 * has a clock that says otherwise (`awakening.ts`). For the same reason a server that has just woken up, and neither
 * speaks nor listens, is confirmed by nobody but the votes that it holds itself. A tie-breaker has no say here (`device.ts`).
 *
 * It costs nothing that was promised: the group is not served meanwhile, it only goes down later, while it is nobody
 * else's. When another server could have the group, the second failure ends the machine all the same: it would only keep
 * the group from that server. When none could, it goes on trying for as long as a majority says that it may.
 *
 * ## Reboot instead of shutdown
 *
 * Where nobody confirms, the machine ends, always: one carrier stays sacred. But where no other server could carry as far
 * as this one knows, a machine that is off is no help to anybody: it reboots, which takes everything down as well and as
 * soon, and returns. No oftener than `maxPowerActions` allows; then it stays off.
 *
 * @module
 */
import type { Local } from "./local.ts";

/** Fences that fail while another server waits for the group, until the machine ends. */
const TRIES_BEFORE_OTHERS = 2;

/** A fence that has failed. */
export interface FailedFence {
  /** When the first fence since the permit ended began, on this server's clock. In milliseconds. */
  sinceMs: number;
  /** Fences since then, this one included. */
  fences: number;
  /** Up to when the votes would let the group be served. In milliseconds. */
  permitUntilMs: number;
  /** Another server is ready to carry the group. */
  othersReady: boolean;
}

/** Why the group is fenced once more, a sentence without its full stop; undefined: nobody vouches for it, the machine has to end. */
export function fencedAgain({ nowMs, spec: { timing } }: Pick<Local, "nowMs" | "spec">, failed: FailedFence) {
  const confirmedMs = failed.permitUntilMs - timing.permitMs;
  if (confirmedMs < failed.sinceMs || nowMs >= failed.permitUntilMs) return undefined;
  if (failed.othersReady && failed.fences >= TRIES_BEFORE_OTHERS) return undefined;
  return "A majority has confirmed since that nobody else has it, so the machine stays on and it is tried again";
}
