/**
 * The sockets of the status endpoint, and what strangers may cost: so many connections at a time, so long for the head
 * of a request, for its body and for taking the answer. When all connections are taken a new one has the place of the
 * oldest that nobody works on, so whoever only holds connections keeps nobody out.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Endpoint } from "../plugin/options.ts";
import { hostNames } from "./allowed_host.ts";
import { createApp, type StatusSource } from "./app.ts";
import { exchange } from "./exchange.ts";

/** A running status endpoint. */
export interface StatusServer {
  /** Where it really listens (port 0 asks for any). */
  url: string;
  close(): Promise<void>;
}

/** What the endpoint is made of. */
export interface StatusParts {
  at: Endpoint;
  agent: StatusSource;
  /** The operator's token. */
  token: string;
  version: string;
  /** Names of this server under which it may be asked, besides addresses and `localhost`. */
  names: readonly string[];
  limits?: Partial<StatusLimits>;
}

/** What one server gives to all who ask. */
export interface StatusLimits {
  /** At a time. */
  connections: number;
  /** From the connection, or the answer before, to the end of the head of a request; and for the body. In milliseconds. */
  headMs: number;
  requestMs: number;
  /** Nothing of an answer was taken for so long. In milliseconds. */
  sendMs: number;
}

const LIMITS: StatusLimits = { connections: 64, headMs: 5_000, requestMs: 10_000, sendMs: 5_000 };

/** The head of a request. In bytes. */
const MAX_HEAD_BYTES = 8_192;
/** How often what has no more time is looked for, as a part of the time for a head. */
const CHECKS = 5;
/** Requests that are under way at the end get this much time. In milliseconds. */
const CLOSE_MS = 500;

/** A problem with the status endpoint that keeps the agent from starting. */
export class StatusError extends Error {
  override name = "StatusError";
}

/** Serves the status endpoint. Rejects with a {@linkcode StatusError} when the address can't be bound. */
export async function serveStatus(parts: StatusParts): Promise<StatusServer> {
  const { at, agent, token, version } = parts;
  const limits = { ...LIMITS, ...parts.limits };
  const app = createApp(agent, token, version);
  const to = { answer: (request: Request) => app.fetch(request), token, names: hostNames([at.host, ...parts.names]) };
  const server = createServer({
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.headMs,
    connectionsCheckingInterval: Math.ceil(limits.headMs / CHECKS),
    maxHeaderSize: MAX_HEAD_BYTES,
  });
  const crowd = new Crowd(limits.connections);
  server.on("connection", (socket) => crowd.add(socket));
  const take = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // The runtime that executables for trying out are built on has none.
    outgoing.setTimeout?.(limits.sendMs, () => crowd.isBusy(incoming.socket) || outgoing.destroy());
    await crowd.busy(incoming.socket, () => exchange(incoming, outgoing, to));
  };
  server.on("request", take);
  // Whoever asks whether to send a body is told to when it is read, and not before.
  server.on("checkContinue", take);
  await listen(server, at);
  // A connection that could not be taken: the client sees it, and the next may do better.
  server.on("error", () => {});
  const { port } = server.address() as AddressInfo;
  return { url: `http://${at.host.includes(":") ? `[${at.host}]` : at.host}:${port}`, close: () => close(server) };
}

function listen(server: Server, { host, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: Error) =>
      reject(
        new StatusError(
          `the status endpoint ${host}:${port} can't be bound (${error.message}); set another \`status\` in cluster.yaml`,
        ),
      ));
    server.listen(port, host, resolve);
  });
}

/** All connections, the oldest first. */
class Crowd {
  readonly #sockets = new Set<Socket>();
  /** Somebody works for them: for an operator, or for the moment that an answer takes. */
  readonly #busy = new Set<Socket>();

  constructor(private readonly max: number) {}

  add(socket: Socket): void {
    socket.once("close", () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
    if (this.#sockets.size <= this.max) return;
    const oldest = this.#sockets.values().find((one) => !this.#busy.has(one)) ?? socket;
    this.#sockets.delete(oldest);
    oldest.destroy();
  }

  isBusy(socket: Socket): boolean {
    return this.#busy.has(socket);
  }

  async busy(socket: Socket, work: () => Promise<void>): Promise<void> {
    this.#busy.add(socket);
    try {
      await work();
    } finally {
      this.#busy.delete(socket);
    }
  }
}

/** A client that never finishes its request must not keep the agent from ending: it is not waited for. */
async function close(server: Server): Promise<void> {
  const patience = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await closed;
  clearTimeout(patience);
}
