/**
 * The HTTP of a plugin's context, without a proxy: one on this side of a partition would answer for what is on the other.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { directRequest } from "./direct_request.ts";
import { Fault, FAULT_CODES } from "./fault.ts";
import type { HttpRequest, HttpResponse } from "./helpers.ts";
import { httpFault } from "./http_fault.ts";

/** The most of a body that is kept. In bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** Asks, and reads the answer. When `signal` aborts, its reason is thrown. */
export async function requestHttp(
  url: string,
  request: Omit<HttpRequest, "signal">,
  signal: AbortSignal,
): Promise<HttpResponse> {
  signal.throwIfAborted();
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new Fault(FAULT_CODES.requestFailed, "a URL is wrong: it must begin with http:// or https://", {
      uncertain: true,
    });
  }
  try {
    return await exchange(parsed, request, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw httpFault(url, error);
  }
}

function exchange(
  url: URL,
  { method = "GET", headers = {}, body, ca }: Omit<HttpRequest, "signal">,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const startedMs = performance.now();
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const options = {
    method,
    signal,
    headers: { "User-Agent": "baton", ...length, ...headers },
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage) => {
      const answerMs = performance.now() - startedMs;
      const parts: Buffer[] = [];
      let bytes = 0;
      const end = (truncated: boolean) => {
        const text = Buffer.concat(parts).subarray(0, MAX_BODY_BYTES).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: flat(response.headers), text, truncated, answerMs });
        request.destroy();
      };
      response.on("error", reject);
      response.on("data", (part: Buffer) => {
        if (bytes > MAX_BODY_BYTES) return;
        parts.push(part);
        bytes += part.length;
        if (bytes > MAX_BODY_BYTES) end(true);
      });
      response.on("end", () => end(false));
    };
    const request = directRequest(url, options, onResponse);
    request.on("error", reject);
    request.end(body);
  });
}

function flat(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]]
    ),
  );
}
