/**
 * The time of a fence: everything of a group is to be down within a share of the stop time. When it is not, and the
 * machine may stay on (`last_resort.ts`), the next try has as much.
 *
 * @module
 */
import type { Local } from "./local.ts";
import type { Permit } from "./permit.ts";
import { error, type ReasonFacts, sentence, warning } from "./reasons.ts";

/** Share of the stop time that stopping itself gets; the rest is for the final action that answers what did not stop. */
export const FENCE_SHARE = 0.75;

/** Why a fence that has failed is begun once more. */
export interface Again {
  /** A sentence without its full stop. */
  why: string;
  /** The machine should have ended instead, and does not because of `--no-power`. */
  withheld: boolean;
}

/** The fence of one group, try after try. */
export class SelfFence {
  /** When the current try is over; Infinity while there is none. */
  deadlineMs = Infinity;
  /** When the first one began, and how many there have been. */
  sinceMs = Infinity;
  fences = 0;
  /** How the current try has failed, before its time was over. */
  failure: string | undefined;
  /** The machine would have ended by now: nobody vouches for what is still up. */
  withheld = false;

  constructor(private readonly local: Pick<Local, "nowMs" | "spec" | "say">) {}

  /** What each try has, in milliseconds. */
  get budgetMs(): number {
    return Math.floor(this.local.spec.timing.stopMs * FENCE_SHARE);
  }

  /** What is ordered of the current try. */
  get order(): { budgetMs: number; again?: true } {
    return { budgetMs: this.budgetMs, ...(this.fences > 1 ? { again: true } : {}) };
  }

  /** Says that this try has failed, for the reason `why`. What fails for hours is told ever more rarely. */
  tell(why: string, again: Again, facts: ReasonFacts): void {
    const news = again.withheld && !this.withheld;
    this.withheld = again.withheld;
    if (!news && !Number.isInteger(Math.log2(this.fences))) return;
    const text = `${sentence(why)} ${sentence(again.why)}`;
    this.local.say(again.withheld ? error("power-withheld", text, facts) : warning("fence-failed", text, facts));
  }

  /** Begins, whatever `permit` would still allow: it is over. */
  begin(permit: Pick<Permit, "endedMs"> | null): void {
    this.sinceMs = this.local.nowMs;
    if (permit) permit.endedMs = this.sinceMs;
    this.fences = 0;
    this.withheld = false;
    this.next();
  }

  next(): void {
    this.fences += 1;
    this.failure = undefined;
    this.deadlineMs = this.local.nowMs + this.budgetMs;
  }
}
