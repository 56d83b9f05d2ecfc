/**
 * One request of a connection, as the endpoint takes it, and its answer. A body is read only for whoever has the
 * operator's token, and never beyond its limit; a connection on which something unread is left ends with its answer.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { allowedHost } from "./allowed_host.ts";
import { authorized } from "./operator_token.ts";
import { refused } from "./refusal.ts";

/** The endpoint. */
export interface Exchanger {
  answer(request: Request): Response | Promise<Response>;
  token: string;
  /** Names under which it is asked, besides addresses. */
  names: ReadonlySet<string>;
}

/** Largest body of anybody who may send one, in bytes: a `cluster.yaml`; the loader takes no larger one. */
export const MAX_BODY_BYTES = 256 * 1024;

/** Answers one request. Never throws: whoever is gone gets nothing. */
export async function exchange(incoming: IncomingMessage, outgoing: ServerResponse, to: Exchanger): Promise<void> {
  // Whoever breaks off is an error of the stream; nobody is left to be told.
  incoming.on("error", () => {});
  outgoing.on("error", () => {});
  let response: Response;
  try {
    response = await respond(incoming, outgoing, to);
  } catch (thrown) {
    if (incoming.destroyed && !incoming.complete) return;
    response = refused(500, thrown instanceof Error ? thrown.message : String(thrown));
  }
  try {
    await send(response, incoming, outgoing);
  } catch {
    outgoing.destroy();
  }
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { answer, token, names }: Exchanger,
): Promise<Response> {
  const { method = "GET", url = "/", headers } = incoming;
  if (!allowedHost(headers.host, names)) {
    return refused(
      421,
      "the endpoint is asked by an address, localhost, or a name that cluster.yaml has under `statusNames`, and the " +
        "request names another host",
    );
  }
  const target = url.startsWith("/") ? URL.parse(`http://localhost${url}`) : null;
  if (target === null) return refused(400, "the target of the request is no path");
  let body: Uint8Array<ArrayBuffer> | null | undefined = null;
  if (!isEmpty(incoming) && authorized(headers.authorization, token)) {
    if (headers.expect !== undefined) outgoing.writeContinue();
    body = await readBody(incoming);
    if (body === undefined) return refused(413, `larger than ${MAX_BODY_BYTES} bytes`);
  }
  const given = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as [string, string]] : []
  );
  const bodied = method !== "GET" && method !== "HEAD" ? { body } : {};
  return await answer(new Request(target, { method, headers: given, ...bodied }));
}

function isEmpty({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;
}

/** Undefined when it is too long: the rest is not read. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return undefined;
  const body = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  // Leaving the loop must not destroy the connection: an answer is to come.
  for await (const part of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (length + part.length > MAX_BODY_BYTES) return undefined;
    body.set(part, length);
    length += part.length;
  }
  return body.subarray(0, length);
}

async function send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const unread = !incoming.complete && !isEmpty(incoming);
  const body = Buffer.from(await response.arrayBuffer());
  const headers = Object.fromEntries(response.headers);
  // What asks for the head alone has an empty body, which is not the length of what it asks about.
  const headOnly = incoming.method === "HEAD";
  if (!headOnly) headers["content-length"] = String(body.length);
  if (unread) headers["connection"] = "close";
  outgoing.writeHead(response.status, headers);
  outgoing.end(headOnly ? undefined : body);
  if (!unread) return;
  // The runtime would read on, to find the next request behind the rest of this one.
  incoming.pause();
  outgoing.once("finish", () => incoming.socket.destroySoon());
}
