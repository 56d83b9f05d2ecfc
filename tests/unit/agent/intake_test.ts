import assert from "node:assert/strict";
import { readAll } from "../../../core/agent/intake.ts";

const FROM: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: 9 };

/** A socket at which the next packet is there already, whenever it is asked. */
function flooded(closed: AbortSignal): { socket: Deno.DatagramConn; count: () => number } {
  let count = 0;
  const receive = (buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr]> => {
    if (closed.aborted) return Promise.reject(new Deno.errors.BadResource("closed"));
    count++;
    return Promise.resolve([buffer.subarray(0, 1), FROM]);
  };
  return { socket: { receive } as unknown as Deno.DatagramConn, count: () => count };
}

Deno.test("intake: a flood that never ends leaves everything else its turn", async () => {
  const closed = new AbortController();
  const { socket, count } = flooded(closed.signal);
  // A loop that gives nothing its turn never comes to its end by itself: then this one ends it.
  const take = () => {
    if (count() > 2_000_000) closed.abort();
  };
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks === 20) closed.abort();
  }, 2);
  await readAll(socket, take, closed.signal);
  clearInterval(timer);
  assert.equal(ticks, 20, `${count()} packets and ${ticks} ticks`);
});

Deno.test("intake: a packet whose taker throws is told as uncaught, a socket that fails goes on, and both stop nothing", async () => {
  const closed = new AbortController();
  const said: string[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    said.push(event.error.message);
  };
  globalThis.addEventListener("error", listener);
  let asked = 0;
  const receive = (buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr]> => {
    asked++;
    if (asked === 2) return Promise.reject(new Error("Connection refused (os error 111)"));
    return Promise.resolve([buffer.subarray(0, asked), FROM]);
  };
  const lengths: number[] = [];
  try {
    await readAll({ receive } as unknown as Deno.DatagramConn, (packet) => {
      lengths.push(packet.length);
      if (asked === 1) throw new Error("bad");
      if (asked === 4) closed.abort();
    }, closed.signal);
  } finally {
    globalThis.removeEventListener("error", listener);
  }
  assert.deepEqual(lengths, [1, 3, 4]);
  assert.deepEqual(said, ["in a packet of the interconnect: bad"]);
});
