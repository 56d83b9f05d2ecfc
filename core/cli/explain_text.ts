/**
 * Explanations as text.
 *
 * @module
 */
import { byArea } from "../explain/areas.ts";
import { causesOf, CODES, type Meaning, meaningOf } from "../explain/codes.ts";
import type { Cause } from "../explain/entry.ts";
import type { Explanation } from "../explain/explanation.ts";
import { guideRow } from "../explain/guide_rows.ts";
import type { ReasonEntry } from "../explain/reasons.ts";
import type { Style } from "./style.ts";
import { wrapped } from "./wrapped.ts";

/** All numbers, a line each. */
export function renderCodes(style: Style): string {
  return [
    "Numbers in messages, as in (5 : ...) or (explain 301); a warning has the number + 100:",
    "",
    ...CODES.map(({ code, title }) => `  ${style.bold(String(code).padStart(3))}  ${title}`),
    "",
    "baton explain NUMBER says what may be behind it, baton explain NAME how a group, resource, monitor, device or server",
    "of the running cluster is, and baton explain WORD what a word of the journal means, such as permit-lost.",
  ].join("\n");
}

/** One number with all that is known of it, or that the type that gave it can meet; what the message shows comes first. */
export function renderCode(
  { entry, warning }: Meaning,
  code: number,
  style: Style,
  given: { message?: string; type?: string } = {},
): string {
  const { shown, others } = causesOf(entry, given.message, given.type);
  const from = entry.from.includes("every") ? "every type, and the agent" : entry.from.join(", ");
  return [
    `${style.bold(String(code))}: ${entry.title}${warning ? ` (the warning of ${entry.code})` : ""}`,
    "",
    ...wrapped(entry.meaning, "  "),
    ...wrapped(`Given by: ${from}.`, "  "),
    ...(shown.length === 0 ? [] : ["", style.bold("What the message shows:"), ...shown.flatMap(renderCause)]),
    ...(others.length === 0 ? [] : [
      "",
      style.bold(shown.length === 0 ? "Possible causes, the likeliest first:" : "Other causes of this number:"),
      ...(shown.length === 0 ? renderCauses(others) : others.flatMap(({ what }) => wrapped(what, "    ", "  - "))),
    ]),
    "",
    `Commands: ${entry.commands.join("; ")}`,
    ...(entry.guide.length === 0
      ? []
      : [`In chapter 7 of the guide (docs/guide.md): ${entry.guide.map((id) => guideRow(id).symptom).join("; ")}`]),
  ].join("\n");
}

/** A word of the journal. */
export function renderReason(word: string, { meaning, todo }: ReasonEntry, style: Style): string {
  return [`${style.bold(word)}: ${meaning}`, ...(todo === undefined ? [] : ["", `What to do: ${todo}`])].join("\n");
}

/** A thing of the running cluster. */
export function renderExplanation(explanation: Explanation, style: Style): string {
  const { name, is, state, why, failures, reasons, todo } = explanation;
  const lines = [...wrapped(`${style.bold(name)} is ${is}`, "  ", ""), "", `State: ${style.bold(state)}`];
  for (const sentence of why) lines.push(...wrapped(sentence, "  "));
  for (const { of, type, code, message } of failures) {
    const meaning = meaningOf(code);
    lines.push("", ...wrapped(style.bad(`${of === undefined ? "" : `${of} `}(${code} : ${message})`), "  ", ""));
    lines.push(
      "",
      meaning
        ? renderCode(meaning, code, style, { message, ...(type === undefined ? {} : { type }) })
        : `${code} is no number of Baton's own types: a script's exit ` +
          "status, or a number of a type of your own.",
    );
  }
  if (reasons.length > 0) {
    lines.push("", style.bold("From the journal:"));
    for (const { time, text } of reasons) lines.push(`  ${time.slice(0, 19).replace("T", " ")} ${text}`);
  }
  lines.push("", style.bold("What to do now:"));
  lines.push(...(todo.length === 0 ? ["  nothing"] : todo.flatMap((step) => wrapped(step, "    ", "  - "))));
  return lines.join("\n");
}

/** Under headings where there is more than one area, as for a number that many types give. */
function renderCauses(causes: readonly Cause[]): string[] {
  const parts = byArea(causes);
  if (parts.length === 1) return causes.flatMap(renderCause);
  return parts.flatMap(({ heading, causes }) => [
    ...(heading === undefined ? [] : [`  ${heading}:`]),
    ...causes.flatMap(renderCause),
  ]);
}

function renderCause({ what, check, remedy }: Cause): string[] {
  return [
    ...wrapped(what, "    ", "  - "),
    ...wrapped(`check: ${check}`, "      ", "    "),
    ...wrapped(`remedy: ${remedy}`, "      ", "    "),
  ];
}
