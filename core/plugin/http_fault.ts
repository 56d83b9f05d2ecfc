import { Fault, FAULT_CODES } from "./fault.ts";

const SILENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "closed the connection without an answer",
  EPIPE: "closed the connection without an answer",
  ENETUNREACH: "is not reachable from here",
  EHOSTUNREACH: "is not reachable from here",
};

/** The URL as it may be shown: a query may hold a token. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** What an error of `node:http` says about the other end, or that it was never asked. */
export function httpFault(url: string, error: unknown): Fault {
  const { code = "", message } = error as { code?: string; message: string };
  const place = shownUrl(url);
  const cause = { cause: error };
  if (code === "ETIMEDOUT") return new Fault(FAULT_CODES.timeout, `${place} did not answer`, cause);
  const silent = SILENT[code];
  if (silent !== undefined) return new Fault(FAULT_CODES.requestFailed, `${place} ${silent}`, cause);
  if (/^(CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_TLS|ERR_SSL|HOSTNAME)/.test(code)) {
    return new Fault(FAULT_CODES.requestFailed, `${place} can't prove who it is: ${message}`, {
      remedy: "check its certificate, and caFile when a CA of your own has signed it",
      ...cause,
    });
  }
  if (code.startsWith("HPE_")) {
    return new Fault(FAULT_CODES.requestFailed, `${place} does not speak HTTP: ${message}`, cause);
  }
  // Name resolution, file descriptors, permissions: the other end was never asked.
  return new Fault(FAULT_CODES.requestFailed, `${place} could not be tried: ${message}`, { uncertain: true, ...cause });
}
