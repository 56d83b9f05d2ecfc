/**
 * EC2's endpoint as one server sees it. Each server has its own listener on the same region, so that faults, permissions
 * and reachability can be set for each.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CredentialIssuer } from "../credentials.ts";
import { gone, listen, type Listener, readBody } from "../listener.ts";
import { type Answer, header, misbehave } from "../misbehave.ts";
import type { Roles } from "../roles.ts";
import type { Timers } from "../timers.ts";
import type { CallLog } from "./calls.ts";
import type { Caller, Cloud } from "./cloud.ts";
import { Ec2Error } from "./errors.ts";
import type { Faults } from "./faults.ts";
import { Query } from "./query.ts";
import { errorXml, responseXml } from "./xml.ts";

/** What the endpoints of one region share. */
export interface Ec2Shared {
  cloud: Cloud;
  faults: Faults;
  calls: CallLog;
  credentials: CredentialIssuer;
  /** Roles that servers can assume. */
  roles: Roles;
  /** Waits that end with the sandbox. */
  timers: Timers;
}

/** Largest request body in bytes; EC2's own limit is of this order. */
const MAX_BODY = 256 * 1024;

/** Starts the endpoint for the calls of `server`. */
export function startEc2(shared: Ec2Shared, server: string, caller: Caller, host?: string): Promise<Listener> {
  const endpoint = new Endpoint(shared, server, caller);
  return listen(
    (request, response) => endpoint.handle(request, response),
    () => shared.faults.takeUnreachable(server),
    host,
  );
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
    const requestId = crypto.randomUUID();
    const outcome = await misbehave({
      request,
      response,
      requestId,
      left,
      timers: this.shared.timers,
      effects: this.shared.faults.take(this.server, query.action),
      answer: (staleMs) => this.#answer(request, query, requestId, staleMs),
      failed: (error) => failed(error, requestId),
    });
    this.shared.calls.add({
      at,
      server: this.server,
      action: query.action,
      params: query.entries(),
      outcome,
      latencyMs: now() - at,
    });
  }

  /** Runs the call. Nothing in here waits: a call takes effect wholly at one instant. */
  #answer(request: IncomingMessage, query: Query, requestId: string, staleMs: number): Answer {
    try {
      const authorization = header(request, "authorization");
      this.shared.credentials.check(authorization, header(request, "x-amz-security-token"));
      const role = this.shared.roles.callerOf(this.shared.credentials.holderOf(authorization));
      const body = this.shared.cloud.run(query, role ?? this.caller, staleMs);
      return { outcome: "ok", status: 200, body: responseXml(query.action, requestId, body) };
    } catch (error) {
      if (error instanceof Ec2Error) return failed(error, requestId);
      throw error;
    }
  }
}

function failed(error: Ec2Error, requestId: string): Answer {
  return { outcome: error.code, status: error.status, body: errorXml(error, requestId) };
}
