/**
 * The error codes of AWS by what they mean for whoever called. What is not in a list is decided by the class of the
 * HTTP status: a 5xx is AWS's own trouble and passes, a 4xx is an answer and stays.
 *
 * @module
 */

/**
 * The kinds; each has its own remedy. `limit`: a quota of the account, or a subnet, is full. `taken`: something else
 * has what is wanted. `foreign`: it belongs to another account or to a service of AWS. `detached`: a gateway or an
 * interface is attached to nothing. `passing`: EC2 does not know the latest state yet, or the thing is on its way to
 * another one. `credentials`: the request was signed by nobody that AWS knows, or by nobody at all. `tls`: who answered
 * is not trusted.
 */
export type FailureKind =
  | "notFound"
  | "invalid"
  /** Nobody may do that to this thing, or not in its present state. */
  | "refused"
  | "limit"
  | "taken"
  | "foreign"
  | "detached"
  | "passing"
  | "denied"
  | "credentials"
  | "throttled"
  | "timeout"
  | "aborted"
  | "unreachable"
  | "tls"
  | "proxy"
  | "server"
  | "other";

/** The kinds that say something about the things that were asked for; they are no better in a moment. */
export const CERTAIN: ReadonlySet<FailureKind> = new Set<FailureKind>([
  "notFound",
  "invalid",
  "refused",
  "limit",
  "taken",
  "foreign",
  "detached",
]);

/** What AWS calls by a name that its status or its ending does not tell. */
const NAMED: Readonly<Record<string, FailureKind>> = {
  UnauthorizedOperation: "denied",
  AccessDenied: "denied",
  AccessDeniedException: "denied",
  AllAccessDisabled: "denied",
  Blocked: "denied",
  OptInRequired: "denied",
  PendingVerification: "denied",
  RegionDisabledException: "denied",

  AuthFailure: "credentials",
  CredentialsProviderError: "credentials",
  ExpiredToken: "credentials",
  ExpiredTokenException: "credentials",
  IncompleteSignature: "credentials",
  InvalidAccessKeyId: "credentials",
  InvalidClientTokenId: "credentials",
  InvalidSecurity: "credentials",
  InvalidSignatureException: "credentials",
  InvalidToken: "credentials",
  // Ours, for an instance without a role.
  NoCredentials: "credentials",
  MissingAuthenticationToken: "credentials",
  MissingAuthenticationTokenException: "credentials",
  RequestExpired: "credentials",
  RequestTimeTooSkewed: "credentials",
  SignatureDoesNotMatch: "credentials",
  TokenProviderError: "credentials",
  UnrecognizedClientException: "credentials",

  BandwidthLimitExceeded: "throttled",
  EC2ThrottledException: "throttled",
  // Route 53 is busy with an earlier change of the same zone; this one was not looked at.
  PriorRequestNotComplete: "throttled",
  ProvisionedThroughputExceededException: "throttled",
  RequestLimitExceeded: "throttled",
  RequestThrottled: "throttled",
  RequestThrottledException: "throttled",
  SlowDown: "throttled",
  ThrottledException: "throttled",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  TooManyRequestsException: "throttled",

  // Not everywhere that a thing is known to is asked at once, or it is being changed by somebody else.
  ConcurrentModification: "passing",
  ConcurrentTagAccess: "passing",
  IDPCommunicationError: "passing",
  IncorrectState: "passing",
  // A conditional write of S3 whose object went at the same time.
  NoSuchKey: "passing",
  // Of a change that was made a moment ago.
  NoSuchChange: "passing",
  OperationAborted: "passing",
  ReplicatedWriteConflictException: "passing",
  "Resource.NotReady": "passing",
  ResourceNotReady: "passing",
  TransactionConflictException: "passing",
  TransactionInProgressException: "passing",

  // What doesn't exist by names that don't end with `.NotFound`, or not in the region that was asked.
  AuthorizationHeaderMalformed: "notFound",
  IllegalLocationConstraintException: "notFound",
  InvalidZone: "notFound",
  NoSuchBucket: "notFound",
  NoSuchHostedZone: "notFound",
  PermanentRedirect: "notFound",
  ResourceNotFoundException: "notFound",

  InsufficientFreeAddressesInSubnet: "limit",

  AddressAlreadyAssociated: "taken",
  "InvalidAddress.Locked": "taken",
  RouteAlreadyExists: "invalid",

  "Gateway.NotAttached": "detached",
  NotAttached: "detached",

  RequestTimeout: "timeout",
  RequestTimeoutException: "timeout",
};

/** Names that the SDK gives when AWS has not said any; then an answer may be anybody's, such as a proxy's. */
const NAMELESS = new Set(["Error", "SyntaxError", "TypeError", "Unknown", "UnknownError", "EC2ServiceException"]);

/** The kind of an error code of AWS. `status`: of HTTP; undefined: nobody answered. */
export function kindOf(code: string, status: number | undefined, message: string): FailureKind {
  // EC2's words for an address or interface that a NAT gateway, a load balancer or another account has.
  if (code === "AuthFailure" && /permission to access the specified resource/i.test(message)) return "foreign";
  if (code === "OperationNotPermitted" && /not allowed to manage|managed by|owned by/i.test(message)) return "foreign";
  const named = Object.hasOwn(NAMED, code) ? NAMED[code] : undefined;
  if (named !== undefined) return named;
  if (status === 429) return "throttled";
  if (status !== undefined && status >= 500) return "server";
  if (code === "InvalidParameterValue" && /availability zone/i.test(message)) return "notFound";
  if (/\.NotFound$|^NoSuch|DoesNotExist$/.test(code)) return "notFound";
  if (/LimitExceeded(Exception)?$|Limit\.Exceeded$|^TooMany|^MaxLimit/.test(code)) return "limit";
  if (/InUse$|AlreadyAssociated$|AlreadyAssigned$|AlreadyExists$|\.Duplicate$|Conflict$/.test(code)) return "taken";
  if (/NotAttached$|\.Detached$/.test(code)) return "detached";
  if (status === 407) return "proxy";
  if (status === undefined || status < 400) return "other";
  if (NAMELESS.has(code)) return status === 403 ? "denied" : "other";
  if (/^(Invalid|Missing|Unknown|Validation|Malformed)/.test(code)) return "invalid";
  if (status === 401) return "credentials";
  return status === 403 ? "denied" : "refused";
}
