/**
 * An HTTP listener on an ephemeral port that can also misbehave below HTTP: reset, hang up, never answer.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What answers requests. A rejection is answered with status 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A running listener. */
export interface Listener {
  /** `http://HOST:PORT`; on `127.0.0.1` unless asked otherwise. */
  readonly url: string;
  /** Ends all connections and waits until they are gone. */
  close(): Promise<void>;
}

/** Starts a listener on `host`. `refuse` is asked for each new connection whether it is reset at once. */
export async function listen(
  handler: Handler,
  refuse: () => boolean = () => false,
  host = "127.0.0.1",
): Promise<Listener> {
  const server = createServer((request, response) => {
    handler(request, response).catch((error) => {
      if (response.headersSent || response.destroyed) return void request.socket.destroy();
      response.writeHead(500, { "content-type": "text/plain" });
      response.end(`the sandbox failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  server.on("connection", (socket) => {
    if (refuse()) socket.destroy();
  });
  // A client that leaves in the middle is what the sandbox is for.
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, close: () => stop(server) };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Reads the body of a request; rejects when it is longer than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(request, limit));
}

/** The same as it was sent. */
export async function readBytes(request: IncomingMessage, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) throw new Error(`the body of the request has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** Resolves when the client has left or got its answer. */
export function gone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || response.writableFinished) return resolve();
    response.once("close", () => resolve());
  });
}
