/**
 * How a number stands in a message. `baton explain` takes what stands there.
 *
 * @module
 */

/** What a warning adds to the number of the error, as the guide's product does. */
export const WARNING_OFFSET = 100;

/** "(5 : the VPC does not exist)"; without a number what was said stands in the brackets alone. */
export function numbered(code: number | null | undefined, message: string): string {
  return code === undefined || code === null ? `(${message})` : `(${code} : ${message})`;
}

/**
 * The number a verdict is shown with. A warning, and a check that could not find out, has the error's number + 100; a
 * plugin that has added it itself gets it once.
 */
export function shownCode(status: string, code: number | null | undefined): number | undefined {
  if (code === undefined || code === null) return undefined;
  const milder = status === "warning" || status === "unknown";
  return milder && code < WARNING_OFFSET ? code + WARNING_OFFSET : code;
}
