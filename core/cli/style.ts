/** Colours, where a person is looking: on a terminal, and only without `NO_COLOR`. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

const PLAIN: Style = { bold: same, dim: same, good: same, warn: same, bad: same };
const COLOURED: Style = { bold: code(1), dim: code(2), good: code(32), warn: code(33), bad: code(31) };

/** The style for an output. */
export function styleFor(isTerminal: boolean, noColor = Deno.noColor): Style {
  return isTerminal && !noColor ? COLOURED : PLAIN;
}

function same(text: string): string {
  return text;
}

function code(number: number): (text: string) => string {
  return (text) => `\x1b[${number}m${text}\x1b[0m`;
}
