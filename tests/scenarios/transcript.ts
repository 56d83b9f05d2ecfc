/**
 * A scenario as text: commands, each followed by `----` and what the cluster said and did. Lines that start with `#` are
 * for the reader; a block ends with an empty line.
 *
 *     kill server1
 *     ----
 *        5.000 server1 !  The agent is killed.
 */

/** One command and what came of it. */
export interface Block {
  /** Comments and empty lines before it, as they are. */
  before: string[];
  command: string;
  expected: string[];
  /** Of the command, from 1. */
  line: number;
}

/** A scenario. */
export interface Transcript {
  blocks: Block[];
  /** Comments after the last block. */
  after: string[];
}

const SEPARATOR = "----";

/** Reads a scenario. */
export function parse(text: string): Transcript {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const blocks: Block[] = [];
  let before: string[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i]!;
    if (line === "" || line.startsWith("#")) {
      before.push(line);
      i += 1;
      continue;
    }
    const block: Block = { before, command: line, expected: [], line: i + 1 };
    before = [];
    i += 1;
    if (lines[i] === SEPARATOR) {
      i += 1;
      while (i < lines.length && lines[i] !== "") block.expected.push(lines[i++]!);
    }
    blocks.push(block);
  }
  return { blocks, after: before.filter((line) => line !== "") };
}

/** Writes a scenario with what really came of its commands. */
export function format(transcript: Transcript, outputs: readonly (readonly string[])[]): string {
  const lines: string[] = [];
  transcript.blocks.forEach((block, i) => {
    const output = outputs[i] ?? [];
    const comments = block.before.filter((line) => line !== "");
    const previous = outputs[i - 1] ?? [];
    if (i > 0 && (comments.length > 0 || previous.length > 0 || block.before.length > 0)) lines.push("");
    if (comments.length > 0) lines.push(...comments);
    lines.push(block.command);
    if (output.length > 0) lines.push(SEPARATOR, ...output);
  });
  if (transcript.after.length > 0) lines.push("", ...transcript.after);
  return lines.join("\n") + "\n";
}
