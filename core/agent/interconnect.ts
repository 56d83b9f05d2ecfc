/**
 * The interconnect: every beat goes to every other server over every path at once; the first copy that arrives counts,
 * the engine drops the others.
 *
 * @module
 */
import type { Beat, FileNews } from "../cluster/message.ts";
import type { ClusterConfig } from "../config/config.ts";
import { every } from "../plugin/callbacks.ts";
import type { Endpoint } from "../plugin/options.ts";
import { isExchange } from "./apply/exchange_packet.ts";
import { isSign } from "./sign_packet.ts";
import { type Origin, Signs, type Unclear } from "./signs.ts";
import { Door, type Guest, isOfOtherVersion, type Refused } from "./door.ts";
import { readAll } from "./intake.ts";
import type { KeyRing } from "./key_ring.ts";
import { MAX_PACKET_BYTES, pack, unpack } from "./packet.ts";
import { Refusals } from "./refusals.ts";
import { COPIES, Repeats } from "./repeats.ts";

/** What an interconnect needs. */
export interface InterconnectSettings {
  cluster: string;
  me: string;
  keys: KeyRing;
  /** Where this server listens, the preferred path first. */
  own: readonly Endpoint[];
  /** Where the others listen; paths of the same rank belong together. */
  peers: ReadonlyMap<string, readonly Endpoint[]>;
  onBeat(beat: Beat): void;
  /** Gets what came from the address of a server, or in its name, and was not understood. */
  onUnclear(event: Unclear): void;
  /** What the beats say of this server's file; left out: nothing. */
  file?: () => FileNews;
  /** Gets the packets of questions between servers; true: the sender had the key. Left out: they are refused. */
  onQuestion?: (packet: Uint8Array, key: Uint8Array) => boolean;
  /** Between two beats: what is not acknowledged is sent again in between. In milliseconds; left out: it is not. */
  intervalMs?: number;
  /** Something an operator should know; the same is not said again for a minute. */
  onTrouble(text: string): void;
}

/** One path to one server. */
export interface PathState {
  server: string;
  path: number;
  address: string;
  /** When something authentic last came from there, on the clock of `performance.now()`; null: never. */
  heardMs: number | null;
}

/** Where the servers of a configuration listen. */
export function interconnectOf(
  { cluster, servers }: Pick<ClusterConfig, "cluster" | "servers">,
  me: string,
): Pick<InterconnectSettings, "cluster" | "me" | "own" | "peers"> {
  const at = new Map(servers.map(({ name, interconnect }) => [name, interconnect]));
  const own = at.get(me) ?? [];
  at.delete(me);
  return { cluster, me, own, peers: at };
}

/** Packets that wait for a socket at most: it takes them at once unless its network is stuck. */
const MAX_UNSENT = 256;

/** A problem with the interconnect that keeps the agent from starting. */
export class InterconnectError extends Error {
  override name = "InterconnectError";
}

/** The sockets of one server. */
export class Interconnect {
  readonly #sockets: Deno.DatagramConn[] = [];
  readonly #closed = new AbortController();
  readonly #reading: Promise<void>[] = [];
  readonly #heard = new Map<string, number>();
  readonly #door: Door;
  readonly #signs: Signs;
  readonly #repeats: Repeats | undefined;
  /** One for everything that comes in here: what strangers send is counted, not told one by one. */
  readonly #refusals = new Refusals((text) => this.settings.onTrouble(text));
  #repeating: ReturnType<typeof setInterval> | undefined;
  #unsent = 0;
  /** The latest beat that went out: nothing later can have been acknowledged. */
  #sent: Pick<Beat, "incarnation" | "sentMs"> | null = null;
  /** Server -> what had been sent when something of its present life came last: only a living one acknowledges more. */
  readonly #sentBefore = new Map<string, number>();

