/**
 * One question to an agent's endpoint: never through a proxy, which would read the operator's token.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { directRequest } from "../plugin/direct_request.ts";

/** What is asked. */
export interface AgentQuestion {
  method: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
  /** In milliseconds. */
  timeoutMs: number;
}

/** What came back. */
export interface AgentAnswer {
  status: number;
  text: string;
}

/** The status of 32 servers and their drop-ins has less; something else listens there. In bytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** What an answer that ends before its end is called. */
export const BROKEN_OFF = "the answer broke off";

/** Asks; redirects are not followed. Rejects with a `TimeoutError` when the whole answer is not there in time. */
export async function askAgent(url: string, { timeoutMs, body, ...options }: AgentQuestion): Promise<AgentAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const headers = { "User-Agent": "baton", ...length, ...options.headers };
  try {
    return await new Promise((resolve, reject) => {
      const request = directRequest(url, { ...options, headers, signal }, (response) => {
        read(response, resolve, (error) => {
          request.destroy();
          reject(error);
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function read(response: IncomingMessage, resolve: (answer: AgentAnswer) => void, reject: (error: Error) => void) {
  const parts: Buffer[] = [];
  let bytes = 0;
  response.on("error", reject);
  response.on("data", (part: Buffer) => {
    bytes += part.length;
    parts.push(part);
    if (bytes > MAX_ANSWER_BYTES) reject(new Error(`the answer is longer than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`));
  });
  response.on("end", () => {
    // The runtime that executables for trying out are built on never says that one is complete.
    const whole = response.complete || bytes === Number(response.headers["content-length"]);
    if (!whole) return reject(new Error(BROKEN_OFF));
    resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() });
  });
  response.on("close", () => reject(new Error(BROKEN_OFF)));
}
