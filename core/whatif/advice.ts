/**
 * Advice is a proposal that was tried: the same thing happens to the changed cluster, and it fares better.
 *
 * @module
 */
import { answer, type Outcome } from "./outcome.ts";
import type { Question } from "./question.ts";
import { type Proposal, proposals } from "./rules.ts";

/** Less than this share of the outage is no better outage. */
const WORTH = 0.75;

/** A change, and what came of the same question with it. */
export interface Tried {
  label: string;
  outcome: Outcome;
}

/** Which line to change and why. */
export interface Advice extends Omit<Proposal, "remedies" | "certain"> {
  /** Changes that helped, with what came of them. */
  tried: Tried[];
}

/**
 * What would have helped. Proposals that did not are left out, and those that are in `made` already, where this one's are
 * noted: trying is most of the work.
 */
export function advise(question: Question, outcome: Outcome, made?: Set<string>): Advice[] {
  return proposals(question, outcome).flatMap(({ remedies, certain, ...proposal }) => {
    const key = adviceKey(proposal);
    if (made?.has(key)) return [];
    const tried = remedies
      .map(({ label, question: changed }) => ({ label, outcome: answer(changed) }))
      .filter(({ outcome: after }) => certain ? !worse(outcome, after) : better(outcome, after));
    if (tried.length === 0) return [];
    made?.add(key);
    return [{ ...proposal, tried }];
  });
}

/** What is the same in advice that says the same. */
export function adviceKey({ keyPath, text }: Pick<Proposal, "keyPath" | "text">): string {
  return JSON.stringify([keyPath, text]);
}

/** How an outcome is judged, the weightiest first. */
function judged({ groups, broken }: Outcome): number[] {
  const count = (found: readonly unknown[]) => found.length;
  return [
    count(broken) + count(groups.filter(({ two }) => two !== null)),
    count(groups.filter(({ down, stopped }) => down && !stopped)),
    groups.reduce((sum, { outageMs }) => sum + outageMs, 0),
  ];
}

/** `after` is better than `before` in what weighs most of all in which they differ. */
function better(before: Outcome, after: Outcome): boolean {
  const [twoBefore = 0, downBefore = 0, outageBefore = 0] = judged(before);
  const [twoAfter = 0, downAfter = 0, outageAfter = 0] = judged(after);
  if (twoAfter !== twoBefore) return twoAfter < twoBefore;
  if (downAfter !== downBefore) return downAfter < downBefore;
  // An outage that lasts to the end is as long as somebody looked at it.
  return downAfter === 0 && outageAfter < WORTH * outageBefore;
}

function worse(before: Outcome, after: Outcome): boolean {
  const [twoBefore = 0, downBefore = 0] = judged(before);
  const [twoAfter = 0, downAfter = 0] = judged(after);
  return twoAfter > twoBefore || (twoAfter === twoBefore && downAfter > downBefore);
}
