/**
 * Connections to AWS: straight, or through an HTTP proxy that is asked to connect to the endpoint (CONNECT), so that it
 * sees a host and a port and nothing of what is said.
 *
 * @module
 */
import { Agent } from "node:https";
import { connect as tcpConnect, type Socket } from "node:net";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { type AwsWay, findWay, type FoundWay, isDirect, type NamedProxy, shownProxy, trusted } from "./way.ts";

/** What the SDK's clients connect with. */
export interface Connections {
  /** Left out: the agent itself sees to it. The SDK's own timer would outlive a connection that a proxy refuses. */
  connectionTimeout?: number;
  httpAgent: { keepAlive: boolean; maxSockets: number };
  httpsAgent: Agent;
}

/** Longest time for a proxy to come up with its answer, in milliseconds: it may have to ask for the name first. */
const PROXY_MS = 3_000;
/** Longest head of a proxy's answer, in characters. */
const MAX_HEAD = 16_384;

/** The connections of one client. Throws a `Fault` when the way is not as it is configured. */
export function connections(
  way: AwsWay | undefined,
  { connectMs, keepAlive, maxSockets }: { connectMs: number; keepAlive: boolean; maxSockets: number },
): Connections {
  const found = findWay(way);
  const ca = trusted(found);
  const options = { keepAlive, maxSockets, ...(ca === undefined ? {} : { ca }) };
  const httpAgent = { keepAlive, maxSockets };
  if (found.proxy === undefined) {
    return { connectionTimeout: connectMs, httpAgent, httpsAgent: new Agent(options) };
  }
  return { httpAgent, httpsAgent: new TunnelAgent(options, { ...found, proxy: found.proxy }, connectMs) };
}

/** Tries whether the proxy connects to an endpoint; resolves with the milliseconds that took. */
export async function tryTunnel(way: FoundWay & { proxy: NamedProxy }, host: string, port: number): Promise<number> {
  const startedMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    openTunnel(way.proxy, trusted(way), host, port, (error, socket) => {
      if (socket === undefined) return reject(error);
      socket.destroy();
      resolve();
    });
  });
  return performance.now() - startedMs;
}

/** What a connection is asked for with. */
interface Wanted {
  host?: string;
  hostname?: string;
  port?: number | string;
  servername?: string;
  ca?: string[];
}

type Connected = (error: Error | null, socket?: Socket) => void;

class TunnelAgent extends Agent {
  readonly #ca: string[] | undefined;

  constructor(
    options: { keepAlive: boolean; maxSockets: number; ca?: string[] },
    private readonly way: FoundWay & { proxy: NamedProxy },
    private readonly connectMs: number,
  ) {
    super(options);
    this.#ca = options.ca;
  }

  // deno-lint-ignore no-explicit-any -- Node's own types leave out that it may answer later, by the callback.
  override createConnection(options: any, connected: any): any {
    const wanted = options as Wanted;
    const host = wanted.host ?? wanted.hostname ?? "";
    const port = Number(wanted.port ?? 443);
    if (isDirect(this.way, host, port)) {
      const socket = super.createConnection(options, connected) as Socket;
      limited(socket, this.connectMs, "secureConnect");
      return socket;
    }
    openTunnel(this.way.proxy, this.#ca, host, port, (error, socket) => {
      if (socket === undefined) return (connected as Connected)(error);
      secured(socket, options, host, this.connectMs, connected as Connected);
    });
    return undefined;
  }
}

/** TLS with the endpoint itself, end to end: the proxy only passes it on. */
function secured(socket: Socket, options: object, host: string, connectMs: number, connected: Connected): void {
  const name = (options as Wanted).servername || host;
  const secure: TLSSocket = tlsConnect({ ...options, socket, servername: name });
  limited(secure, connectMs, "secureConnect");
  const failed = (error: Error) => connected(error);
  secure.once("error", failed);
  secure.once("secureConnect", () => {
    secure.removeListener("error", failed);
    connected(null, secure);
  });
}

/** Ends a socket that has not come so far within `ms`, with the error of a connection that never came up. */
function limited(socket: Socket, ms: number, event: string): void {
  socket.setTimeout(ms, () => {
    const error = new Error(`did not establish a connection within ${ms} ms`);
    socket.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
  });
  socket.once(event, () => {
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
  });
}

/** A connection to `host` by the proxy, or an error whose code is `EPROXY`; either is told once. */
function openTunnel(
  proxy: NamedProxy,
  ca: string[] | undefined,
  host: string,
  port: number,
  told: Connected,
): void {
  const shown = shownProxy(proxy);
  const socket = connectTo(proxy.url, ca);
  const end = (said: string, cause?: Error) => {
    socket.removeAllListeners();
    // What comes after it was given up is nobody's business.
    socket.on("error", () => {});
    socket.destroy();
    const error = new Error(`the proxy ${shown} ${said}`, cause === undefined ? undefined : { cause });
    told(Object.assign(error, { code: "EPROXY" }));
  };
  let head = "";
  const onData = (part: Uint8Array) => {
    head += new TextDecoder("latin1").decode(part);
    const length = head.indexOf("\r\n\r\n");
    if (length < 0) return head.length > MAX_HEAD ? end("gives an answer without an end") : undefined;
    const line = head.slice(0, head.indexOf("\r\n"));
    if (!/^HTTP\/1\.\d 2\d\d\b/.test(line)) {
      return end(`does not connect to ${host}:${port}: ${line.replace(/[^ -~]/g, "?").slice(0, 200)}`);
    }
    if (head.length > length + 4) return end("says more than it was asked before TLS has begun");
    socket.removeAllListeners();
    socket.setTimeout(0);
    told(null, socket);
  };
  socket.setTimeout(PROXY_MS, () => end(`has not answered within ${PROXY_MS} ms`));
  socket.on("error", (error: Error) => end(`can't be reached: ${error.message}`, error));
  socket.on("close", () => end("closed the connection"));
  socket.on("data", onData);
  socket.once(proxy.url.protocol === "https:" ? "secureConnect" : "connect", () => {
    socket.write(requestFor(proxy.url, host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`));
  });
}

function connectTo(url: URL, ca: string[] | undefined): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (url.protocol === "http:") return tcpConnect({ host, port });
  return tlsConnect({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) });
}

function requestFor(url: URL, target: string): string {
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (url.username !== "") {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    const bytes = new TextEncoder().encode(pair);
    lines.push(`Proxy-Authorization: Basic ${btoa(String.fromCharCode(...bytes))}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
