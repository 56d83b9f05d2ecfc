/**
 * The journal: one JSON line for every reason the engine gives, and the latest ones in memory for the status. Writing is
 * queued and never makes the engine wait; a disk that does not keep up costs lines (which are counted), not heartbeats.
 *
 * @module
 */
import { join } from "node:path";
import type { Reason } from "../cluster/reasons.ts";
import { plainText } from "../plugin/plain_text.ts";

/** A line of the journal. */
export interface JournalLine extends Reason {
  /** Wall clock time, ISO 8601. */
  time: string;
  server: string;
}

/** The journal is cut at this size and the files before are kept up to {@linkcode KEPT_FILES}. In bytes. */
const MAX_JOURNAL_BYTES = 10 * 1024 * 1024;
/** Older journals that are kept: `journal.1.jsonl` is the latest of them. */
export const KEPT_FILES = 4;
/** Lines that wait for the disk at most, and how long they may be together, in characters. */
const MAX_WAITING = 10_000;
const MAX_WAITING_LENGTH = 4 * 1024 * 1024;
/** Lines kept in memory. */
const RECENT = 200;
/** Those of them that say what was not done because of `--no-power`: few come, and they are to stay in sight. */
const WITHHELD = 20;

/** Where journal lines go besides the file. */
export type JournalListener = (line: JournalLine) => void;

/** The journal of one agent. */
export class Journal {
  readonly #recent: JournalLine[] = [];
  readonly #withheld: JournalLine[] = [];
  #waiting: string[] = [];
  #waitingLength = 0;
  #writing: Promise<void> | null = null;
  #lost = 0;
  /** Size of the file; -1: it has to be looked up. */
  #bytes = -1;

  constructor(
    private readonly dir: string,
    private readonly server: string,
    private readonly listener: JournalListener,
    private readonly maxBytes = MAX_JOURNAL_BYTES,
  ) {}

  /** Notes reasons, in their order. */
  note(reasons: readonly Reason[]): void {
    for (const reason of reasons) {
      const line = { time: new Date().toISOString(), server: this.server, ...reason, text: plainText(reason.text) };
      this.#recent.push(line);
      if (this.#recent.length > RECENT) this.#recent.shift();
      if (line.code === "power-withheld") this.#withheld.push(line);
      if (this.#withheld.length > WITHHELD) this.#withheld.shift();
      this.#queue(JSON.stringify(line));
      try {
        this.listener(line);
      } catch {
        // A terminal that is gone must not stop a failover either.
      }
    }
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
  }

  #queue(text: string): void {
    if (this.#waiting.length >= MAX_WAITING || this.#waitingLength + text.length > MAX_WAITING_LENGTH) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(text);
    this.#waitingLength += text.length;
  }

  /** The latest lines, oldest first. */
  recent(count = RECENT): JournalLine[] {
    return this.#recent.slice(-count);
  }

  /** The latest lines of what was not done because of `--no-power`, oldest first. */
  withheld(): JournalLine[] {
    return [...this.#withheld];
  }

  /** Resolves when everything noted so far is in the file, or could not be written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What is noted in the same step goes into the file together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      const lost = this.#lost;
      this.#waiting = [];
      this.#waitingLength = 0;
      this.#lost = 0;
      try {
        await this.#append(lost > 0 ? [this.#confession(lost), ...lines] : lines);
      } catch {
        // A full disk must not stop a failover. What is lost is counted and said with the next line that can be written.
        this.#lost += lost + lines.length;
        this.#bytes = -1;
        break;
      }
    }
    // In the same step as the last look at what waits: a line that is noted later starts the next writing.
    this.#writing = null;
  }

  #confession(lost: number): string {
    return JSON.stringify({ time: new Date().toISOString(), server: this.server, lost });
  }

  async #append(lines: readonly string[]): Promise<void> {
    const path = join(this.dir, "journal.jsonl");
    const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
    if (this.#bytes < 0) this.#bytes = await sizeOf(path);
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.maxBytes) await this.#rotate();
    await Deno.writeFile(path, bytes, { append: true, create: true, mode: 0o600 });
    this.#bytes += bytes.length;
  }

  async #rotate(): Promise<void> {
    const name = (index: number) => join(this.dir, index === 0 ? "journal.jsonl" : `journal.${index}.jsonl`);
    for (let index = KEPT_FILES - 1; index >= 0; index--) {
      await Deno.rename(name(index), name(index + 1)).catch(() => {});
    }
    this.#bytes = 0;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch {
    return 0;
  }
}
