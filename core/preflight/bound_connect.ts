import { connect } from "node:net";

/** Where to connect, and from which address of this machine. */
export interface BoundTarget {
  host: string;
  port: number;
  address?: string;
}

/** Opens a TCP connection, closes it at once and resolves with the milliseconds it took. */
export function boundConnect(
  { host, port, address }: BoundTarget,
  withinMs: number,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const socket = connect({ host, port, ...(address === undefined ? {} : { localAddress: address }) });
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      settle();
    };
    const onAbort = () => end(() => reject(signal.reason));
    const timer = setTimeout(() => end(() => reject(new Error(`no answer within ${withinMs} ms`))), withinMs);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => end(() => resolve(performance.now() - startedMs)));
    socket.on("error", (error) => end(() => reject(error)));
  });
}
