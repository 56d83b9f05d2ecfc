/**
 * One HTTP question, without a proxy: one on this side of a partition would answer for a device that is on the other.
 * Each has a connection of its own, because one that is left open says nothing about whether a new one could be made.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { directRequest } from "../core/plugin/direct_request.ts";
import { httpFault, shownUrl } from "../core/plugin/http_fault.ts";

export { shownUrl };

/** The most of a body that is looked at. In bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** A question. */
export interface HttpQuestion {
  url: string;
  method: "HEAD" | "GET";
  /** Certificates in PEM that sign what the other end shows. */
  ca?: string;
  /** Text to look for in the first {@linkcode MAX_BODY_BYTES} of the body; left out: the body is not read. */
  contains?: string;
}

/** The answer. Redirects are answers, they are not followed. */
export interface HttpAnswer {
  status: number;
  /** Whether `contains` was found; false when nothing was looked for. */
  found: boolean;
  /** From the question to the head of the answer, in milliseconds. */
  answerMs: number;
}

/**
 * Asks. What says that the other end does not answer as it should is a certain `Fault`; that it could not even
 * be tried, an uncertain one. When `signal` aborts, its reason is thrown.
 */
export async function askHttp(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
  signal.throwIfAborted();
  try {
    return await exchange(question, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw httpFault(question.url, error);
  }
}

function exchange({ url, method, ca, contains }: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
  const startedMs = performance.now();
  const options = {
    method,
    signal,
    headers: { "User-Agent": "baton", "Cache-Control": "no-cache" },
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage) => {
      const answerMs = performance.now() - startedMs;
      const end = (found: boolean) => {
        resolve({ status: response.statusCode ?? 0, found, answerMs });
        // Whatever is left of the body goes with the connection.
        request.destroy();
      };
      response.on("error", reject);
      if (contains === undefined) end(false);
      else search(response, Buffer.from(contains), end);
    };
    const request = directRequest(url, options, onResponse);
    request.on("error", reject);
    request.end();
  });
}

/** Compares bytes, so that a character that lies across two parts of the body is found as well. */
function search(response: IncomingMessage, text: Buffer, end: (found: boolean) => void): void {
  const seen = Buffer.alloc(MAX_BODY_BYTES);
  let length = 0;
  response.on("data", (part: Buffer) => {
    const from = Math.max(0, length - text.length + 1);
    length += part.copy(seen, length);
    if (seen.subarray(from, length).includes(text)) end(true);
    else if (length === MAX_BODY_BYTES) end(false);
  });
  response.on("end", () => end(false));
}
