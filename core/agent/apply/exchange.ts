/**
 * Questions between the servers of a cluster, over the same authenticated sockets as the heartbeats.
 *
 * Who asks begins with `hello`; who is asked answers with a word of its own that is good for this one question. Packets
 * that somebody recorded earlier don't have it, so nothing can be asked a second time by repeating it. A question is
 * handled once, however often its parts arrive.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, randomBytes } from "node:crypto";
import { elapsed } from "../bounded.ts";
import type { KeyRing } from "../key_ring.ts";
import { type ExchangePacket, packExchange, unpackExchange } from "./exchange_packet.ts";
import { IncomingParcel, OutgoingParcel } from "./parcel.ts";

/** What an exchange needs. */
export interface ExchangeSettings {
  cluster: string;
  me: string;
  keys: Pick<KeyRing, "for">;
  /** The other servers of the file. */
  peers: ReadonlySet<string>;
  /** Sends a packet to a server; it may be lost. */
  post(server: string, packet: Uint8Array): void;
  /** Answers a question. What it throws is told to who asked. */
  answer(from: string, question: unknown): Promise<unknown>;
  onTrouble(text: string): void;
}

/** What has not arrived is sent again after this. In milliseconds. */
const AGAIN_MS = 120;
/** Who is asked works at a question for so long, whatever has become of it. In milliseconds. */
const LIFE_MS = 60_000;
/** A word to ask with is good for one to two of these. In milliseconds. */
const WORD_MS = 60_000;
/** Questions of one server that are open at once. */
const MAX_OPEN = 16;

interface Asked {
  server: string;
  question: OutgoingParcel;
  token?: string;
  answer?: IncomingParcel;
  done: PromiseWithResolvers<unknown>;
}

interface Handled {
  from: string;
  token: string;
  /** It is worked at until then. */
  untilMs: number;
  /** It is remembered until then: as long as its word is good, so that it is not handled again. */
  knownUntilMs: number;
  question?: IncomingParcel;
  answer?: OutgoingParcel;
  /** It is over, and nothing but its word is kept. */
  done?: true;
}

type Reply = { ok: true; answer: unknown } | { ok: false; error: string };

/** The questions of one server. */
export class Exchange {
  readonly #asked = new Map<string, Asked>();
  readonly #handled = new Map<string, Handled>();
  readonly #work = new Set<Promise<void>>();
  readonly #closed = new AbortController();
  /** What words are made of; nobody else has it. */
  readonly #secret = randomBytes(32);

  constructor(private readonly settings: ExchangeSettings, private readonly nowMs = () => performance.now()) {}

  /** Asks a server; rejects with its refusal, or when `signal` aborts before there is an answer. */
  async ask(server: string, question: unknown, signal: AbortSignal): Promise<unknown> {
    const id = crypto.randomUUID();
    const asked: Asked = { server, question: new OutgoingParcel(question), done: Promise.withResolvers() };
    asked.done.promise.catch(() => {});
    this.#asked.set(id, asked);
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    try {
      ended.throwIfAborted();
      const answered = asked.done.promise.then(() => {}, () => {});
      while (true) {
        this.#pushQuestion(id, asked);
        const more = await Promise.race([answered.then(() => false), elapsed(AGAIN_MS, ended)]);
        if (!more) break;
      }
      ended.throwIfAborted();
      return await asked.done.promise;
    } finally {
      this.#asked.delete(id);
    }
  }

  /** Takes a packet from the wire, sealed with `key`. True when it is one of a server of this cluster. */
  receive(bytes: Uint8Array, key: Uint8Array): boolean {
    const { cluster, me, peers } = this.settings;
    if (this.#closed.signal.aborted) return false;
    const packet = unpackExchange(key, cluster, me, bytes);
    const refused = typeof packet === "string"
      ? packet
      : peers.has(packet.from)
      ? undefined
      : `${packet.from} is no server of cluster.yaml here`;
    if (refused === undefined) this.#take(packet as ExchangePacket);
    else this.settings.onTrouble(`a question on the interconnect was refused: ${refused}`);
    return refused === undefined;
  }

  #take(packet: ExchangePacket): void {
    if (packet.kind === "hello") return this.#welcome(packet);
    if (packet.kind === "welcome" || (packet.kind === "part" && packet.of === "answer")) return this.#answered(packet);
    if (packet.kind === "got" && packet.of === "question") {
      const asked = this.#asked.get(packet.id);
      if (asked?.server === packet.from && asked.token === packet.token) asked.question.got(packet.index);
      return;
    }
    this.#questioned(packet);
  }

