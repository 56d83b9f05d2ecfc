/**
 * One direction of the interconnect between two servers, as a relay on loopback that can be cut. Agents need no root and
 * no firewall for a partition this way: the configuration of each names the relay as its peer's address.
 */
import { createSocket, type Socket } from "node:dgram";
import type { Buffer } from "node:buffer";

/** A relay from one server to another. */
export class Wire {
  /** Nothing passes while it is cut. */
  cut = false;

  private constructor(private readonly socket: Socket, readonly port: number) {}

  /** Listens on an ephemeral port and passes everything on to `targetPort`. */
  static open(targetPort: number): Promise<Wire> {
    const socket = createSocket("udp4");
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, "127.0.0.1", () => {
        socket.off("error", reject);
        socket.on("error", () => {});
        const wire = new Wire(socket, socket.address().port);
        socket.on("message", (packet: Buffer) => {
          if (!wire.cut) socket.send(packet, targetPort, "127.0.0.1");
        });
        resolve(wire);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}

/** A UDP port of loopback that was free a moment ago. */
export function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** A TCP port of loopback that was free a moment ago. */
export function freeTcpPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
