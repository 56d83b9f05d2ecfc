/**
 * An answer of one of AWS's services, as the faults in force let it come about.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Ec2Error } from "./ec2/errors.ts";
import type { FaultEffects } from "./ec2/faults.ts";
import type { Timers } from "./timers.ts";

/** What goes back to the client. */
export interface Answer {
  /** For the call log. */
  outcome: string;
  status: number;
  body: string | Uint8Array<ArrayBuffer>;
  /** Beside those that all answers have. */
  headers?: Readonly<Record<string, string>>;
}

/** One request and how it is answered. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  /** Resolves when the client has left. */
  left: Promise<void>;
  timers: Timers;
  effects: FaultEffects;
  /** Runs the call; a read sees the world as it was `staleMs` milliseconds ago. */
  answer(staleMs: number): Answer;
  failed(error: Ec2Error): Answer;
}

/** Answers the request, or does with it what the faults say. Resolves with what is noted in the call log. */
export async function misbehave(exchange: Exchange): Promise<string> {
  const { request, response, effects, left, timers } = exchange;
  switch (effects.outcome?.kind) {
    case "reset":
      request.socket.destroy();
      return "reset";
    case "hang":
      await left;
      return "hung";
    case "late": {
      // The clock starts at the arrival; whether the client is still there doesn't matter to AWS.
      const due = timers.wait(effects.outcome.ms).then((over) => {
        if (over) exchange.answer(0);
      });
      await Promise.all([due, left]);
      return "late";
    }
    case "lost": {
      const answer = exchange.answer(effects.staleMs);
      await delay(effects.latencyMs, left, timers);
      request.socket.destroy();
      return answer.outcome === "ok" ? "lost" : answer.outcome;
    }
  }
  const answer = effects.outcome ? exchange.failed(effects.outcome.error) : exchange.answer(effects.staleMs);
  await delay(effects.latencyMs, left, timers);
  if (!response.destroyed) {
    const body = typeof answer.body === "string" ? new TextEncoder().encode(answer.body) : answer.body;
    response.writeHead(answer.status, {
      "content-type": "text/xml;charset=UTF-8",
      "content-length": String(body.byteLength),
      "x-amzn-requestid": exchange.requestId,
      "cache-control": "no-cache, no-store",
      ...answer.headers,
    });
    response.end(body);
  }
  return answer.outcome;
}

/** A header of which there can be only one. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function delay(ms: number, left: Promise<void>, timers: Timers): Promise<void> {
  if (ms > 0) await Promise.race([timers.wait(ms), left]);
}
