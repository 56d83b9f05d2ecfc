/**
 * What the Windows commands print, parsed. Pure.
 *
 * @module
 */
import type { Nic, ServiceState } from "./os.ts";

interface Listing {
  adapters?: { Name: string; InterfaceIndex: number; MacAddress: string | null; MediaConnectState?: number }[];
  addresses?: { IPAddress: string; PrefixLength: number; InterfaceIndex: number }[];
}

/** Adapters and their addresses. Addresses of interfaces that are no adapter (the loopback) are left out. */
export function parseAddresses(output: string): Nic[] {
  const { adapters = [], addresses = [] } = JSON.parse(output) as Listing;
  return adapters.map((adapter) => ({
    name: adapter.Name,
    mac: (adapter.MacAddress ?? "").replaceAll("-", ":").toLowerCase(),
    addresses: addresses.filter((address) => address.InterfaceIndex === adapter.InterfaceIndex).map((address) => ({
      // A link-local address carries its interface behind a percent sign.
      ip: (address.IPAddress.split("%")[0] ?? "").toLowerCase(),
      prefix: address.PrefixLength,
    })),
    // 1: connected, 2: disconnected; 0 is an adapter that does not know.
    ...(adapter.MediaConnectState === 1 || adapter.MediaConnectState === 2
      ? { link: adapter.MediaConnectState === 1 }
      : {}),
  }));
}

/** The hardware address of who answered, or null when nobody did. */
export function parseNeighbour(output: string): string | null {
  const { neighbours = [] } = JSON.parse(output) as { neighbours?: { LinkLayerAddress?: string }[] };
  const found = neighbours[0]?.LinkLayerAddress?.replaceAll("-", ":").toLowerCase();
  return found === undefined || found === "" || found === "00:00:00:00:00:00" ? null : found;
}

/** The round trip in milliseconds, or null when there was no answer. */
export function parsePing(output: string): number | null {
  const { status, ms } = JSON.parse(output) as { status: string; ms: number };
  return status === "Success" ? ms : null;
}

/** The numbers of `System.ServiceProcess.ServiceControllerStatus`; a paused service does not serve. */
const STATES: Readonly<Record<number, ServiceState>> = {
  [-1]: "missing",
  1: "stopped",
  2: "starting",
  3: "stopping",
  4: "running",
  5: "starting",
  6: "stopping",
  7: "stopped",
};

/** The state behind the number of a service's status. */
export function parseServiceState(output: string): ServiceState {
  const state = STATES[Number.parseInt(output.trim(), 10)];
  if (state === undefined) throw new SyntaxError(`"${output.trim().slice(0, 40)}" is no service status`);
  return state;
}