  private constructor(private readonly settings: InterconnectSettings) {
    const { cluster, me, peers, keys, intervalMs, onUnclear } = settings;
    this.#door = new Door(cluster, me, peers.keys(), keys);
    this.#repeats = intervalMs === undefined ? undefined : new Repeats(intervalMs);
    this.#signs = new Signs({
      cluster,
      me,
      peers,
      keys,
      onUnclear,
      post: (server, body) => this.#post(server, this.#door.wrap(server, body), "sign of life"),
      reply: (server, { host, port, path }, body) => {
        const [socket, to] = [this.#sockets[path], { transport: "udp", hostname: host, port } as const];
        if (!socket || this.#unsent >= MAX_UNSENT) return;
        void this.#put(socket, this.#door.wrap(server, body), to, `sign of life to a second ${server}`);
      },
    });
  }

  /** Binds all own addresses. Throws an {@linkcode InterconnectError} naming the one that can't be bound. */
  static async open(settings: InterconnectSettings): Promise<Interconnect> {
    const interconnect = new Interconnect(settings);
    for (const { host, port } of settings.own) {
      try {
        interconnect.#sockets.push(Deno.listenDatagram({ transport: "udp", hostname: host, port }));
      } catch (error) {
        await interconnect.close();
        throw new InterconnectError(
          `the interconnect address ${host}:${port} of ${settings.me} can't be bound ` +
            `(${(error as Error).message}); it must be an address of this server and the port must be free`,
        );
      }
    }
    interconnect.#start();
    return interconnect;
  }

