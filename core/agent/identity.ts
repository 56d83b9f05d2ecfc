/**
 * Which of the configured servers this machine is.
 *
 * @module
 */
import type { ServerConfig } from "../config/config.ts";

/** What a machine knows of itself. */
export interface Machine {
  hostname: string;
  /** Addresses of its NICs. */
  addresses: readonly string[];
}

/** A machine that is none, or more than one, of the configured servers. */
export class IdentityError extends Error {
  override name = "IdentityError";
}

/** Finds the server by `asked` (the `--server` option), else by the host name, else by an interconnect address. */
export function identify(servers: readonly ServerConfig[], machine: Machine, asked?: string): string {
  const names = servers.map(({ name }) => name).join(", ");
  if (asked !== undefined) {
    if (servers.some(({ name }) => name === asked)) return asked;
    throw new IdentityError(`--server ${asked}: cluster.yaml has no such server; it has ${names}`);
  }
  const short = (name: string) => name.split(".")[0]!.toLowerCase();
  const byName = servers.filter((server) => {
    const wanted = (server.hostname ?? server.name).toLowerCase();
    return wanted === machine.hostname.toLowerCase() || wanted === short(machine.hostname);
  });
  if (byName.length === 1) return byName[0]!.name;
  const byAddress = servers.filter((server) =>
    server.interconnect.some(({ host }) => machine.addresses.includes(host))
  );
  if (byAddress.length === 1) return byAddress[0]!.name;
  const found = byAddress.length === 0
    ? `its host name is ${machine.hostname} and its addresses are ${machine.addresses.join(", ") || "none"}`
    : `it has the interconnect addresses of ${byAddress.map(({ name }) => name).join(" and ")}`;
  throw new IdentityError(
    `this machine is none of the servers ${names} for certain: ${found}; ` +
      "name it with --server, or set `hostname` of a server in cluster.yaml",
  );
}
