/** The error codes that AWS publishes for EC2 (and those of its other services that Baton meets), each in its kind. */
import assert from "node:assert/strict";
import { awsFault } from "../../../core/aws/aws_fault.ts";
import { classify, isForbidden, isHopeless } from "../../../core/aws/failure.ts";
import type { FailureKind } from "../../../core/aws/failure_kinds.ts";
import { meaningOf } from "../../../core/explain/codes.ts";
import { causesOf } from "../../../core/explain/codes.ts";

const call = { action: "AssociateAddress", subject: "eipalloc-1 with eni-1" };

function sdkError(code: string, httpStatusCode: number, message = "said AWS"): Error {
  return Object.assign(new Error(message), { name: code, Code: code, $metadata: { httpStatusCode, requestId: "r-1" } });
}

/** Kind, then codes with their status. */
const table: [FailureKind, number, ...string[]][] = [
  [
    "throttled",
    503,
    "RequestLimitExceeded",
    "EC2ThrottledException",
    "BandwidthLimitExceeded",
    "SlowDown",
    "Throttling",
  ],
  ["throttled", 400, "ThrottlingException", "RequestThrottled", "PriorRequestNotComplete"],
  ["server", 500, "InternalError", "InternalFailure", "ServerInternal", "ServiceError", "InvalidSomethingNew"],
  ["server", 503, "Unavailable", "ServiceUnavailable", "InsufficientAddressCapacity", "InsufficientInstanceCapacity"],
  ["denied", 403, "UnauthorizedOperation", "OptInRequired", "Blocked", "PendingVerification", "SomethingNew"],
  ["credentials", 401, "AuthFailure", "SomethingNew"],
  ["credentials", 403, "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"],
  ["credentials", 400, "RequestExpired", "MissingAuthenticationToken", "IncompleteSignature", "ExpiredToken"],
  ["passing", 400, "IncorrectState", "ConcurrentTagAccess", "TransactionConflictException", "IDPCommunicationError"],
  [
    "notFound",
    400,
    "InvalidAllocationID.NotFound",
    "InvalidNetworkInterfaceID.NotFound",
    "InvalidRouteTableID.NotFound",
    "InvalidRoute.NotFound",
    "InvalidGatewayID.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidVpcID.NotFound",
    "InvalidInstanceID.NotFound",
    "InvalidAddress.NotFound",
    "InvalidAddressID.NotFound",
    "InvalidAssociationID.NotFound",
    "DefaultVpcDoesNotExist",
    "InvalidZone",
  ],
  ["notFound", 404, "NoSuchBucket", "NoSuchHostedZone", "NoSuchUpload"],
  [
    "limit",
    400,
    "RouteLimitExceeded",
    "RouteTableLimitExceeded",
    "AddressLimitExceeded",
    "PrivateIpAddressLimitExceeded",
    "NetworkInterfaceLimitExceeded",
    "AttachmentLimitExceeded",
    "InstanceLimitExceeded",
    "ResourceLimitExceeded",
    "InsufficientFreeAddressesInSubnet",
    "LimitExceededException",
  ],
  [
    "taken",
    400,
    "Resource.AlreadyAssociated",
    "Resource.AlreadyAssigned",
    "InvalidIPAddress.InUse",
    "InvalidNetworkInterface.InUse",
    "InvalidInstance.InUse",
    "InvalidAddress.Locked",
    "NetworkAclEntryAlreadyExists",
    "InvalidPermission.Duplicate",
    "RouteConflict",
  ],
  ["detached", 400, "Gateway.NotAttached", "InvalidInternetGateway.NotAttached"],
  [
    "refused",
    400,
    "UnsupportedOperation",
    "Unsupported",
    "OperationNotPermitted",
    "IncorrectInstanceState",
    "DependencyViolation",
    "CannotDelete",
    "NonEBSInstance",
    "DryRunOperation",
    "SomethingNew",
  ],
  [
    "invalid",
    400,
    "InvalidParameterValue",
    "InvalidParameterCombination",
    "InvalidParameter",
    "InvalidInstanceID",
    "InvalidRouteTableId.Malformed",
    "InvalidInput",
    "MissingParameter",
    "UnknownParameter",
    "ValidationError",
    "MalformedQueryString",
    "RouteAlreadyExists",
  ],
  ["timeout", 400, "RequestTimeout"],
];
const CERTAIN = new Set<FailureKind>(["notFound", "invalid", "refused", "limit", "taken", "foreign", "detached"]);

