/**
 * A relay of the interconnect that keeps what passes: what somebody on the path could have recorded.
 *
 * @module
 */
import { HEAD_BYTES } from "../../core/agent/door.ts";

/** What a packet that was recorded holds. */
export type Recorded = "heartbeat" | "hello";

const INNER: Readonly<Record<Recorded, (body: string) => boolean>> = {
  heartbeat: (body) => body.startsWith("BTN1"),
  hello: (body) => body.startsWith("BTX1") && body.includes('"kind":"hello"'),
};
/** Of each kind. */
const MAX_RECORDED = 2_000;

/** Passes everything that comes to it on to one port of loopback. */
export class Tap {
  readonly #recorded = new Map<Recorded, Uint8Array[]>();

  private constructor(private readonly socket: Deno.DatagramConn, readonly port: number) {}

  static open(targetPort: number): Tap {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const tap = new Tap(socket, (socket.addr as Deno.NetAddr).port);
    void tap.#pass({ transport: "udp", hostname: "127.0.0.1", port: targetPort });
    return tap;
  }

  count(kind: Recorded): number {
    return this.#recorded.get(kind)?.length ?? 0;
  }

  /** What was recorded since this was asked last. */
  take(kind: Recorded): Uint8Array[] {
    const packets = this.#recorded.get(kind) ?? [];
    this.#recorded.delete(kind);
    return packets;
  }

  close(): void {
    this.socket.close();
  }

  async #pass(to: Deno.NetAddr): Promise<void> {
    try {
      for await (const [packet] of this.socket) {
        await this.socket.send(packet, to);
        const body = new TextDecoder("latin1").decode(packet.subarray(HEAD_BYTES));
        for (const kind of ["heartbeat", "hello"] as const) if (INNER[kind](body)) this.#keep(kind, packet.slice());
      }
    } catch {
      // It was closed.
    }
  }

  #keep(kind: Recorded, packet: Uint8Array): void {
    const packets = this.#recorded.get(kind) ?? [];
    if (packets.length < MAX_RECORDED) packets.push(packet);
    this.#recorded.set(kind, packets);
  }
}
