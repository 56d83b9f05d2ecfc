/**
 * What kind of failure an error of the SDK or of the network is. Some kinds say something about the things that were
 * asked for (`CERTAIN` in `failure_kinds.ts`); all others say only that we could not find out.
 *
 * @module
 */
import { Fault } from "../plugin/fault.ts";
import { DeadlineExceeded } from "./deadline.ts";
import { type FailureKind, kindOf } from "./failure_kinds.ts";

/** An error, taken apart. */
export interface AwsFailure {
  kind: FailureKind;
  /** The error code of AWS or of the operating system; the name of the error where there is neither. */
  code: string;
  message: string;
  /** AWS support can find the call by it. */
  requestId?: string;
  /** The request can't have reached EC2, so it has changed nothing. */
  unsent: boolean;
}

/** Errors of the network; true where the request can't have been sent. */
const NETWORK = new Map([
  ["ECONNREFUSED", true],
  ["ENOTFOUND", true],
  ["EAI_AGAIN", true],
  ["EAI_NODATA", true],
  ["EAI_NONAME", true],
  ["EHOSTUNREACH", true],
  ["ENETUNREACH", true],
  ["ENETDOWN", true],
  ["EADDRNOTAVAIL", true],
  ["ECONNRESET", false],
  ["ECONNABORTED", false],
  ["EPIPE", false],
  ["ERR_SOCKET_CLOSED", false],
]);

/** What the other end showed is not trusted; nothing was sent. */
const UNTRUSTED = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Credentials that could not be fetched, or are just too old, may be there in a moment. */
const RENEWABLE = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "RequestExpired",
  "ExpiredToken",
  "ExpiredTokenException",
]);

interface SdkError {
  name?: string;
  Code?: string;
  code?: string;
  message?: string;
  RequestID?: string;
  cause?: unknown;
  errors?: unknown[];
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

/** Takes an error apart. */
export function classify(error: unknown): AwsFailure {
  if (error instanceof DeadlineExceeded) {
    return { kind: "timeout", code: "timeout", message: error.message, unsent: false };
  }
  const sdk = (typeof error === "object" && error !== null ? error : { message: String(error) }) as SdkError;
  const status = sdk.$metadata?.httpStatusCode;
  const code = sdk.Code ?? networkCode(sdk) ?? sdk.name ?? "Error";
  const requestId = sdk.$metadata?.requestId ?? sdk.RequestID;
  const failure = { code, message: sdk.message || code, unsent: false, ...(requestId ? { requestId } : {}) };

  const unsent = NETWORK.get(code);
  if (unsent !== undefined) return { ...failure, kind: "unreachable", unsent };
  if (UNTRUSTED.has(code)) return { ...failure, kind: "tls", unsent: true };
  if (code === "EPROXY") return { ...failure, kind: "proxy", unsent: true };
  if (code === "TimeoutError" || code === "ETIMEDOUT" || code === "ESOCKETTIMEDOUT") {
    // The SDK's own message for a connection that never came up; then nothing was sent.
    return { ...failure, kind: "timeout", unsent: /did not establish a connection/.test(failure.message) };
  }
  if (code === "AbortError") return { ...failure, kind: "aborted" };
  const kind = kindOf(code, status, failure.message);
  return { ...failure, kind, unsent: kind === "credentials" && status === undefined };
}

/** AWS does not let us, with the rights or with the credentials that we have, and will not in a moment either. */
export function isForbidden(fault: Fault): boolean {
  const { kind, code } = classify(fault.cause);
  return kind === "denied" || (kind === "credentials" && !RENEWABLE.has(code));
}

/** Rights or credentials are missing: uncertain for who watches a thing, and what a preflight looks for. */
export function lacksRights(thrown: unknown): boolean {
  if (!(thrown instanceof Fault)) return false;
  const { kind } = classify(thrown.cause);
  return kind === "denied" || kind === "credentials";
}

/** Trying again is of no use: what was thrown is certain, or a right is missing, or it is no failure of AWS at all. */
export function isHopeless(thrown: unknown): boolean {
  return !(thrown instanceof Fault) || !thrown.uncertain || isForbidden(thrown);
}

/** The code of the operating system, also where it hides in a cause or in the attempts of a dual-stack connect. */
function networkCode(error: SdkError, depth = 0): string | undefined {
  const { code } = error;
  if (typeof code === "string" && (NETWORK.has(code) || UNTRUSTED.has(code) || /^E[A-Z]+$/.test(code))) return code;
  // "socket hang up" arrives without a code from some runtimes: the peer closed before it answered.
  if (error.message === "socket hang up") return "ECONNRESET";
  if (depth >= 3) return undefined;
  for (const inner of [error.cause, ...(error.errors ?? [])]) {
    if (typeof inner !== "object" || inner === null) continue;
    const found = networkCode(inner as SdkError, depth + 1);
    if (found) return found;
  }
  return undefined;
}