Deno.test("every code of EC2 is in its kind: a 4xx is certain unless it is throttling, credentials or eventual consistency", () => {
  let codes = 0;
  for (const [kind, status, ...names] of table) {
    for (const name of names) {
      const label = `${name} ${status}`;
      const error = sdkError(name, status);
      assert.equal(classify(error).kind, kind, label);
      const fault = awsFault(error, call);
      assert.equal(fault.uncertain, !CERTAIN.has(kind), label);
      // None is sent to a list of codes: each has something to do.
      assert.notEqual(fault.remedy, "", label);
      assert.doesNotMatch(fault.remedy, /look up/, label);
      const { shown } = causesOf(meaningOf(fault.code)!.entry, fault.message, "resource aws-eip");
      assert.notEqual(shown.length, 0, `explain knows nothing of: ${fault.message}`);
      codes++;
    }
  }
  assert.ok(codes > 80);
});

Deno.test("what is full, taken, held by others, attached to nothing or not possible has a remedy of its own", () => {
  const said = (code: string, message?: string) => {
    const fault = awsFault(sdkError(code, 400, message), call);
    assert.equal(fault.uncertain, false, code);
    return fault.remedy;
  };
  assert.match(said("RouteLimitExceeded"), /remove routes .* higher quota of routes per route table/);
  assert.match(said("AddressLimitExceeded"), /Service Quotas, AddressLimitExceeded/);
  assert.match(said("InsufficientFreeAddressesInSubnet"), /larger subnet/);
  assert.match(said("PrivateIpAddressLimitExceeded"), /instance type that bears more/);
  assert.match(said("Gateway.NotAttached"), /attach an internet gateway/);
  assert.match(said("Resource.AlreadyAssociated"), /bears another Elastic IP.*privateIp/);
  assert.match(said("InvalidIPAddress.InUse"), /see what uses eipalloc-1 with eni-1 now/);
  assert.match(said("UnsupportedOperation"), /can't take AssociateAddress at all/);
  // An Elastic IP of a NAT gateway: EC2 answers with the code for wrong credentials.
  const words = "You do not have permission to access the specified resource.";
  assert.match(said("AuthFailure", words), /see who holds eipalloc-1 .*NAT gateway/);
  assert.doesNotMatch(said("AuthFailure", words), /credentials/);
  assert.match(
    said("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments."),
    /see who holds .*load balancer/,
  );
});

Deno.test("a page of a proxy or portal is no answer of AWS, and certificates are told from the network", () => {
  const page = Object.assign(new Error("char '<' is not expected"), {
    name: "SyntaxError",
    $metadata: { httpStatusCode: 404 },
  });
  assert.deepEqual([classify(page).kind, awsFault(page, call).uncertain], ["other", true]);
  const asked = sdkError("UnknownError", 407);
  assert.equal(classify(asked).kind, "proxy");
  const certificate = Object.assign(new Error("unable to verify"), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  const fault = awsFault(certificate, call);
  assert.deepEqual([classify(certificate).kind, classify(certificate).unsent, fault.uncertain], ["tls", true, true]);
  assert.match(fault.message, /the certificate of the EC2 endpoint is not trusted/);
  assert.match(fault.remedy, /aws\.caBundle .*AWS_CA_BUNDLE/);
  const name = awsFault(Object.assign(new Error("no"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" }), call);
  assert.match(name.remedy, /for another name/);
});

Deno.test("trying again is hopeless for what is certain and what is denied, not for credentials that are renewed", () => {
  const fault = (code: string, status: number) => awsFault(sdkError(code, status), call);
  for (const [code, status] of [["RouteLimitExceeded", 400], ["UnauthorizedOperation", 403]] as const) {
    assert.ok(isHopeless(fault(code, status)), code);
  }
  for (const [code, status] of [["ExpiredToken", 400], ["InternalError", 500], ["IncorrectState", 400]] as const) {
    assert.ok(!isHopeless(fault(code, status)), code);
  }
  assert.ok(isHopeless(new TypeError("a mistake of ours")));
  assert.ok(isForbidden(fault("InvalidClientTokenId", 403)) && !isForbidden(fault("RequestExpired", 400)));
});
