import { Fault, FAULT_CODES } from "./fault.ts";

/**
 * Opens a TCP connection, closes it at once and resolves with the milliseconds it took. A refused or unanswered
 * connection is a certain {@linkcode Fault}; one that this machine could not even try is an uncertain one. When
 * `signal` aborts for another reason than a deadline, its reason is thrown.
 */
export async function tcpConnect(host: string, port: number, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const startedAt = performance.now();
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  try {
    const connection = await Deno.connect({ hostname: host, port, signal });
    connection.close();
    return performance.now() - startedAt;
  } catch (error) {
    if (signal.aborted && !isTimeout(signal.reason)) throw signal.reason;
    throw connectFault(place, signal.aborted, performance.now() - startedAt, error);
  }
}

function connectFault(place: string, expired: boolean, elapsedMs: number, error: unknown): Fault {
  const said = error instanceof Error ? error.message : String(error);
  if (expired || error instanceof Deno.errors.TimedOut) {
    const remedy = "check that the host runs and that no filter drops the packets";
    return new Fault(FAULT_CODES.timeout, `${place} did not answer within ${Math.round(elapsedMs)} ms`, {
      remedy,
      cause: error,
    });
  }
  if (error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset) {
    return new Fault(FAULT_CODES.requestFailed, `${place} refuses connections`, {
      remedy: "check that the service listens on this port",
      cause: error,
    });
  }
  if (/unreachable|no route/i.test(said)) {
    return new Fault(FAULT_CODES.requestFailed, `${place} is not reachable from here: ${said}`, {
      remedy: "check the routes of this server",
      cause: error,
    });
  }
  // Name resolution, file descriptors, permissions: the other end was never asked.
  return new Fault(FAULT_CODES.requestFailed, `${place} could not be tried: ${said}`, {
    uncertain: true,
    cause: error,
  });
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}