  /** Ends everything; open questions are rejected. */
  async close(): Promise<void> {
    this.#closed.abort(new DOMException("the agent stops", "AbortError"));
    await Promise.all(this.#work);
  }

  #pushQuestion(id: string, asked: Asked): void {
    if (asked.token === undefined) return this.#post(asked.server, { ...this.#head(asked.server, id), kind: "hello" });
    this.#pushParts(asked.server, id, "question", asked.token, asked.question);
  }

  #pushParts(to: string, id: string, of: "question" | "answer", token: string, parcel: OutgoingParcel): void {
    for (const part of parcel.due()) {
      this.#post(to, { ...this.#head(to, id), kind: "part", of, token, count: parcel.count, ...part });
    }
  }

  /** A question is announced: it gets its word. Nothing is kept of it yet, whoever repeats the announcement. */
  #welcome({ id, from }: ExchangePacket): void {
    const token = this.#handled.get(id)?.token ?? this.#word(id, from, 0);
    this.#post(from, { ...this.#head(from, id), kind: "welcome", token });
  }

  /** The word for one question, of the present time or `ago` times before. */
  #word(id: string, from: string, ago: number): string {
    const time = Math.floor(this.nowMs() / WORD_MS) - ago;
    return createHmac("sha256", this.#secret).update(JSON.stringify([id, from, time])).digest("base64url");
  }

  /** The question that a part belongs to; undefined when it does not say the word, or too many are open. */
  #opened(id: string, from: string, token: string): Handled | undefined {
    const nowMs = this.nowMs();
    for (const [old, { knownUntilMs }] of this.#handled) if (knownUntilMs < nowMs) this.#handled.delete(old);
    const handled = this.#handled.get(id);
    if (handled) return handled.from === from && handled.token === token ? handled : undefined;
    if (token !== this.#word(id, from, 0) && token !== this.#word(id, from, 1)) return undefined;
    const open = [...this.#handled.values()].filter((one) => one.from === from && !one.done && !one.answer?.arrived);
    if (open.length >= MAX_OPEN) return undefined;
    const opened = { from, token, untilMs: nowMs + LIFE_MS, knownUntilMs: nowMs + 3 * WORD_MS };
    this.#handled.set(id, opened);
    return opened;
  }

  /** Something has come for a question of this server. */
  #answered(packet: Extract<ExchangePacket, { kind: "welcome" | "part" }>): void {
    const { id, from, token } = packet;
    const asked = this.#asked.get(id);
    if (packet.kind === "welcome") {
      if (asked?.server !== from || asked.token !== undefined) return;
      asked.token = token;
      return this.#pushQuestion(id, asked);
    }
    // Also when the question is over: who answers must hear that it has been heard.
    this.#post(from, { ...this.#head(from, id), kind: "got", of: "answer", token, index: packet.index });
    if (asked?.server !== from || asked.token !== token) return;
    asked.answer ??= new IncomingParcel(packet.count);
    if (!asked.answer.take(packet.index, packet.data)) return;
    try {
      const reply = asked.answer.content() as Reply;
      if (reply.ok) asked.done.resolve(reply.answer);
      else asked.done.reject(new Error(reply.error));
    } catch (error) {
      asked.done.reject(new Error(`the answer of ${from} can't be read (${(error as Error).message})`));
    }
  }

  /** Something has come for a question of another server. */
  #questioned(packet: Extract<ExchangePacket, { kind: "part" | "got" }>): void {
    const { id, from, token } = packet;
    if (packet.kind === "got") {
      const known = this.#handled.get(id);
      if (known?.from === from && known.token === token) known.answer?.got(packet.index);
      return;
    }
    const handled = this.#opened(id, from, token);
    if (!handled) return;
    this.#post(from, { ...this.#head(from, id), kind: "got", of: "question", token, index: packet.index });
    if (handled.done) return;
    handled.question ??= new IncomingParcel(packet.count);
    if (!handled.question.take(packet.index, packet.data)) return;
    const work: Promise<void> = this.#handle(id, handled).finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  async #handle(id: string, handled: Handled): Promise<void> {
    const { signal } = this.#closed;
    let reply: Reply;
    try {
      reply = { ok: true, answer: await this.settings.answer(handled.from, handled.question!.content()) ?? null };
    } catch (error) {
      reply = { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
    handled.answer = new OutgoingParcel(reply);
    while (!handled.answer.arrived && this.nowMs() < handled.untilMs && !signal.aborted) {
      this.#pushParts(handled.from, id, "answer", handled.token, handled.answer);
      await elapsed(AGAIN_MS, signal);
    }
    handled.done = true;
    delete handled.question;
    delete handled.answer;
  }

  #head(to: string, id: string): { cluster: string; from: string; to: string; id: string } {
    return { cluster: this.settings.cluster, from: this.settings.me, to, id };
  }

  #post(to: string, packet: ExchangePacket): void {
    this.settings.post(to, Buffer.from(packExchange(this.settings.keys.for(to), packet)));
  }
}
