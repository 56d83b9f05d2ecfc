/**
 * Text of others: what programs and plugins print, what AWS and its SDK answer, what a server on the network said. Nothing
 * of it reaches a terminal, a log or the journal as it came, because there it could move the cursor, colour what stands
 * above it, ring, or forge a line. Every way in and out has one of these; docs/architecture.md lists them.
 *
 * @module
 */

/** What moves the cursor, colours, ends a line or turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** As one line of at most `most` characters. */
export function plainText(text: string, most = Infinity): string {
  return text.slice(0, most).replaceAll(UNPRINTABLE, " ");
}

/** The same line by line. */
export function plainLines(text: string): string {
  return text.split("\n").map((line) => plainText(line)).join("\n");
}

/** A value of JSON with every text in it as one line, names of keys as well. */
export function plainValue<T>(value: T): T {
  if (typeof value === "string") return plainText(value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plainValue) as T;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [plainText(key), plainValue(each)])) as T;
}
