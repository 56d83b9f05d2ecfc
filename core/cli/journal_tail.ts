/**
 * The end of the journal on this server: the status endpoint has only the latest lines of all, and what was said of one
 * thing may be longer ago.
 *
 * @module
 */
import { join } from "node:path";
import * as z from "zod/mini";
import type { JournalLine } from "../agent/journal.ts";
import { plainValue } from "../plugin/plain_text.ts";

/** What is read of it at most. In bytes. */
const MAX_BYTES = 1024 * 1024;

/** What a line has to have to be shown; a confession of lost lines has less. */
const LINE = z.looseObject({
  time: z.string(),
  server: z.string(),
  code: z.string(),
  level: z.enum(["info", "warning", "error"]),
  text: z.string(),
});

/** The latest lines, the oldest first; empty where the journal is not on this machine, or not for this account. */
export async function journalTail(stateDir: string, maxBytes = MAX_BYTES): Promise<JournalLine[]> {
  let text: string;
  try {
    text = await lastBytes(join(stateDir, "journal.jsonl"), maxBytes);
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      const parsed = LINE.safeParse(JSON.parse(line));
      return parsed.success ? [plainValue(parsed.data) as unknown as JournalLine] : [];
    } catch {
      // The first line may be cut, the last one may be on its way.
      return [];
    }
  });
}

async function lastBytes(path: string, maxBytes: number): Promise<string> {
  using file = await Deno.open(path, { read: true });
  const { size } = await file.stat();
  await file.seek(Math.max(0, size - maxBytes), Deno.SeekMode.Start);
  const bytes = new Uint8Array(Math.min(size, maxBytes));
  let length = 0;
  while (length < bytes.length) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}
