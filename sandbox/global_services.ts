/**
 * The services beside EC2 as one server sees them, behind one listener: STS and Route 53.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { allowed, type Caller } from "./ec2/cloud.ts";
import { Ec2Error } from "./ec2/errors.ts";
import { Query } from "./ec2/query.ts";
import type { Ec2Shared } from "./ec2/server.ts";
import { gone, listen, type Listener, readBody } from "./listener.ts";
import { type Answer, header, misbehave } from "./misbehave.ts";
import { restErrorXml, Zones } from "./route53.ts";
import { assumeRole } from "./sts.ts";

/** Largest request body in bytes. */
const MAX_BODY = 256 * 1024;

/** A request, and the service and action that it means. */
interface Asked {
  service: "route53" | "sts";
  action: string;
  params: Record<string, string>;
  run(requestId: string): string;
}

/** Starts the endpoint for the calls of `server`. */
export function startGlobalServices(
  shared: Ec2Shared,
  zones: Zones,
  server: string,
  caller: Caller,
  host?: string,
): Promise<Listener> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const now = shared.cloud.settings.now;
    const at = now();
    const left = gone(response);
    const body = await readBody(request, MAX_BODY);
    const asked = understand(request, body, shared, zones, server, caller);
    const requestId = crypto.randomUUID();
    const outcome = await misbehave({
      request,
      response,
      requestId,
      left,
      timers: shared.timers,
      effects: shared.faults.take(server, asked.action),
      // What these services have is small and seldom read; stale reads are those of EC2.
      answer: () => answer(request, asked, requestId, shared, caller),
      failed: (error) => failed(error, requestId),
    });
    shared.calls.add({ at, server, action: asked.action, params: asked.params, outcome, latencyMs: now() - at });
  };
  return listen(handle, () => shared.faults.takeUnreachable(server), host);
}

function understand(
  request: IncomingMessage,
  body: string,
  shared: Ec2Shared,
  zones: Zones,
  server: string,
  { principal }: Caller,
): Asked {
  const url = new URL(request.url ?? "/", "http://aws");
  const action = Zones.actionOf(request.method ?? "", url.pathname);
  if (action !== undefined) {
    const params = { path: url.pathname, ...Object.fromEntries(url.searchParams) };
    return { service: "route53", action, params, run: () => zones.run(action, url, body) };
  }
  const query = new Query(body);
  const { roles, credentials } = shared;
  return {
    service: "sts",
    action: query.action,
    params: query.entries(),
    run: (requestId) => assumeRole(query, requestId, { roles, credentials, server, principal }),
  };
}

/** Runs the call. Nothing in here waits: a call takes effect wholly at one instant. */
function answer(
  request: IncomingMessage,
  asked: Asked,
  requestId: string,
  { credentials }: Ec2Shared,
  caller: Caller,
): Answer {
  try {
    credentials.check(header(request, "authorization"), header(request, "x-amz-security-token"));
    if (!allowed(asked.service, asked.action, caller.allow)) {
      throw new Ec2Error(
        "AccessDenied",
        `User: ${caller.principal} is not authorized to perform: ${asked.service}:${asked.action}`,
        403,
      );
    }
    return { outcome: "ok", status: 200, body: asked.run(requestId) };
  } catch (error) {
    if (error instanceof Ec2Error) return failed(error, requestId);
    throw error;
  }
}

function failed(error: Ec2Error, requestId: string): Answer {
  return { outcome: error.code, status: error.status, body: restErrorXml(error, requestId) };
}
