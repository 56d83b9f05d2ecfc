/**
 * What an operator can do about a failure of AWS: one remedy for each kind, and of their own where the code tells more.
 *
 * @module
 */
import { type AwsCall, endpointOf, serviceOf } from "./aws_call.ts";
import type { AwsFailure } from "./failure.ts";

/** What would make the call work; empty when nothing general can be said. */
export function remedyOf(failure: AwsFailure, call: AwsCall): string {
  switch (failure.kind) {
    case "notFound":
      return notFoundRemedy(call);
    case "invalid":
      if (failure.code === "RouteAlreadyExists") return "replace the route instead of creating it";
      return /no route defined/i.test(failure.message)
        ? "create this route once by hand, or set createRoute: true"
        : `correct what the configuration says of ${call.subject}`;
    case "refused":
      return refusedRemedy(failure, call);
    case "limit":
      return limitRemedy(failure, call);
    case "taken":
      return takenRemedy(failure, call);
    case "foreign":
      return `see who holds ${call.subject} (a NAT gateway, a load balancer or another account keeps what it has): ` +
        "take it from there first, or name another one in cluster.yaml";
    case "detached":
      return failure.code === "Gateway.NotAttached"
        ? "attach an internet gateway to the VPC of the network interface: without one no Elastic IP leads there"
        : `attach what ${call.subject} needs, as the message says`;
    case "passing":
      return `wait: it is tried again until its time is over; if it stays, see the state of ${call.subject}`;
    case "denied":
      return `allow the action ${allowed(call)} in the IAM policy of this server's role or user`;
    case "credentials":
      return credentialsRemedy(failure, call);
    case "throttled":
      return `the account's quota of ${
        serviceOf(call).name
      } calls in this region is used up: lengthen the intervals of ` +
        `monitors, or ask AWS for a higher rate of ${call.action}`;
    case "timeout":
    case "unreachable":
      return reachability(call);
    case "tls":
      return tlsRemedy(failure, call);
    case "proxy":
      return "correct aws.proxy in cluster.yaml (or HTTPS_PROXY in the environment of the agent), see that the proxy " +
        `lets this server through to ${endpointOf(call)}, or name the endpoint in NO_PROXY`;
    case "aborted":
      return "";
    case "server":
      return "AWS has a problem of its own: look at the health dashboard of the region; the call is tried again";
    case "other":
      return `look up ${failure.code} in the list of ${serviceOf(call).name}'s error codes`;
  }
}

/** Of an id that does not exist. */
export function notFoundRemedy(call: AwsCall): string {
  const wrong = call.configured ?? `'${call.subject}'`;
  return `correct ${wrong} in cluster.yaml, or the region if it is another one`;
}

/** Of an endpoint that does not answer. */
export function reachability(call: AwsCall): string {
  return `see that ${endpointOf(call)} is reachable by HTTPS from this server: the NAT or the VPC endpoint and the ` +
    "route to it, a public address where there is no NAT, and security groups and network ACLs that let port 443 out";
}

function refusedRemedy({ code, message }: AwsFailure, call: AwsCall): string {
  if (/disableApiStop/i.test(message)) {
    return `switch the stop protection of ${call.subject} off (its attribute disableApiStop)`;
  }
  if (code === "UnsupportedOperation" || code === "Unsupported") {
    return `${call.subject} can't take ${call.action} at all: use another type of resource or of instance, as AWS's ` +
      "sentence says";
  }
  return `see why ${call.subject} can't take ${call.action} as it is now`;
}

function limitRemedy({ code }: AwsFailure, call: AwsCall): string {
  if (code === "RouteLimitExceeded") {
    return "remove routes that nobody needs from the table, or ask AWS for a higher quota of routes per route table";
  }
  if (code === "InsufficientFreeAddressesInSubnet") return "free addresses of the subnet, or use a larger subnet";
  if (code === "PrivateIpAddressLimitExceeded") {
    return "take addresses off the network interface, or use an instance type that bears more of them";
  }
  return `free what is no longer needed, or ask AWS for a higher quota (Service Quotas, ${code}); ${call.action} works ` +
    "after that";
}

function takenRemedy({ code }: AwsFailure, call: AwsCall): string {
  if (code === "InvalidAddress.Locked") return "have AWS unlock the Elastic IP, or use another one";
  if (/AlreadyAssociated$/.test(code)) {
    return `see what has ${call.subject}: the private address bears another Elastic IP, or the address is in use; ` +
      "name privateIp of each aws-eip, so that no two want the same one";
  }
  return `see what uses ${call.subject} now, and take it from there or name another one in cluster.yaml`;
}

function credentialsRemedy({ code }: AwsFailure, call: AwsCall): string {
  switch (code) {
    case "CredentialsProviderError":
    case "TokenProviderError":
      return "attach an IAM role to the instance (and see that the metadata service answers), or provide credentials in " +
        "the environment or in the shared AWS files";
    case "RequestExpired":
    case "ExpiredToken":
    case "ExpiredTokenException":
    case "RequestTimeTooSkewed":
      return "set the clock of this server (NTP), and see that the credentials are renewed";
    default:
      return "use valid credentials: the access key is unknown to AWS, or does not fit its secret key, or the clock of " +
        `this server is wrong; the role then needs the action ${allowed(call)}`;
  }
}

function tlsRemedy({ code }: AwsFailure, call: AwsCall): string {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `see who answers for ${
      endpointOf(call)
    }: the certificate is for another name (a wrong endpoint, a captive ` +
      "portal, or a proxy that opens TLS)";
  }
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return "compare the clock of this server, and renew the certificate if it is right";
  }
  return `something on the way opens TLS, or ${
    endpointOf(call)
  } has a certificate of a private CA: give that CA to the ` +
    "agent with aws.caBundle in cluster.yaml (AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS count too)";
}

function allowed(call: AwsCall): string {
  return call.allow ?? `${serviceOf(call).iam}:${call.action}`;
}
