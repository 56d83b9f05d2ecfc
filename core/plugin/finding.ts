/**
 * What a preflight found out: one line for each thing that was looked at, also when it is as it should be.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "./fault.ts";
import { unknownVerdict } from "./fault_verdict.ts";
import type { Verdict } from "./verdict.ts";

/** `unknown`: it could not be found out. `error`: what depends on it will fail. */
export type FindingStatus = "ok" | "warning" | "error" | "unknown";

/** One thing that was looked at. */
export interface Finding {
  status: FindingStatus;
  /** The number of the error, without the 100 that a warning is shown with; null when all is well. */
  code: number | null;
  /** What was looked at: the name of a resource, a server, a file. */
  subject: string;
  /** What was seen; no full stop. */
  message: string;
  /** What to do; empty when there is nothing to do. */
  remedy: string;
}

/** All is well. */
export function fine(subject: string, message: string): Finding {
  return { status: "ok", code: null, subject, message, remedy: "" };
}

/** It will fail. */
export function broken(subject: string, code: number, message: string, remedy: string): Finding {
  return { status: "error", code, subject, message, remedy };
}

/** It works now, and may bite later. */
export function doubtful(subject: string, code: number, message: string, remedy: string): Finding {
  return { status: "warning", code, subject, message, remedy };
}

/** It could not be found out. */
export function unclear(subject: string, code: number, message: string, remedy = ""): Finding {
  return { status: "unknown", code, subject, message, remedy };
}

/**
 * Of something that was thrown. A denied call is uncertain for a monitor, because it says nothing about the thing that
 * is watched; for a preflight it is what was asked, so `denied` makes it an error.
 */
export function findingOfThrown(subject: string, thrown: unknown, denied = false): Finding {
  if (thrown instanceof Fault) {
    const { code, message, remedy, uncertain } = thrown;
    return { status: uncertain && !denied ? "unknown" : "error", code, subject, message, remedy };
  }
  const { code, message } = unknownVerdict(thrown);
  return unclear(subject, code ?? FAULT_CODES.internal, message);
}

/** Of a verdict: the remedy, if it has one, stands in its message. */
export function findingOfVerdict(subject: string, { status, code, message }: Verdict): Finding {
  return {
    status: status === "normal" ? "ok" : status,
    code: status === "normal" ? null : code ?? FAULT_CODES.internal,
    subject,
    message,
    remedy: "",
  };
}
