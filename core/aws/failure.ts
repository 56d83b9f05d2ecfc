/**
 * What kind of failure an error of the SDK or of the network is. Only three kinds say something about the things that
 * were asked for (`notFound`, `invalid`, `refused`); all others say only that we could not find out.
 *
 * @module
 */
import { DeadlineExceeded } from "./deadline.ts";

/** The kinds; each has its own remedy. */
export type FailureKind =
  | "notFound"
  | "invalid"
  /** Nobody may do that to this thing, or not in its present state. */
  | "refused"
  | "denied"
  | "throttled"
  | "timeout"
  | "aborted"
  | "unreachable"
  | "server"
  | "other";

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

const DENIED = new Set([
  "UnauthorizedOperation",
  "AccessDenied",
  "AccessDeniedException",
  "AllAccessDisabled",
  "AuthFailure",
  "Blocked",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "InvalidToken",
  "MissingAuthenticationToken",
  "OptInRequired",
  "PendingVerification",
  "RequestExpired",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

const REFUSED = new Set(["IncorrectInstanceState", "OperationNotPermitted", "UnsupportedOperation"]);

const THROTTLED = new Set([
  "BandwidthLimitExceeded",
  "EC2ThrottledException",
  // Route 53 is busy with an earlier change of the same zone; this one was not looked at.
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);

/** What doesn't exist by names that don't end with `.NotFound`, or not in the region that was asked. */
const NOT_FOUND = new Set([
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
  "NoSuchBucket",
  "NoSuchHostedZone",
  "PermanentRedirect",
  "ResourceNotFoundException",
]);

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
  ["CERT_HAS_EXPIRED", true],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", true],
  ["SELF_SIGNED_CERT_IN_CHAIN", true],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", true],
  ["ERR_TLS_CERT_ALTNAME_INVALID", true],
  ["ECONNRESET", false],
  ["ECONNABORTED", false],
  ["EPIPE", false],
  ["ERR_SOCKET_CLOSED", false],
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

  if (THROTTLED.has(code) || status === 429) return { ...failure, kind: "throttled" };
  if (DENIED.has(code)) return { ...failure, kind: "denied" };
  if (REFUSED.has(code)) return { ...failure, kind: "refused" };
  if (/\.NotFound$/.test(code) || NOT_FOUND.has(code)) return { ...failure, kind: "notFound" };
  if (code === "InvalidParameterValue" && /availability zone/i.test(failure.message)) {
    return { ...failure, kind: "notFound" };
  }
  if (status !== undefined && status >= 500) return { ...failure, kind: "server" };
  if (
    /^(InvalidParameter|InvalidChangeBatch|InvalidInput|Missing|Unknown|Validation|RouteAlreadyExists|Invalid.*\.Malformed)/
      .test(code)
  ) {
    return { ...failure, kind: "invalid" };
  }
  const unsent = NETWORK.get(code);
  if (unsent !== undefined) return { ...failure, kind: "unreachable", unsent };
  if (code === "CredentialsProviderError" || code === "TokenProviderError") {
    return { ...failure, kind: "denied", unsent: true };
  }
  if (code === "TimeoutError" || code === "ETIMEDOUT" || code === "ESOCKETTIMEDOUT") {
    // The SDK's own message for a connection that never came up; then nothing was sent.
    return { ...failure, kind: "timeout", unsent: /did not establish a connection/.test(failure.message) };
  }
  if (code === "AbortError") return { ...failure, kind: "aborted" };
  if (status === 401 || status === 403) return { ...failure, kind: "denied" };
  return { ...failure, kind: "other" };
}

/** The code of the operating system, also where it hides in a cause or in the attempts of a dual-stack connect. */
function networkCode(error: SdkError, depth = 0): string | undefined {
  if (typeof error.code === "string" && (NETWORK.has(error.code) || /^E[A-Z]+$/.test(error.code))) return error.code;
  // "socket hang up" arrives without a code from some runtimes: the peer closed before it answered.
  if (error.message === "socket hang up") return "ECONNRESET";
  if (depth >= 3) return undefined;
  for (const inner of [error.cause, ...(error.errors ?? [])]) {
    if (typeof inner !== "object" || inner === null) continue;
    const code = networkCode(inner as SdkError, depth + 1);
    if (code) return code;
  }
  return undefined;
}
