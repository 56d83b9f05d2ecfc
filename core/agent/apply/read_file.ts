/**
 * What an agent has read of its `cluster.yaml`. The file may be changed by hand under it, which does nothing until the
 * agent starts again, months later maybe and at the worst moment: so it is told at once, and the text that runs is kept.
 *
 * @module
 */
import { type Reason, warning } from "../../cluster/reasons.ts";
import type { ConfigStore } from "./config_store.ts";
import { digestOf } from "./file_text.ts";

/** How often the file is looked at, in milliseconds. */
const LOOK_MS = 10_000;
const BY_HAND =
  "is not what this agent has read: somebody changed it, and nothing follows from that before the agent " +
  "starts again; `baton check` says whether it could, `baton apply` gives it to all servers";

/** The file of one agent as it was read. */
export class ReadFile {
  #text: string | undefined;
  #changed = false;
  #lookedMs = -Infinity;

  constructor(private readonly store: ConfigStore, private readonly note: (reasons: readonly Reason[]) => void) {}

  /** The text that the agent runs; undefined when the file was changed before it could be kept. */
  get text(): string | undefined {
    return this.#text;
  }

  /** Keeps what is on disk if it is what runs, of which `running` is the digest. */
  async keep(running: string): Promise<void> {
    const text = await this.store.read().catch(() => "");
    this.#text = await digestOf(text) === running ? text : undefined;
  }

  /** What is wrong with the file, of which the agent knows `digest`; null: nothing. Reads it only from time to time. */
  async trouble(digest: string): Promise<string | null> {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs >= LOOK_MS) {
      this.#lookedMs = nowMs;
      const changed = await this.store.read().then(digestOf, () => "") !== digest;
      if (changed && !this.#changed) this.note([warning("file", `${this.store.path} ${BY_HAND}.`)]);
      this.#changed = changed;
    }
    return this.#changed ? `${this.store.path} ${BY_HAND}` : null;
  }

  /** Another version is in place. */
  replaced(): void {
    this.#changed = false;
  }
}
