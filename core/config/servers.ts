/**
 * `servers`: the machines of the cluster and where they hear each other.
 *
 * @module
 */
import { isIP } from "node:net";
import { canonicalIp } from "../plugin/ip_address.ts";
import type { Endpoint } from "../plugin/options.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { ServerConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import type { Place } from "./problem.ts";
import { type ReadContext, readSection, readTable } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";
import { unknownName } from "./unknown_name.ts";

/** UDP and TCP port of the interconnect where none is written. */
const DEFAULT_INTERCONNECT_PORT = 7710;

/** Each server sends to each other one; far above any failover cluster in the field. */
export const MAX_SERVERS = 32;

const KEYS = {
  interconnect: {
    type: "strings",
    single: true,
    required: true,
    description: `IP addresses, the preferred one first; with :port where it is not ${DEFAULT_INTERCONNECT_PORT}`,
  },
  hostname: {
    type: "string",
    description: "the name the operating system knows the server by, when it is not the name here",
  },
} as const satisfies ShapeKeys;

const SERVER: SectionShape<typeof KEYS> = { form: "section", description: "a server", keys: KEYS };

export const SERVERS_SHAPE = {
  form: "table",
  description: `the servers, 1 to ${MAX_SERVERS}, by their names`,
  required: true,
  of: SERVER,
} as const satisfies TableShape;

/** Reads `servers`. */
export function readServers(at: Cursor | undefined, context: ReadContext): ServerConfig[] {
  if (at === undefined) return [];
  const entries = readTable(at, SERVERS_SHAPE, context);
  if (at.form === "map" && entries.length === 0) {
    context.problems.add(at.place, `has no server; give 1 to ${MAX_SERVERS}`);
  }
  if (entries.length > MAX_SERVERS) {
    context.problems.add(at.keyPlace, `has ${entries.length} servers; give 1 to ${MAX_SERVERS}`);
  }
  const used = new Map<string, string>();
  return entries.map(({ key: name, value }) => {
    const { values, written } = readSection(value, SERVER, context);
    const interconnect: Endpoint[] = [];
    const list = written.get("interconnect");
    const items = list?.form === "list" ? list.items() : [];
    for (const [index, text] of (values.interconnect ?? []).entries()) {
      const place = (items[index] ?? list ?? value).place;
      const endpoint = parseInterconnect(text, place, context);
      if (endpoint === undefined) continue;
      const shown = endpointText(endpoint);
      const other = used.get(shown);
      if (other !== undefined) {
        context.problems.add(
          place,
          `${shown} is already an address of ${other}; each server has its own`,
          FAULT_CODES.fileName,
        );
      }
      used.set(shown, name);
      interconnect.push(endpoint);
    }
    return { name, interconnect, ...(values.hostname === undefined ? {} : { hostname: values.hostname }) };
  });
}

/** An endpoint as it is written. */
export function endpointText({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseInterconnect(text: string, place: Place, context: ReadContext): Endpoint | undefined {
  const example = "write an IP address like 10.0.110.10, with a port 10.0.110.10:7710 or [fd00::1]:7710";
  const match = isIP(text) ? [text, text, undefined] : /^(?:\[(?=.*:)([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = canonicalIp(match?.[1] ?? match?.[2] ?? "");
  const port = match?.[3] === undefined ? DEFAULT_INTERCONNECT_PORT : Number(match[3]);
  if (host === undefined) {
    // A name would make every heartbeat depend on DNS, which is among the first things to go in a partition.
    context.problems.add(place, `${JSON.stringify(text)} is no IP address; ${example}`);
  } else if (port < 1 || port > 65_535) {
    context.problems.add(place, `port ${port} does not exist; give 1 to 65535`);
  } else if (host === "0.0.0.0" || host === "::") {
    context.problems.add(place, `${host} is no address that other servers can send to; ${example}`);
  } else {
    return { host, port };
  }
  return undefined;
}

/** Reads a list of names of servers. Undefined when it is not written or has nothing sound. */
export function readServerNames(at: Cursor | undefined, context: FileContext): string[] | undefined {
  if (at === undefined || (at.form !== "list" && at.form !== "scalar")) return undefined;
  const names: string[] = [];
  for (const item of at.form === "list" ? at.items() : [at]) {
    const name = item.form === "scalar" ? String(item.scalar) : undefined;
    if (name === undefined) continue;
    if (!context.servers.includes(name)) {
      context.problems.add(item.place, unknownName("server", name, context.servers), FAULT_CODES.fileName);
    } else if (names.includes(name)) {
      context.problems.add(item.place, `${name} is here twice; keep one of them`, FAULT_CODES.fileName);
    } else names.push(name);
  }
  return names.length === 0 ? undefined : names;
}
