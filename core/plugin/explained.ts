/**
 * How errors of the file and of the commands end.
 *
 * @module
 */

/**
 * A sentence with what `baton explain` takes behind it: a number, or a word of the journal. A message that was passed on
 * has it already, and knows better what it is about; it is left as it is.
 */
export function explained(message: string, what: number | string): string {
  return /\(explain [a-z\d-]+\)$/.test(message) ? message : `${message} (explain ${what})`;
}
