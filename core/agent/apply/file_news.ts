/**
 * What the servers say of their `cluster.yaml` in their heartbeats.
 *
 * @module
 */
import type { FileNews } from "../../cluster/message.ts";

/** The file of one server, as another one knows it. */
export interface PeerFile extends FileNews {
  server: string;
}

/** The latest news of each server. */
export class FileNewsBoard {
  readonly #latest = new Map<string, FileNews>();

  hear(server: string, news: FileNews | undefined): void {
    if (news) this.#latest.set(server, news);
  }

  of(server: string): FileNews | undefined {
    return this.#latest.get(server);
  }

  /** Who has the newest file, when it is newer than `generation`. */
  newerThan(generation: number): PeerFile | undefined {
    return this.all().filter((one) => one.generation > generation).sort((a, b) => b.generation - a.generation)[0];
  }

  /** The highest generation that was heard of; 0 when none was. */
  get generation(): number {
    return Math.max(0, ...this.all().map((one) => one.generation));
  }

  all(): PeerFile[] {
    return [...this.#latest].map(([server, news]) => ({ server, ...news }));
  }
}
