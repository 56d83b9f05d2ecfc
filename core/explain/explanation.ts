/**
 * What is said of one thing of a running cluster.
 *
 * @module
 */
import type { AgentView } from "../agent/agent.ts";
import type { JournalLine } from "../agent/journal.ts";
import { causesOf, meaningOf } from "./codes.ts";
import { reasonOf } from "./reasons.ts";

/** A failure with its number. */
export interface Failed {
  /** What it is about, when that is not the thing itself. */
  of?: string;
  /** The type that gave the number, where it is known. */
  type?: string;
  code: number;
  message: string;
}

/** One thing, explained. */
export interface Explanation {
  name: string;
  kind: "group" | "resource" | "monitor" | "quorum" | "fence" | "server";
  /** One sentence: what it is. */
  is: string;
  /** One word or two: how it is now, as the asked server sees it. */
  state: string;
  /** Sentences: why it is so. */
  why: string[];
  /** What failed last, with the numbers. */
  failures: Failed[];
  /** The latest lines of the journal about it, the oldest first. */
  reasons: JournalLine[];
  /** What to do now, the most urgent first; empty when nothing has to be done. */
  todo: string[];
}

/** Lines of the journal that are shown at most. */
const MAX_REASONS = 8;

/** The lines that `about` says yes to, the latest of them. */
export function reasonsAbout(view: AgentView, about: (line: JournalLine) => boolean): JournalLine[] {
  return view.reasons.filter(about).slice(-MAX_REASONS);
}

/** What failures and the latest bad reason ask for. */
export function todoOf(failures: readonly Failed[], reasons: readonly JournalLine[]): string[] {
  const todo = failures.flatMap(({ code, message, type }) => {
    const meaning = meaningOf(code);
    if (!meaning) return [];
    const { shown, others } = causesOf(meaning.entry, message, type);
    const [likeliest] = [...shown, ...others];
    return likeliest === undefined ? [] : [`check: ${likeliest.check}`, `remedy: ${likeliest.remedy}`];
  });
  const bad = reasons.findLast(({ level }) => level !== "info");
  const said = bad && reasonOf(bad.code)?.todo;
  return [...new Set(said === undefined || failures.length > 0 ? todo : [...todo, said])];
}
