/**
 * Whether a request was meant for this endpoint. A web page may let its own name point to this machine (DNS rebinding)
 * and have a browser here read the status, or from behind a firewall; the browser then names that page in `Host`. So
 * only names that nobody else can own are answered: addresses, `localhost`, and what the file says.
 *
 * @module
 */
import { isIP } from "node:net";

/** Longest host name there is. In characters. */
const MAX_HOST = 255;

/** The names that are answered besides addresses, from any spelling. */
export function hostNames(names: readonly string[]): ReadonlySet<string> {
  return new Set(["localhost", ...names.map(plain)]);
}

/**
 * True when the `Host` header is an address, or one of `names`, with or without a port. A request of HTTP/1.0 may have
 * none: load balancers send such, browsers never do.
 */
export function allowedHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  if (header === undefined || header === "") return true;
  if (header.length > MAX_HOST) return false;
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(header) ?? [];
  if (address !== undefined) return isIP(address) === 6;
  return name !== undefined && (isIP(name) === 4 || names.has(plain(name)));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
