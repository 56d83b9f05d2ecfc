/**
 * Reads one socket of the interconnect. The packets of a flood are all there at once, and a loop that reads as long as
 * there is one would read for ever: after a bounded number of them everything else that is due gets its turn (permits,
 * the dead man's switch, fences), and what does not fit into the socket's buffer meanwhile is dropped by the kernel.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { guarded } from "../plugin/callbacks.ts";
import { elapsed } from "./bounded.ts";

/** Packets that are read before everything else gets its turn. At some ten microseconds each, less than a millisecond. */
const PER_TURN = 64;
/** The largest datagram. In bytes. */
const MAX_DATAGRAM_BYTES = 65_536;
/** After a failure that is not the end of the socket. In milliseconds. */
const REST_MS = 10;

/** Reads `socket` until it is closed. `take` gets each packet, whose bytes are good until it returns. */
export async function readAll(
  socket: Deno.DatagramConn,
  take: (packet: Uint8Array, from: Deno.NetAddr) => void,
  closed: AbortSignal,
): Promise<void> {
  const buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  for (let read = 1; !closed.aborted; read++) {
    let received: [Uint8Array, Deno.Addr];
    try {
      received = await socket.receive(buffer);
    } catch {
      // A refused port of a peer that is down comes back as an error of our socket: it is no news.
      await elapsed(REST_MS, closed);
      continue;
    }
    const [packet, from] = received;
    guarded("a packet of the interconnect", () => take(packet, from as Deno.NetAddr));
    if (read % PER_TURN === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}
