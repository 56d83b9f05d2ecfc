/**
 * Errors on their way from one process to another.
 *
 * @module
 */
import { Fault } from "../plugin/fault.ts";
import { PluginError } from "../plugin/plugin_error.ts";
import { plainText } from "../plugin/plain_text.ts";

/** An error as data. */
export interface Failure {
  kind: "fault" | "timeout" | "abort" | "plugin" | "error";
  message: string;
  code?: number;
  remedy?: string;
  uncertain?: boolean;
  /** Of a type that can't be used. */
  place?: { file?: string; line?: number; column?: number };
}

/** The longest message that is carried over, in characters. */
const MAX_MESSAGE = 2_000;

/** An error as data. Whatever was thrown: this never throws. */
export function failureOf(error: unknown): Failure {
  try {
    const message = cut(error instanceof Error || error instanceof DOMException ? error.message : String(error));
    if (error instanceof Fault) {
      const { code, remedy, uncertain } = error;
      return { kind: "fault", message, code: Number(code), remedy: cut(String(remedy)), uncertain: uncertain === true };
    }
    if (error instanceof PluginError) return { kind: "plugin", message, place: { ...error.place } };
    if (error instanceof DOMException && error.name === "TimeoutError") return { kind: "timeout", message };
    if (error instanceof DOMException && error.name === "AbortError") return { kind: "abort", message };
    return { kind: "error", message };
  } catch {
    return { kind: "error", message: "it threw something that can't be shown" };
  }
}

/** The error again. */
export function errorOf(failure: Failure, type = ""): Error {
  const message = cut(String(failure.message));
  switch (failure.kind) {
    case "fault": {
      const code = Number.isSafeInteger(failure.code) && failure.code! > 0 ? failure.code! : 99;
      const remedy = typeof failure.remedy === "string" ? cut(failure.remedy) : "";
      return new Fault(code, message, { remedy, uncertain: failure.uncertain === true });
    }
    case "plugin":
      return new PluginError(type, message, failure.place ?? {});
    case "timeout":
      return new DOMException(message, "TimeoutError");
    case "abort":
      return new DOMException(message, "AbortError");
    default:
      return new Error(message);
  }
}

function cut(text: string): string {
  return plainText(text, MAX_MESSAGE) + (text.length > MAX_MESSAGE ? "…" : "");
}
