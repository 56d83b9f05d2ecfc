/**
 * Failures of AWS as operators see them: the guide's number, the call and the thing it was about, what AWS said, and
 * what to do about it.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { type AwsCall, endpointOf } from "./aws_call.ts";
import { type AwsFailure, classify } from "./failure.ts";
import { CERTAIN } from "./failure_kinds.ts";
import { notFoundRemedy, reachability, remedyOf } from "./remedies.ts";

export type { AwsCall, AwsService } from "./aws_call.ts";

/** Turns an error of the SDK or of the network into a `Fault`. A `Fault` is passed through as it is. */
export function awsFault(error: unknown, call: AwsCall): Fault {
  if (error instanceof Fault) return error;
  const failure = classify(error);
  const timeout = failure.kind === "timeout" || failure.kind === "unreachable" || failure.kind === "aborted";
  return new Fault(timeout ? FAULT_CODES.timeout : FAULT_CODES.requestFailed, describe(failure, call), {
    remedy: remedyOf(failure, call),
    uncertain: !CERTAIN.has(failure.kind),
    cause: error,
  });
}

/** The fault of a call that was abandoned because its caller aborted it for `reason`. */
export function abandonedFault(reason: unknown, call: AwsCall): Fault {
  if (reason instanceof Fault) return reason;
  const timedOut = (reason as { name?: string } | undefined)?.name === "TimeoutError";
  const why = reason instanceof Error && reason.message ? reason.message : String(reason);
  return new Fault(
    FAULT_CODES.timeout,
    timedOut
      ? `${call.action} of ${call.subject} timed out: the deadline of its caller passed before an answer came`
      : `${call.action} of ${call.subject} was abandoned before an answer came: ${why}`,
    { uncertain: true, cause: reason, ...(timedOut ? { remedy: reachability(call) } : {}) },
  );
}

/** The fault of an id that an answer of EC2 doesn't contain. */
export function missingFault(what: string, call: AwsCall): Fault {
  return new Fault(
    FAULT_CODES.requestFailed,
    `The ${what} '${call.subject}' does not exist (${call.action} answered without it)`,
    { remedy: notFoundRemedy(call), uncertain: false },
  );
}

function describe(failure: AwsFailure, call: AwsCall): string {
  const request = failure.requestId ? `, request ${failure.requestId}` : "";
  const said = trimmed(failure.message);
  switch (failure.kind) {
    case "notFound":
    case "invalid":
      // AWS's own sentence names the id, in the words that the guide lists.
      return `${said} (${call.action} of ${call.subject}: ${failure.code}${request})`;
    case "refused":
    case "limit":
    case "taken":
    case "foreign":
    case "detached":
      return `${call.action} of ${call.subject} was refused: ${said} (${failure.code}${request})`;
    case "denied":
      return `${call.action} of ${call.subject} was denied: ${said} (${failure.code}${request})`;
    case "credentials":
      return `${call.action} of ${call.subject} was not accepted with these credentials: ${said} (${failure.code}${request})`;
    case "passing":
      return `${call.action} of ${call.subject} came too early: ${said} (${failure.code}${request})`;
    case "tls":
      return `${call.action} of ${call.subject} was not sent: the certificate of ${endpointOf(call)} is not trusted: ` +
        `${said} (${failure.code})`;
    case "proxy":
      return `${call.action} of ${call.subject} did not get through the proxy: ${said} (${failure.code}${request})`;
    case "throttled":
      return `${call.action} of ${call.subject} was throttled by AWS: ${said} (${failure.code}${request})`;
    case "timeout":
      return `${call.action} of ${call.subject} timed out: ${said} (${failure.code})`;
    case "aborted":
      return `${call.action} of ${call.subject} was abandoned before an answer came (${failure.code})`;
    case "unreachable":
      return `${call.action} of ${call.subject} did not reach ${endpointOf(call)}: ${said} (${failure.code})`;
    case "server":
      return `${call.action} of ${call.subject} failed inside AWS: ${said} (${failure.code}${request})`;
    case "other":
      return `${call.action} of ${call.subject} failed: ${said} (${failure.code}${request})`;
  }
}

/** AWS's sentence without its final dot, and of bounded length: encoded authorization messages run to kilobytes. */
function trimmed(message: string): string {
  const cut = message.replace(/\s*Encoded authorization failure message:.*$/s, "").trim().replace(/\.$/, "");
  return cut.length > 400 ? `${cut.slice(0, 400)}…` : cut;
}
