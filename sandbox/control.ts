/**
 * The control endpoint: a small JSON interface on a port of its own, for demos and for tests that run in another
 * process.
 *
 * - `GET /state`: the region, the faults in force, the metadata services.
 * - `GET /calls?server=&action=`: the calls that arrived. `DELETE /calls` forgets them.
 * - `GET /faults`, `POST /faults` (one or a list; answers the ids), `DELETE /faults?id=` (left out: all).
 * - `POST /zones/NAME` with `{"state": "impaired", "messages": ["…"]}`.
 * - `POST /metadata/SERVER` with `{"mode": "silent"}`.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallLog } from "./ec2/calls.ts";
import type { Cloud } from "./ec2/cloud.ts";
import { parseFault } from "./ec2/fault_spec.ts";
import type { Faults } from "./ec2/faults.ts";
import type { Zone } from "./ec2/model.ts";
import type { ImdsMode, SandboxImds } from "./imds.ts";
import { listen, type Listener, readBody } from "./listener.ts";

/** What can be looked at and changed. */
export interface Controlled {
  cloud: Cloud;
  faults: Faults;
  calls: CallLog;
  /** By the name of the server. */
  imds: ReadonlyMap<string, SandboxImds>;
}

const MAX_BODY = 64 * 1024;
const ZONE_STATES: Zone["state"][] = ["available", "information", "impaired", "unavailable", "constrained"];
const IMDS_MODES: ImdsMode[] = ["normal", "silent", "unreachable"];

/** Starts the control endpoint. */
export function startControl(controlled: Controlled): Promise<Listener> {
  return listen(async (request, response) => {
    try {
      reply(response, 200, await route(controlled, request));
    } catch (error) {
      if (!(error instanceof ControlError) && !(error instanceof TypeError)) throw error;
      reply(response, error instanceof ControlError ? error.status : 400, { error: error.message });
    }
  });
}

class ControlError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function route(controlled: Controlled, request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? "/", "http://control");
  const [, room = "", name] = decodeURI(url.pathname).split("/");
  const text = (key: string) => url.searchParams.get(key) ?? undefined;
  switch (`${request.method} ${room}`) {
    case "GET state":
      return {
        region: controlled.cloud.region,
        faults: controlled.faults.list(),
        metadata: Object.fromEntries([...controlled.imds].map(([server, imds]) => [server, imds.mode])),
      };
    case "GET calls":
      return controlled.calls.list({
        ...(text("server") ? { server: text("server")! } : {}),
        ...(text("action") ? { action: text("action")! } : {}),
      });
    case "DELETE calls":
      controlled.calls.clear();
      return {};
    case "GET faults":
      return controlled.faults.list();
    case "POST faults": {
      const body = await json(request);
      // All are checked before the first is put in force.
      const specs = (Array.isArray(body) ? body : [body]).map(parseFault);
      return { ids: specs.map((spec) => controlled.faults.add(spec)) };
    }
    case "DELETE faults": {
      const id = text("id");
      if (id === undefined) controlled.faults.clear();
      else if (!controlled.faults.remove(Number(id))) throw new ControlError(404, `no fault with id ${id} is in force`);
      return {};
    }
    case "POST zones":
      return setZone(controlled.cloud, name, await json(request));
    case "POST metadata":
      return setMetadata(controlled.imds, name, await json(request));
  }
  throw new ControlError(404, `nothing answers ${request.method} ${url.pathname}`);
}

function setZone(cloud: Cloud, name: string | undefined, body: unknown): Zone {
  const zone = cloud.region.zones.find((one) => one.name === name);
  if (!zone) {
    const known = cloud.region.zones.map((one) => one.name).join(", ");
    throw new ControlError(404, `there is no zone ${name ?? ""}; there are ${known}`);
  }
  const { state = zone.state, messages = [] } = (body ?? {}) as Partial<Zone>;
  if (!ZONE_STATES.includes(state)) {
    throw new TypeError(`state is ${JSON.stringify(state)}: it must be one of ${ZONE_STATES.join(", ")}`);
  }
  if (!Array.isArray(messages) || messages.some((one) => typeof one !== "string")) {
    throw new TypeError("messages must be a list of texts");
  }
  Object.assign(zone, { state, messages });
  return zone;
}

function setMetadata(all: ReadonlyMap<string, SandboxImds>, server: string | undefined, body: unknown) {
  const imds = all.get(server ?? "");
  if (!imds) throw new ControlError(404, `there is no server ${server ?? ""}; there are ${[...all.keys()].join(", ")}`);
  const mode = (body as { mode?: ImdsMode } | null)?.mode;
  if (!mode || !IMDS_MODES.includes(mode)) {
    throw new TypeError(`mode is ${JSON.stringify(mode)}: it must be one of ${IMDS_MODES.join(", ")}`);
  }
  imds.mode = mode;
  return { mode };
}

async function json(request: IncomingMessage): Promise<unknown> {
  // A web page can't send this type to another origin without being asked first, and we answer no such question.
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
    throw new ControlError(415, "the body must be sent as application/json");
  }
  const body = await readBody(request, MAX_BODY);
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new TypeError(`the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  const body = new TextEncoder().encode(JSON.stringify(value, null, 2));
  response.writeHead(status, { "content-type": "application/json", "content-length": String(body.byteLength) });
  response.end(body);
}
