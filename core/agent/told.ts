/**
 * A failure as it is told: its sentence with its remedy, and the number that `baton explain` takes.
 *
 * @module
 */
import { numbered } from "../cluster/numbered.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { plainText } from "../plugin/plain_text.ts";

/** The number of anything that was thrown: a fault's own, the one of a timeout, or that of a failure of Baton itself. */
export function numberOf(thrown: unknown): number {
  if (thrown instanceof Fault) return thrown.code;
  return thrown instanceof DOMException && thrown.name === "TimeoutError" ? FAULT_CODES.timeout : FAULT_CODES.internal;
}

/** What it says, with the remedy behind it. */
export function sentenceOf(thrown: unknown): string {
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") return `Timeout occurred: ${thrown.message}`;
  if (thrown instanceof Fault && thrown.remedy !== "") return `${thrown.message}; ${thrown.remedy}`;
  return plainText(thrown instanceof Error ? thrown.message : String(thrown));
}

/** "(5 : the VPC does not exist; correct its id)". */
export function told(thrown: unknown): string {
  return numbered(numberOf(thrown), sentenceOf(thrown));
}

/** A line of the journal: with its full stop, unless the brackets of a number are its end. */
export function line(text: string): string {
  return /[.!?)]$/.test(text) ? text : `${text}.`;
}
