/**
 * Servers that are there but not understood, as the interconnect sees them: what comes from their addresses and can't be
 * read, what comes in their name from elsewhere, and the signs of life that servers send each other where heartbeats don't
 * arrive. What was seen goes to the engine (`core/cluster/presence.ts`), of each server and cause no more often than ten
 * times a second.
 *
 * @module
 */
import type { Event } from "../cluster/events.ts";
import type { Beat } from "../cluster/message.ts";
import type { Moment, Obscurity } from "../cluster/presence.ts";
import type { Endpoint } from "../plugin/options.ts";
import type { KeyRing } from "./key_ring.ts";
import { momentOf, packSign, type SignPacket, unpackSign } from "./sign_packet.ts";

/** Something that was not understood, for the engine. */
export type Unclear = Extract<Event, { type: "unclear" }>;

/** Where a packet came from. */
export interface Origin extends Endpoint {
  /** Rank of the own address it came to. */
  path: number;
}

/** What signs need. */
export interface SignsSettings {
  cluster: string;
  me: string;
  keys: Pick<KeyRing, "for">;
  peers: ReadonlyMap<string, readonly Endpoint[]>;
  /** Sends to a server, over every path. */
  post(server: string, packet: Uint8Array): void;
  /** Sends to where something came from that calls itself `server`. */
  reply(server: string, origin: Origin, packet: Uint8Array): void;
  onUnclear(event: Unclear): void;
}

/** Heartbeats in a row that may stay without an acknowledgement before a sign goes with the next. */
const UNANSWERED = 3;
/** Heartbeats up to here pass wherever signs pass. In bytes. */
const SMALL_BYTES = 500;
/** Between two events of one kind. In milliseconds. */
const PAUSE_MS = 100;

/** The signs of one server. */
export class Signs {
  /** Beats since the last acknowledgement. */
  readonly #unanswered = new Map<string, number>();
  /** The latest authentic thing of each server. */
  readonly #heard = new Map<string, Moment>();
  /** Servers that were heard from exactly where the file has them: their name is theirs there alone. */
  readonly #settled = new Set<string>();
  readonly #toldMs = new Map<string, number>();
  /** Address of a machine -> the servers of the file that are there. */
  readonly #byHost = new Map<string, string[]>();

  constructor(private readonly settings: SignsSettings) {
    for (const [server, endpoints] of settings.peers) {
      for (const host of new Set(endpoints.map((one) => one.host))) {
        this.#byHost.set(host, [...this.#byHost.get(host) ?? [], server]);
      }
    }
  }

  /** A heartbeat of `bytes` bytes goes to a server; where those are not acknowledged a sign goes with it. */
  sent(server: string, { incarnation, sentMs }: Beat, bytes: number): void {
    const unanswered = (this.#unanswered.get(server) ?? 0) + 1;
    this.#unanswered.set(server, unanswered);
    if (unanswered <= UNANSWERED || bytes <= SMALL_BYTES) return;
    const echo = this.#heard.get(server) ?? null;
    this.settings.post(server, this.#pack(server, { kind: "here", moment: { incarnation, sentMs }, echo, bytes }));
  }

  /** A heartbeat was understood. `incarnation`: of this server. */
  heard({ from, incarnation, sentMs, acks }: Beat, origin: Endpoint, own: string | undefined): void {
    this.#heard.set(from, { incarnation, sentMs });
    if (this.#isExact(from, origin)) this.#settled.add(from);
    const ack = acks[this.settings.me];
    if (ack?.taken && ack.incarnation === own) this.#unanswered.set(from, 0);
  }

  /** Takes a packet that is, or says that it is, a sign. True when it is one of a server of this cluster. */
  take(bytes: Uint8Array, key: Uint8Array, origin: Origin): boolean {
    const { cluster, me, peers } = this.settings;
    const sign = unpackSign(key, cluster, me, bytes);
    if (!sign || !peers.has(sign.from)) return false;
    this.#take(sign, origin);
    return true;
  }

  #take(sign: SignPacket, origin: Origin): void {
    const { me } = this.settings;
    if (sign.kind === "name") {
      const message =
        `its cluster.yaml has ${me} elsewhere than at ${sign.at}, from where this one sends: two machines ` +
        `call themselves ${me}, or the two files differ`;
      this.#tell(sign.from, "name", message, { echo: momentOf(sign.echo) });
      return;
    }
    if (this.elsewhere(sign.from, sign.moment, origin)) return;
    this.#heard.set(sign.from, momentOf(sign.moment));
    const message = `small packets of it arrive, its heartbeats of ${sign.bytes} bytes don't: the path from ` +
      `${origin.host} loses large ones (MTU)`;
    this.#tell(sign.from, "size", message, {
      moment: momentOf(sign.moment),
      ...(sign.echo ? { echo: momentOf(sign.echo) } : {}),
    });
  }

  /** A packet could not be read: `why` says it of the packet. Where it came from a server of the file, that is there. */
  unread(cause: Obscurity, why: string, { host, port }: Endpoint): void {
    // Strangers first: there may be any number of packets.
    const servers = this.#byHost.get(host);
    if (!servers) return;
    for (const server of this.#at(servers, { host, port })) {
      const message = cause === "key"
        ? `what comes from ${host} is signed with another key, or for another cluster`
        : `what comes from ${host} can't be read: ${why}`;
      this.#tell(server, cause, message);
    }
  }

  /**
   * True when something authentic in the name of `from` comes from where that server is not: a second one has its name. It
   * is told so, because nobody else sends anything to it.
   */
  elsewhere(from: string, moment: Moment, origin: Origin): boolean {
    const known = this.settings.peers.get(from) ?? [];
    if (this.#isExact(from, origin)) return false;
    // Who has translated only the port may well be a relay between the two.
    if (known.some(({ host }) => host === origin.host) && !this.#settled.has(from)) return false;
    const at = place(origin);
    const message = `a second server that calls itself ${from} sends from ${at}; cluster.yaml has ${from} at ` +
      this.#places(known);
    if (this.#tell(from, "name", message)) {
      this.settings.reply(from, origin, this.#pack(from, { kind: "name", echo: momentOf(moment), at }));
    }
    return true;
  }

  #pack(to: string, sign: DistributiveOmit<SignPacket, "cluster" | "from" | "to">): Uint8Array {
    const { keys, cluster, me } = this.settings;
    return packSign(keys.for(to), { cluster, from: me, to, ...sign });
  }

  #isExact(server: string, { host, port }: Endpoint): boolean {
    return (this.settings.peers.get(server) ?? []).some((one) => one.host === host && one.port === port);
  }

  /** The servers that a packet can be of, by its source: the one at that very place, else all on that machine. */
  #at(servers: readonly string[], origin: Endpoint): readonly string[] {
    const exact = servers.find((server) => this.#isExact(server, origin));
    return exact === undefined ? servers : [exact];
  }

  #tell(server: string, cause: Obscurity, message: string, more: Pick<Unclear, "moment" | "echo"> = {}): boolean {
    const key = `${cause} ${server}`;
    const nowMs = performance.now();
    if (nowMs - (this.#toldMs.get(key) ?? -Infinity) < PAUSE_MS) return false;
    this.#toldMs.set(key, nowMs);
    this.settings.onUnclear({ type: "unclear", server, cause, message, ...more });
    return true;
  }

  #places(endpoints: readonly Endpoint[]): string {
    return endpoints.map(place).join(" and ");
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function place({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
