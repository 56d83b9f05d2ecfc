/**
 * The interconnect: every beat goes to every other server over every path at once; the first copy that arrives counts,
 * the engine drops the others.
 *
 * @module
 */
import { createSocket, type Socket } from "node:dgram";
import { Buffer } from "node:buffer";
import type { Beat, FileNews } from "../cluster/message.ts";
import type { ClusterConfig } from "../config/config.ts";
import type { Endpoint } from "../plugin/options.ts";
import { isExchange } from "./apply/exchange_packet.ts";
import { MAX_PACKET_BYTES, pack, unpack } from "./packet.ts";

/** What an interconnect needs. */
export interface InterconnectSettings {
  cluster: string;
  me: string;
  key: Uint8Array;
  /** Where this server listens, the preferred path first. */
  own: readonly Endpoint[];
  /** Where the others listen; paths of the same rank belong together. */
  peers: ReadonlyMap<string, readonly Endpoint[]>;
  onBeat(beat: Beat): void;
  /** What the beats say of this server's file; left out: nothing. */
  file?: () => FileNews;
  /** Gets the packets of questions between servers; left out: they are refused. */
  onQuestion?: (packet: Uint8Array) => void;
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

/** The same trouble is told once in this time. In milliseconds. */
const TROUBLE_PAUSE_MS = 60_000;
/** Kinds of trouble that are remembered at most. */
const MAX_TROUBLES = 100;

/** A problem with the interconnect that keeps the agent from starting. */
export class InterconnectError extends Error {
  override name = "InterconnectError";
}

/** The sockets of one server. */
export class Interconnect {
  readonly #sockets: Socket[] = [];
  readonly #heard = new Map<string, number>();
  readonly #troubles = new Map<string, number>();
  /** The latest beat that went out: nothing later can have been acknowledged. */
  #sent: Pick<Beat, "incarnation" | "sentMs"> | null = null;

  private constructor(private readonly settings: InterconnectSettings) {}

  /** Binds all own addresses. Throws an {@linkcode InterconnectError} naming the one that can't be bound. */
  static async open(settings: InterconnectSettings): Promise<Interconnect> {
    const interconnect = new Interconnect(settings);
    for (const [path, endpoint] of settings.own.entries()) {
      try {
        interconnect.#sockets.push(await interconnect.#bind(endpoint, path));
      } catch (error) {
        await interconnect.close();
        throw new InterconnectError(
          `the interconnect address ${endpoint.host}:${endpoint.port} of ${settings.me} can't be bound ` +
            `(${(error as Error).message}); it must be an address of this server and the port must be free`,
        );
      }
    }
    return interconnect;
  }

  /** Sends a beat to every other server over every path. */
  send(beat: Beat): void {
    const { file } = this.settings;
    this.#sent = beat;
    const said = file === undefined ? beat : { ...beat, file: file() };
    for (const server of this.settings.peers.keys()) {
      const packet = pack(this.settings.key, this.settings.cluster, server, said);
      if (packet.length > MAX_PACKET_BYTES) {
        this.#trouble(`a heartbeat is larger than ${MAX_PACKET_BYTES} bytes and can't be sent; use fewer groups`);
        return;
      }
      this.#post(server, packet, "heartbeat");
    }
  }

  /** Sends a packet of a question or an answer to one server over every path. */
  post(server: string, packet: Uint8Array): void {
    this.#post(server, packet, "question");
  }

  #post(server: string, packet: Uint8Array, what: string): void {
    for (const [path, { host, port }] of (this.settings.peers.get(server) ?? []).entries()) {
      this.#socketFor(host, path)?.send(packet, port, host, (error) => {
        if (error) this.#trouble(`a ${what} to ${server} at ${host}:${port} could not be sent: ${error.message}`);
      });
    }
  }

  /** The own socket of the same rank, or the last one that speaks the same kind of address. */
  #socketFor(host: string, path: number): Socket | undefined {
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

  async close(): Promise<void> {
    await Promise.all(
      this.#sockets.splice(0).map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
  }

  #bind({ host, port }: Endpoint, path: number): Promise<Socket> {
    const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4" });
    return new Promise((resolve, reject) => {
      const onError = (error: Error) => {
        socket.close();
        reject(error);
      };
      socket.once("error", onError);
      socket.bind(port, host, () => {
        socket.off("error", onError);
        // A refused port of a peer that is down comes back as an error of our socket: it is no news.
        socket.on("error", () => {});
        socket.on(
          "message",
          (packet: Buffer, { address }: { address: string }) => this.#receive(packet, path, address),
        );
        resolve(socket);
      });
    });
  }

  #receive(packet: Buffer, path: number, address: string): void {
    if (this.settings.onQuestion && isExchange(packet)) return this.settings.onQuestion(packet);
    const beat = unpack(this.settings.key, this.settings.cluster, this.settings.me, packet);
    if (typeof beat === "string") {
      return this.#trouble(`a packet on the interconnect was refused: ${beat}`, ` (from ${address})`);
    }
    if (!this.settings.peers.has(beat.from)) {
      return this.#trouble(
        `a packet on the interconnect was refused: ${beat.from} is no server of cluster.yaml here`,
        ` (from ${address})`,
      );
    }
    // The engine refuses it as well; here it does not even get a step.
    if (this.#fromTheFuture(beat)) {
      return this.#trouble(
        `a heartbeat of ${beat.from} was refused: it acknowledges one of ${this.settings.me} that was not sent yet`,
        ` (from ${address})`,
      );
    }
    this.#heard.set(`${beat.from} ${path}`, performance.now());
    this.settings.onBeat(beat);
  }

  #fromTheFuture({ acks }: Beat): boolean {
    const ack = acks[this.settings.me];
    return ack !== undefined && ack.incarnation === this.#sent?.incarnation && ack.sentMs > this.#sent.sentMs;
  }

  /** `detail` is told, but does not make it another trouble: who invents addresses must not fill the journal. */
  #trouble(text: string, detail = ""): void {
    const nowMs = performance.now();
    if (nowMs - (this.#troubles.get(text) ?? -Infinity) < TROUBLE_PAUSE_MS) return;
    if (this.#troubles.size >= MAX_TROUBLES) this.#troubles.clear();
    this.#troubles.set(text, nowMs);
    this.settings.onTrouble(`${text}${detail}`);
  }
}
