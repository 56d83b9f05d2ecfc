/**
 * Failures of AWS as operators see them: the guide's number, the call and the thing it was about, what AWS said, and
 * what to do about it.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { type AwsFailure, classify, type FailureKind } from "./failure.ts";

/** A service of AWS, or one that speaks as it does. */
export interface AwsService {
  /** `EC2`, `S3`. */
  name: string;
  /** What its actions begin with in IAM policies: `ec2`. */
  iam: string;
}

const EC2: AwsService = { name: "EC2", iam: "ec2" };

/** The call that failed. */
export interface AwsCall {
  /** Left out: EC2. */
  service?: AwsService;
  /** The name of the action, for example `DescribeVpcs`. */
  action: string;
  /** The id or name it was about, for example `vpc-1234abcd`. */
  subject: string;
  /** Where it was sent, when that is known: `the EC2 endpoint of ap-northeast-1`. */
  endpoint?: string;
  /** What `cluster.yaml` names, when that is not the subject: `the bucket votes`. */
  configured?: string;
  /** What the IAM policy must allow, when that is more than the action. */
  allow?: string;
}

/** The kinds that say something about the thing itself. */
const CERTAIN: ReadonlySet<FailureKind> = new Set<FailureKind>(["notFound", "invalid", "refused"]);

/** Turns an error of the SDK or of the network into a `Fault`. A `Fault` is passed through as it is. */
export function awsFault(error: unknown, call: AwsCall): Fault {
  if (error instanceof Fault) return error;
  const failure = classify(error);
  const timeout = failure.kind === "timeout" || failure.kind === "unreachable" || failure.kind === "aborted";
  return new Fault(timeout ? FAULT_CODES.timeout : FAULT_CODES.requestFailed, describe(failure, call), {
    remedy: remedy(failure, call),
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
      return `${call.action} of ${call.subject} was refused: ${said} (${failure.code}${request})`;
    case "denied":
      return `${call.action} of ${call.subject} was denied: ${said} (${failure.code}${request})`;
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

function remedy(failure: AwsFailure, call: AwsCall): string {
  switch (failure.kind) {
    case "notFound":
      return notFoundRemedy(call);
    case "invalid":
      if (failure.code === "RouteAlreadyExists") return "replace the route instead of creating it";
      return /no route defined/i.test(failure.message)
        ? "create this route once by hand, or set createRoute: true"
        : `correct what the configuration says of ${call.subject}`;
    case "refused":
      return /disableApiStop/i.test(failure.message)
        ? `switch the stop protection of ${call.subject} off (its attribute disableApiStop)`
        : `see why ${call.subject} can't take ${call.action} as it is now`;
    case "denied":
      return deniedRemedy(failure, call);
    case "throttled":
      return `the account's quota of ${
        serviceOf(call).name
      } calls in this region is used up: lengthen the intervals of ` +
        `monitors, or ask AWS for a higher rate of ${call.action}`;
    case "timeout":
    case "unreachable":
      return reachability(call);
    case "aborted":
      return "";
    case "server":
      return "AWS has a problem of its own: look at the health dashboard of the region; the call is tried again";
    case "other":
      return `look up ${failure.code} in the list of ${serviceOf(call).name}'s error codes`;
  }
}

function notFoundRemedy(call: AwsCall): string {
  const wrong = call.configured ?? `'${call.subject}'`;
  return `correct ${wrong} in cluster.yaml, or the region if it is another one`;
}

function deniedRemedy(failure: AwsFailure, call: AwsCall): string {
  const action = call.allow ?? `${serviceOf(call).iam}:${call.action}`;
  switch (failure.code) {
    case "CredentialsProviderError":
      return "attach an IAM role to the instance (and see that the metadata service answers), or provide credentials in " +
        "the environment or in the shared AWS files";
    case "RequestExpired":
    case "ExpiredToken":
    case "ExpiredTokenException":
    case "RequestTimeTooSkewed":
      return "set the clock of this server (NTP), and see that the credentials are renewed";
    case "AuthFailure":
    case "InvalidAccessKeyId":
    case "InvalidClientTokenId":
    case "InvalidToken":
    case "SignatureDoesNotMatch":
    case "InvalidSignatureException":
    case "MissingAuthenticationToken":
    case "IncompleteSignature":
    case "UnrecognizedClientException":
      return "use valid credentials: the access key is unknown to AWS, or does not fit its secret key, or the clock of " +
        `this server is wrong; the role then needs the action ${action}`;
    default:
      return `allow the action ${action} in the IAM policy of this server's role or user`;
  }
}

function reachability(call: AwsCall): string {
  return `see that ${endpointOf(call)} is reachable by HTTPS from this server: the NAT or the VPC endpoint and the ` +
    "route to it, a public address where there is no NAT, and security groups and network ACLs that let port 443 out";
}

function endpointOf(call: AwsCall): string {
  return call.endpoint ?? `the ${serviceOf(call).name} endpoint`;
}

function serviceOf(call: AwsCall): AwsService {
  return call.service ?? EC2;
}

/** AWS's sentence without its final dot, and of bounded length: encoded authorization messages run to kilobytes. */
function trimmed(message: string): string {
  const cut = message.replace(/\s*Encoded authorization failure message:.*$/s, "").trim().replace(/\.$/, "");
  return cut.length > 400 ? `${cut.slice(0, 400)}…` : cut;
}
