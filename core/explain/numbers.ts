/**
 * Numbers in messages.
 *
 * @module
 */
import type { Failed } from "./explanation.ts";

/** The failures that a message names as "(5 : ...)", in their order. */
export function failedIn(text: string): Failed[] {
  return [...text.matchAll(/\((\d+) : (.*?)\)(?=\.?(?:$|[;,] | [A-Z]))/gs)].map(([, code, message]) => ({
    code: Number(code),
    message: message ?? "",
  }));
}
