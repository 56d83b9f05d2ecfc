import { checkCases, type CheckSubject as Subject, type Question } from "../../core/plugin/conformance/check.ts";
import { register } from "./register.ts";

/** One type in one environment, at first all well. */
export type CheckSubject = Subject & Required<Pick<Subject, "breakIt">>;

/** What this environment can't do to its subject; the tests that need it are reported as ignored. */
export type Without = readonly ("hideIt" | "hang")[];

/** Registers the tests that every check passes. */
export function checkSuite(
  title: string,
  question: Question,
  create: () => Promise<CheckSubject>,
  without: Without = [],
): void {
  register<Subject>(title, checkCases(question), create, without);
}
