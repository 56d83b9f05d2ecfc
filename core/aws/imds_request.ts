/**
 * One request to the metadata service, without a proxy: one would ask the metadata service of its own machine, and this
 * server would take itself for another.
 *
 * @module
 */
import { directRequest } from "../plugin/direct_request.ts";

/** An answer that is no value: the status decides whether asking again helps. */
export class ImdsStatus extends Error {
  constructor(readonly status: number, path: string) {
    super(`HTTP ${status} for ${path}`);
  }
}

/** Values are short; a longer answer isn't from the metadata service. In characters. */
const MAX_VALUE_LENGTH = 1_024;

/** Resolves with the body of the answer; rejects with {@linkcode ImdsStatus} when its status is not 200. */
export function askImds(
  endpoint: string,
  path: string,
  { met, ...options }: {
    method: "GET" | "PUT";
    headers: Record<string, string>;
    signal: AbortSignal;
    /** Called when the connection is up. */
    met?: () => void;
  },
): Promise<string> {
  return new Promise((resolve, reject) => {
    // A connection per question, so that none is left open for the hours until the next.
    const request = directRequest(`${endpoint}${path}`, options, (response) => {
      response.on("error", reject);
      if (response.statusCode !== 200) {
        response.resume();
        request.destroy();
        return reject(new ImdsStatus(response.statusCode ?? 0, path));
      }
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length <= MAX_VALUE_LENGTH) return;
        request.destroy();
        reject(new Error(`${path} has more than ${MAX_VALUE_LENGTH} characters, no metadata value is that long`));
      });
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
    if (met !== undefined) request.on("socket", (socket) => socket.once("connect", met));
    request.end();
  });
}