  /** Sends a beat to every other server over every path. */
  send(beat: Beat): void {
    const { file, keys, cluster } = this.settings;
    this.#sent = beat;
    const said = { ...beat, keys: keys.ids, ...(file === undefined ? {} : { file: file() }) };
    for (const server of this.settings.peers.keys()) {
      const body = pack(keys.for(server), cluster, server, said);
      if (body.length > MAX_PACKET_BYTES) {
        this.#refusals.count(
          `a heartbeat is larger than ${MAX_PACKET_BYTES} bytes and can't be sent; use fewer groups`,
        );
        return;
      }
      const packet = this.#door.wrap(server, body);
      this.#repeats?.sent(server, packet, beat.sentMs);
      this.#post(server, packet, "heartbeat");
      this.#signs.sent(server, beat, packet.length);
    }
  }

  /** Sends a packet of a question or an answer to one server over every path. */
  post(server: string, packet: Uint8Array): void {
    this.#post(server, this.#door.wrap(server, packet), "question");
  }

  #post(server: string, packet: Uint8Array, what: string): void {
    for (const [path, { host, port }] of (this.settings.peers.get(server) ?? []).entries()) {
      const socket = this.#socketFor(host, path);
      if (!socket || this.#closed.signal.aborted) continue;
      if (this.#unsent >= MAX_UNSENT) {
        this.#refusals.count(
          `packets to ${server} were dropped: ${MAX_UNSENT} of them wait for the network already`,
        );
        return;
      }
      void this.#put(socket, packet, { transport: "udp", hostname: host, port }, `${what} to ${server}`);
    }
  }

  async #put(socket: Deno.DatagramConn, packet: Uint8Array, to: Deno.NetAddr, what: string): Promise<void> {
    this.#unsent += 1;
    try {
      await socket.send(packet, to);
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      this.#refusals.count(
        `a ${what} at ${to.hostname}:${to.port} could not be sent: ${(error as Error).message}`,
      );
    } finally {
      this.#unsent -= 1;
    }
  }

  /** The own socket of the same rank, or the last one that speaks the same kind of address. */
  #socketFor(host: string, path: number): Deno.DatagramConn | undefined {
    const same = this.settings.own.flatMap((own, rank) =>
      own.host.includes(":") === host.includes(":") ? [{ rank, socket: this.#sockets[rank] }] : []
    );
    return (same.find(({ rank }) => rank === path) ?? same.at(-1))?.socket;
  }

  /** The paths, for the status. */
  paths(): PathState[] {
    return [...this.settings.peers].flatMap(([server, endpoints]) =>
      endpoints.map(({ host, port }, path) => ({
        server,
        path,
        address: `${host}:${port}`,
        heardMs: this.#heard.get(`${server} ${path}`) ?? null,
      }))
    );
  }

  /** A packet that was let in was refused by who took it. */
  refused(text: string): void {
    this.#refusals.count(text);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    clearInterval(this.#repeating);
    for (const socket of this.#sockets.splice(0)) socket.close();
    await Promise.all(this.#reading.splice(0));
  }

  #start(): void {
    for (const [path, socket] of this.#sockets.entries()) {
      const take = (packet: Uint8Array, { hostname: host, port }: Deno.NetAddr) =>
        this.#receive(packet, { host, port, path });
      this.#reading.push(readAll(socket, take, this.#closed.signal));
    }
    if (this.settings.intervalMs === undefined) return;
    this.#repeating = every("the repeating of heartbeats", this.settings.intervalMs / COPIES, () => {
      for (const { server, packet } of this.#repeats!.due(performance.now())) this.#post(server, packet, "heartbeat");
    });
  }

  #receive(packet: Uint8Array, origin: Origin): void {
    const { host: address, path } = origin;
    const guest = this.#door.look(packet, path, performance.now());
    if (typeof guest === "string") {
      if (guest === "key") this.#signs.unread("key", "", origin);
      else if (isOfOtherVersion(packet)) this.#signs.unread("content", "it is of another version of Baton", origin);
      return this.#refuse(REFUSALS[guest], address);
    }
    if (guest.from !== undefined && guest.copy) {
      this.#door.admit(guest);
      this.#heard.set(`${guest.from} ${path}`, performance.now());
      return;
    }
    if (this.settings.onQuestion && isExchange(guest.body)) {
      if (this.settings.onQuestion(guest.body, guest.key)) this.#door.admit(guest);
      return;
    }
    if (isSign(guest.body)) {
      if (this.#signs.take(guest.body, guest.key, origin)) this.#door.admit(guest);
      return;
    }
    const beat = unpack(guest.key, this.settings.cluster, this.settings.me, guest.body);
    if (typeof beat === "string") {
      this.#signs.unread("content", beat, origin);
      return this.#refuse(beat, address);
    }
    if (!this.settings.peers.has(beat.from)) {
      return this.#refuse(`${beat.from} is no server of cluster.yaml here`, address);
    }
    if (beat.from !== guest.from) return this.#refuse(`it is of ${beat.from} and says it is of another`, address);
    if (this.#signs.elsewhere(beat.from, beat, origin)) {
      return this.#refuse(`${beat.from} is somewhere else by cluster.yaml: a second server has its name`, address);
    }
    // The engine refuses it as well; here it does not even get a step.
    if (this.#fromTheFuture(beat)) {
      return this.#refusals.count(
        `a heartbeat of ${beat.from} was refused: it acknowledges one of ${this.settings.me} that was not sent yet`,
        ` (from ${address})`,
      );
    }
    this.#signs.heard(beat, origin, this.#sent?.incarnation);
    this.#accept(beat, guest);
  }

  #fromTheFuture({ acks }: Beat): boolean {
    const ack = acks[this.settings.me];
    return ack !== undefined && ack.incarnation === this.#sent?.incarnation && ack.sentMs > this.#sent.sentMs;
  }

  #accept(beat: Beat, guest: Guest): void {
    const nowMs = performance.now();
    this.settings.keys.hear(beat);
    const ack = beat.acks[this.settings.me];
    const acknowledgedMs = ack?.incarnation === this.#sent?.incarnation ? ack?.sentMs ?? -Infinity : -Infinity;
    if (acknowledgedMs > (this.#sentBefore.get(beat.from) ?? -Infinity)) this.#door.prove(guest);
    if (this.#door.admit(guest)) {
      this.#sentBefore.set(beat.from, this.#sent?.sentMs ?? -Infinity);
      this.#repeats?.heard(beat.from, acknowledgedMs, nowMs);
    }
    this.#heard.set(`${beat.from} ${guest.path}`, nowMs);
    this.settings.onBeat(beat);
  }

  #refuse(why: string | null, address: string): void {
    if (why !== null) this.#refusals.count(`a packet on the interconnect was refused: ${why}`, ` (from ${address})`);
  }
}

/** What is said of a packet that the door does not let in; null: nothing, because repeated packets are no fault. */
const REFUSALS: Readonly<Record<Refused, string | null>> = {
  shape: "it is no packet of this version of Baton",
  key: "its sender does not have the key of this cluster, or it is meant for another server",
  repeated: null,
  crowded: null,
};
