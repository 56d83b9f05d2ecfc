/** What moves the cursor, colours, ends a line or turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * What a drop-in says, as one line of at most `most` characters, for logs, the journal and terminals. Much of it was said
 * to the drop-in by somebody on the network.
 */
export function plainText(text: string, most: number): string {
  return text.slice(0, most).replaceAll(UNPRINTABLE, " ");
}
