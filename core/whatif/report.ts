/**
 * Questions with their answers and what would have helped.
 *
 * @module
 */
import { type Advice, adviceKey, advise } from "./advice.ts";
import { answer, failed, type Outcome } from "./outcome.ts";
import { nameOf, type Question } from "./question.ts";
import { carriedByTwo } from "./tell.ts";

/** A question that was answered. */
export interface Report {
  /** The faults in a few words. */
  name: string;
  question: Question;
  outcome: Outcome;
  advice: Advice[];
  /** Two could carry, or a group stays down that nobody stopped. */
  failed: boolean;
}

/** Asks, and tries what would help; of what is in `made` that was tried before. */
export function report(question: Question, made?: Set<string>): Report {
  const outcome = answer(question);
  const advice = advise(question, outcome, made);
  return { name: nameOf(question), question, outcome, advice, failed: failed(outcome) };
}

/** Advice of several reports, the same one once. */
export interface CommonAdvice {
  keyPath: readonly string[];
  near: readonly string[];
  text: string;
  /** Each change, and the questions it was tried on. */
  changes: { label: string; tried: { name: string; twice: readonly string[]; outcome: Outcome }[] }[];
}

/** Puts the advice together by what is to be changed and why. */
export function gather(reports: readonly Report[]): { common: CommonAdvice[]; numbers: number[][] } {
  const common: CommonAdvice[] = [];
  const numbers = reports.map(({ name, advice, outcome }) =>
    advice.map(({ keyPath, near, text, tried }) => {
      const key = adviceKey({ keyPath, text });
      let index = common.findIndex((each) => adviceKey(each) === key);
      if (index < 0) index = common.push({ keyPath, near, text, changes: [] }) - 1;
      const { changes } = common[index]!;
      const twice = carriedByTwo(outcome);
      for (const { label, outcome } of tried) {
        let change = changes.find((each) => each.label === label);
        if (!change) changes.push(change = { label, tried: [] });
        change.tried.push({ name, twice, outcome });
      }
      return index + 1;
    })
  );
  return { common, numbers };
}
