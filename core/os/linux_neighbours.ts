/**
 * Neighbours on Linux: who has an address, and telling them who has it now. The kernel does both; what it needs is a
 * reason to.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import { pause } from "../plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { checked } from "./checked.ts";
import { exec } from "./exec.ts";
import * as commands from "./linux_commands.ts";
import { parseDetection, parseIpAddr, parseNeighbour } from "./linux_output.ts";
import type { NicAddress } from "./os.ts";

const ENGLISH = { LC_ALL: "C" };
/** Between two looks at the detection of duplicates, in milliseconds. */
const LOOK_PAUSE_MS = 50;
/** It takes a second or two; this many looks are far more. */
const MAX_LOOKS = 200;
/** The port of a datagram that only makes the kernel ask: "discard", where nobody listens. */
const DISCARD_PORT = 9;

/**
 * Who has the address: the kernel forgets what it knew, asks the network, and then knows who answered, also where that
 * machine answers no ping. Null when nobody has answered after `timeoutMs`.
 */
export async function whoHas(nic: string, ip: string, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
  // Fails when there was nothing to forget.
  await exec(commands.forgetNeighbour(nic, ip), { env: ENGLISH, signal });
  // Without an address of the link the kernel asks for IPv6 neighbours only in the name of a packet.
  if (ip.includes(":")) await sendFrom(nic, ip, signal);
  await checked(commands.askForNeighbour(nic, ip), { env: ENGLISH, signal });
  const untilMs = performance.now() + timeoutMs;
  while (true) {
    const last = performance.now() >= untilMs;
    const mac = parseNeighbour(await checked(commands.showNeighbour(nic, ip), { env: ENGLISH, signal }));
    if (mac !== null || last) return mac;
    await pause(LOOK_PAUSE_MS, signal);
  }
}

/**
 * By gratuitous ARP where there is a program for it. Else the kernel is made to ask for some other machine in the name of
 * the address: whoever remembers the address learns from that question who has it now. IPv6 neighbours are told by the
 * kernel when the detection of duplicates has passed.
 */
export async function announce(nic: string, ip: string, signal: AbortSignal): Promise<boolean> {
  if (ip.includes(":")) return false;
  try {
    const result = await exec(commands.announce(nic, ip), { env: ENGLISH, signal });
    if (result.status === 0) return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
  }
  const nics = parseIpAddr(await checked(commands.showAddresses(), { env: ENGLISH, signal }));
  const other = somebodyBeside(ip, nics.find((one) => one.name === nic)?.addresses ?? []);
  if (other === undefined) return false;
  await exec(commands.forgetNeighbour(nic, other), { env: ENGLISH, signal });
  await sendDatagram(ip, other);
  return true;
}

/** Waits until the kernel knows that nobody else has the address. A fault, and nothing left, when somebody does. */
export async function awaitDetection(nic: string, ip: string, signal: AbortSignal): Promise<void> {
  const show = commands.showAddress(nic, ip);
  for (let look = 0; look < MAX_LOOKS; look++) {
    const state = parseDetection(await checked(show, { env: ENGLISH, signal }));
    if (state === "passed") return;
    if (state === "failed") {
      await checked(commands.removeAddress(nic, ip), { env: ENGLISH, signal });
      throw new Fault(FAULT_CODES.addressTaken, `another machine on the network of ${nic} has ${ip}`, {
        remedy: `take ${ip} off that machine, or choose another address`,
      });
    }
    await pause(LOOK_PAUSE_MS, signal);
  }
  throw new Fault(FAULT_CODES.internal, `the detection of duplicates of ${ip} on ${nic} does not end`, {
    uncertain: true,
  });
}

/** Lets the kernel tell the neighbours of an address once its detection has passed; it does not by default. */
export async function notifyNeighbours(nic: string): Promise<void> {
  // The name is the one of an interface that exists, so it is no path.
  await Deno.writeTextFile(`/proc/sys/net/ipv6/conf/${nic}/ndisc_notify`, "1");
}

/** Sends one byte to `ip` from the first address of the NIC that is good beyond its link; nothing where there is none. */
async function sendFrom(nic: string, ip: string, signal: AbortSignal): Promise<void> {
  const nics = parseIpAddr(await checked(commands.showAddresses(), { env: ENGLISH, signal }));
  const own = nics.find((one) => one.name === nic)?.addresses.find((one) =>
    /:/.test(one.ip) && !/^fe80:/i.test(one.ip)
  );
  // No way there is an answer too: then nobody there has the address.
  if (own !== undefined) await sendDatagram(own.ip, ip).catch(() => {});
}

/** Sends one byte from an address of this machine. Before it the kernel asks the network for `to`, in the name of `from`. */
function sendDatagram(from: string, to: string): Promise<void> {
  const socket = createSocket(from.includes(":") ? "udp6" : "udp4");
  return new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(
      0,
      from,
      () => socket.send(new Uint8Array(1), DISCARD_PORT, to, (error) => error ? reject(error) : resolve()),
    );
  }).finally(() => socket.close());
}

/** Another address of the subnet that the NIC is in with an address of its own; undefined when there is none. */
export function somebodyBeside(ip: string, addresses: readonly NicAddress[]): string | undefined {
  const own = addresses.map((address) => address.ip);
  for (const address of addresses) {
    if (address.ip.includes(":") || address.prefix > 29) continue;
    const hosts = 2 ** (32 - address.prefix);
    const number = address.ip.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
    const network = number - (number % hosts);
    for (let host = 1; host < Math.min(hosts - 1, 1 + own.length + 2); host++) {
      const candidate = [24, 16, 8, 0].map((shift) => Math.floor((network + host) / 2 ** shift) % 256).join(".");
      if (candidate !== ip && !own.includes(candidate)) return candidate;
    }
  }
  return undefined;
}
