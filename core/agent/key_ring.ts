/**
 * The keys of one server while the key of the cluster is changed: the file may hold two, the new one first, and what is
 * signed with either is accepted. Each server says in its heartbeats which keys it accepts, by names that say nothing of
 * the keys, and is sent what is signed with the first one of ours that it knows. So the order in which files are copied
 * does not matter, and nobody ever falls silent over it.
 *
 * A key that is taken out of the file stays as long as a server that lives accepts no other one of ours. After that it is
 * accepted a little longer, but named no more: what is under way was signed with it.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import type { Beat } from "../cluster/message.ts";

/** A server that was heard no longer ago than this lives; a key that goes is accepted for so long. In milliseconds. */
const LIVING_MS = 60_000;

/** How far the change of the key has come, for people. */
export interface KeyView {
  /** Keys that are accepted here: one, or two while the key changes. */
  accepted: number;
  /** Servers that live and do not accept the first key yet. */
  waiting: string[];
}

interface Key {
  bytes: Uint8Array;
  id: string;
}

/** The keys of one server. */
export class KeyRing {
  #keys: readonly Key[];
  /** Those of the file, in its order. */
  #file: readonly Key[];
  /** Those that go, and until when they are accepted. */
  readonly #going = new Map<string, { key: Key; untilMs: number }>();
  /** What is accepted: asked for each packet. */
  #accepted: readonly Uint8Array[];
  /** Server -> the ids that it accepts, and when it said so. */
  readonly #others = new Map<string, { ids: readonly string[]; heardMs: number }>();

  /** @param path The file that they come from; left out: from none. */
  constructor(
    keys: readonly Uint8Array[],
    readonly path?: string,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    if (keys.length === 0) throw new RangeError("a server needs a key");
    this.#file = this.#keys = keys.map(keyOf);
    this.#accepted = keys;
  }

  /** All that are accepted, the first one first. */
  get accepted(): readonly Uint8Array[] {
    return this.#accepted;
  }

  /** What heartbeats say of them. */
  get ids(): string[] {
    return this.#keys.map(({ id }) => id);
  }

  /** What is sent to `server` is signed with this one. */
  for(server: string): Uint8Array {
    const ids = this.#others.get(server)?.ids;
    return (this.#keys.find(({ id }) => ids?.includes(id)) ?? this.#keys[0]!).bytes;
  }

  /** A server says which ones it accepts. */
  hear({ from, keys }: Beat): void {
    if (keys) this.#others.set(from, { ids: keys, heardMs: this.nowMs() });
  }

  /** The file holds these now; to be called from time to time. True when that changes which keys this server has. */
  replace(keys: readonly Uint8Array[]): boolean {
    const before = this.#keys;
    const nowMs = this.nowMs();
    this.#file = keys.map(keyOf);
    const ids = this.#file.map(({ id }) => id);
    const needed = this.#keys.filter(({ id }) =>
      !ids.includes(id) &&
      this.#living().some(([, theirs]) => theirs.includes(id) && !theirs.some((one) => ids.includes(one)))
    );
    this.#keys = [...this.#file, ...needed];
    for (const key of before) this.#going.set(key.id, { key, untilMs: nowMs + LIVING_MS });
    for (const { id } of this.#keys) this.#going.delete(id);
    for (const [id, { untilMs }] of this.#going) if (untilMs <= nowMs) this.#going.delete(id);
    this.#accepted = [...this.#keys, ...[...this.#going.values()].map(({ key }) => key)].map(({ bytes }) => bytes);
    return this.ids.join() !== before.map(({ id }) => id).join();
  }

  get view(): KeyView {
    const first = this.#file[0]!.id;
    const waiting = this.#living().filter(([, ids]) => !ids.includes(first)).map(([server]) => server);
    return { accepted: this.#keys.length, waiting };
  }

  #living(): [string, readonly string[]][] {
    const sinceMs = this.nowMs() - LIVING_MS;
    return [...this.#others].flatMap(([server, { ids, heardMs }]) => heardMs >= sinceMs ? [[server, ids]] : []);
  }
}

function keyOf(bytes: Uint8Array): Key {
  return { bytes, id: createHmac("sha256", bytes).update("the name of a key of Baton").digest("hex").slice(0, 16) };
}
