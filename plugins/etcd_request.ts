/**
 * One request to the JSON gateway of etcd, on a connection of its own, without a proxy (`direct_request.ts`). Not with
 * `fetch`, which does not say whether a request that failed was sent at all: a write may only be tried at another member
 * when it was not.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { withDeadline } from "../core/aws/deadline.ts";
import { directRequest } from "../core/plugin/direct_request.ts";

/** What identifies both ends, in PEM. */
export interface TlsFiles {
  ca?: string;
  cert?: string;
  key?: string;
}

/** A request. */
export interface EtcdRequest {
  url: string;
  body: unknown;
  token?: string;
  tls: TlsFiles;
}

/** The answer. */
export interface EtcdAnswer {
  status: number;
  text: string;
}

/** Longest answer: a record with what etcd says around it. In bytes. */
const MAX_BYTES = 65_536;

/** Sends it, and rejects with the error of the operating system, or with the reason of `signal` once that aborts. */
export function postJson(request: EtcdRequest, ms: number, signal: AbortSignal): Promise<EtcdAnswer> {
  return withDeadline(signal, ms, (within) => exchange(request, within));
}

function exchange({ url, body, token, tls }: EtcdRequest, signal: AbortSignal): Promise<EtcdAnswer> {
  const content = Buffer.from(JSON.stringify(body));
  const options = {
    method: "POST",
    signal,
    headers: {
      "Content-Type": "application/json",
      "Content-Length": String(content.length),
      "User-Agent": "baton",
      ...(token === undefined ? {} : { Authorization: token }),
    },
    ...tls,
  };
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on("error", reject);
      response.on("data", (part: Buffer) => {
        length += part.length;
        parts.push(part);
        if (length <= MAX_BYTES) return;
        request.destroy();
        reject(new Error(`the answer is longer than ${MAX_BYTES} bytes`));
      });
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        // An answer that breaks off in the middle ends like a whole one in some runtimes.
        const announced = response.headers["content-length"];
        if (announced !== undefined && Number(announced) !== length) reject(new Error("the answer broke off"));
        else resolve({ status: response.statusCode ?? 0, text });
        request.destroy();
      });
      response.on("close", () => reject(new Error("the answer broke off")));
    };
    const request = directRequest(url, options, onResponse);
    request.on("error", reject);
    request.end(content);
  });
}
