/**
 * EC2's endpoint as one server sees it. Each server has its own listener on the same region, so that faults, permissions
 * and reachability can be set for each.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CredentialIssuer } from "../credentials.ts";
import { gone, listen, type Listener, readBody } from "../listener.ts";
import type { CallLog } from "./calls.ts";
import type { Caller, Cloud } from "./cloud.ts";
import { Ec2Error } from "./errors.ts";
import type { FaultEffects, Faults } from "./faults.ts";
import { Query } from "./query.ts";
import { errorXml, responseXml } from "./xml.ts";

/** What the endpoints of one region share. */
export interface Ec2Shared {
  cloud: Cloud;
  faults: Faults;
  calls: CallLog;
  credentials: CredentialIssuer;
  /** Waits that end with the sandbox. */
  timers: Timers;
}

/** Largest request body in bytes; EC2's own limit is of this order. */
const MAX_BODY = 256 * 1024;

/** Timers of calls that take effect later; none survives the sandbox. */
export class Timers {
  readonly #pending = new Map<ReturnType<typeof setTimeout>, () => void>();

  /** Resolves with true after `ms` milliseconds, with false when the sandbox closes before. */
  wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pending.delete(timer);
        resolve(true);
      }, ms);
      this.#pending.set(timer, () => resolve(false));
    });
  }

  /** Ends all waits. */
  clear(): void {
    for (const [timer, end] of this.#pending) {
      clearTimeout(timer);
      end();
    }
    this.#pending.clear();
  }
}

/** Starts the endpoint for the calls of `server`. */
export function startEc2(shared: Ec2Shared, server: string, caller: Caller, host?: string): Promise<Listener> {
  const endpoint = new Endpoint(shared, server, caller);
  return listen(
    (request, response) => endpoint.handle(request, response),
    () => shared.faults.takeUnreachable(server),
    host,
  );
}

interface Answer {
  outcome: string;
  status: number;
  xml: string;
}

class Endpoint {
  constructor(
    private readonly shared: Ec2Shared,
    private readonly server: string,
    private readonly caller: Caller,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const now = this.shared.cloud.settings.now;
    const at = now();
    const left = gone(response);
    const form = request.method === "GET"
      ? new URL(request.url ?? "/", "http://ec2").search
      : await readBody(request, MAX_BODY);
    const query = new Query(form);
    const effects = this.shared.faults.take(this.server, query.action);
    const outcome = await this.#serve(request, response, query, effects, left);
    this.shared.calls.add({
      at,
      server: this.server,
      action: query.action,
      params: query.entries(),
      outcome,
      latencyMs: now() - at,
    });
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    query: Query,
    effects: FaultEffects,
    left: Promise<void>,
  ): Promise<string> {
    const requestId = crypto.randomUUID();
    switch (effects.outcome?.kind) {
      case "reset":
        request.socket.destroy();
        return "reset";
      case "hang":
        await left;
        return "hung";
      case "late": {
        // The clock starts at the arrival; whether the client is still there doesn't matter to EC2.
        const due = this.shared.timers.wait(effects.outcome.ms).then((over) => {
          if (over) this.#answer(request, query, requestId, 0);
        });
        await Promise.all([due, left]);
        return "late";
      }
      case "lost": {
        const answer = this.#answer(request, query, requestId, effects.staleMs);
        await this.#delay(effects.latencyMs, left);
        request.socket.destroy();
        return answer.outcome === "ok" ? "lost" : answer.outcome;
      }
    }
    const answer = effects.outcome
      ? failed(effects.outcome.error, requestId)
      : this.#answer(request, query, requestId, effects.staleMs);
    await this.#delay(effects.latencyMs, left);
    if (!response.destroyed) {
      response.writeHead(answer.status, {
        "content-type": "text/xml;charset=UTF-8",
        "content-length": String(new TextEncoder().encode(answer.xml).byteLength),
        "x-amzn-requestid": requestId,
        "cache-control": "no-cache, no-store",
      });
      response.end(answer.xml);
    }
    return answer.outcome;
  }

  /** Runs the call. Nothing in here waits: a call takes effect wholly at one instant. */
  #answer(request: IncomingMessage, query: Query, requestId: string, staleMs: number): Answer {
    try {
      this.shared.credentials.check(header(request, "authorization"), header(request, "x-amz-security-token"));
      const body = this.shared.cloud.run(query, this.caller, staleMs);
      return { outcome: "ok", status: 200, xml: responseXml(query.action, requestId, body) };
    } catch (error) {
      if (error instanceof Ec2Error) return failed(error, requestId);
      throw error;
    }
  }

  async #delay(ms: number, left: Promise<void>): Promise<void> {
    if (ms > 0) await Promise.race([this.shared.timers.wait(ms), left]);
  }
}

function failed(error: Ec2Error, requestId: string): Answer {
  return { outcome: error.code, status: error.status, xml: errorXml(error, requestId) };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
