import { Fault, FAULT_CODES } from "./fault.ts";
import { plainText } from "./plain_text.ts";
import type { Verdict } from "./verdict.ts";

/**
 * The verdict of a check that threw: an uncertain fault and anything that is no fault at all say nothing about what was
 * checked, so they are `unknown`; a certain fault is an `error` with its number.
 */
export function faultVerdict(error: unknown): Verdict {
  if (error instanceof Fault && !error.uncertain) {
    return { status: "error", code: error.code, message: sentence(error) };
  }
  return unknownVerdict(error);
}

/** The verdict of a check whose question got no answer, for whatever reason. */
export function unknownVerdict(error: unknown): Verdict {
  if (error instanceof Fault) return { status: "unknown", code: error.code, message: sentence(error) };
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { status: "unknown", code: FAULT_CODES.timeout, message: `the check got no answer: ${error.message}` };
  }
  const said = error instanceof Error ? error.message : String(error);
  return { status: "unknown", code: FAULT_CODES.internal, message: `the check itself failed: ${plainText(said)}` };
}

function sentence(fault: Fault): string {
  return fault.remedy === "" ? fault.message : `${fault.message}; ${fault.remedy}`;
}
