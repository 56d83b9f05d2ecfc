import fc from "fast-check";
import assert from "node:assert/strict";
import { awsFault } from "../../../core/aws/aws_fault.ts";
import { DeadlineExceeded } from "../../../core/aws/deadline.ts";
import { classify } from "../../../core/aws/failure.ts";
import type { FailureKind } from "../../../core/aws/failure_kinds.ts";
import { Fault } from "../../../core/plugin/fault.ts";

const call = { action: "DescribeVpcs", subject: "vpc-1234abcd" };

/** An error as the SDK throws it. */
function sdkError(code: string, httpStatusCode: number, message = "said AWS"): Error {
  return Object.assign(new Error(message), { name: code, Code: code, $metadata: { httpStatusCode, requestId: "r-1" } });
}

/** An error as the network throws it. */
function networkError(code: string, message = `connect ${code}`): Error {
  return Object.assign(new Error(message), { code });
}

Deno.test("errors are told apart: kind, the guide's number, certain or not", () => {
  const table: [Error, FailureKind, number, boolean][] = [
    [sdkError("InvalidVpcID.NotFound", 400), "notFound", 5, false],
    [sdkError("InvalidRoute.NotFound", 400), "notFound", 5, false],
    [sdkError("InvalidParameterValue", 400, "Invalid availability zone: [x]"), "notFound", 5, false],
    [sdkError("InvalidParameterValue", 400), "invalid", 5, false],
    [sdkError("InvalidVpcID.Malformed", 400), "invalid", 5, false],
    [sdkError("MissingParameter", 400), "invalid", 5, false],
    [sdkError("OperationNotPermitted", 400), "refused", 5, false],
    [sdkError("IncorrectInstanceState", 400), "refused", 5, false],
    [sdkError("UnauthorizedOperation", 403), "denied", 5, true],
    [sdkError("AuthFailure", 401), "credentials", 5, true],
    [sdkError("InvalidClientTokenId", 403), "credentials", 5, true],
    [sdkError("RequestExpired", 400), "credentials", 5, true],
    [sdkError("SomethingNew", 403), "denied", 5, true],
    [sdkError("RequestLimitExceeded", 503), "throttled", 5, true],
    [sdkError("Throttling", 400), "throttled", 5, true],
    [sdkError("SomethingNew", 429), "throttled", 5, true],
    [sdkError("InternalError", 500), "server", 5, true],
    [sdkError("Unavailable", 503), "server", 5, true],
    [sdkError("IncorrectState", 400), "passing", 5, true],
    [networkError("ECONNREFUSED"), "unreachable", 6, true],
    [networkError("ENOTFOUND"), "unreachable", 6, true],
    [networkError("EHOSTUNREACH"), "unreachable", 6, true],
    [networkError("ECONNRESET"), "unreachable", 6, true],
    [new Error("socket hang up"), "unreachable", 6, true],
    [new Error("outer", { cause: networkError("ENETUNREACH") }), "unreachable", 6, true],
    [new AggregateError([networkError("ECONNREFUSED")], "all failed"), "unreachable", 6, true],
    [networkError("ETIMEDOUT"), "timeout", 6, true],
    [networkError("ESOCKETTIMEDOUT"), "timeout", 6, true],
    [new DeadlineExceeded(300), "timeout", 6, true],
    [new DOMException("gone", "AbortError"), "aborted", 6, true],
    [Object.assign(new Error("none"), { name: "CredentialsProviderError" }), "credentials", 5, true],
    [new Error("what?"), "other", 5, true],
  ];
  for (const [error, kind, code, uncertain] of table) {
    const label = `${error.name} ${error.message}`;
    assert.equal(classify(error).kind, kind, label);
    const fault = awsFault(error, call);
    assert.deepEqual([fault.code, fault.uncertain], [code, uncertain], label);
    assert(fault.message.includes("vpc-1234abcd") && fault.message.includes("DescribeVpcs"), fault.message);
    assert.equal(fault.cause, error);
    if (kind !== "aborted") assert.notEqual(fault.remedy, "", label);
    if ("$metadata" in error) assert.match(fault.message, /request r-1/);
    if (kind === "denied" && fault.message.includes("Unauthorized")) assert.match(fault.remedy, /ec2:DescribeVpcs/);
  }
});

Deno.test("only what surely wasn't sent is called unsent", () => {
  for (const code of ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH"]) {
    assert.equal(classify(networkError(code)).unsent, true);
  }
  for (const code of ["ECONNRESET", "EPIPE", "ETIMEDOUT"]) assert.equal(classify(networkError(code)).unsent, false);
  assert.equal(classify(new DeadlineExceeded(1)).unsent, false);
  const connect = Object.assign(new Error("the request socket did not establish a connection with the server"), {
    name: "TimeoutError",
  });
  assert.equal(classify(connect).unsent, true);
  assert.equal(classify(sdkError("InternalError", 500)).unsent, false);
});

Deno.test("a fault passes through, and an encoded authorization message is left out", () => {
  const fault = new Fault(7, "the VIP lies inside the VPC");
  assert.equal(awsFault(fault, call), fault);
  const long = sdkError(
    "UnauthorizedOperation",
    403,
    `No. Encoded authorization failure message: ${"x".repeat(5_000)}`,
  );
  assert.equal(
    awsFault(long, call).message,
    "DescribeVpcs of vpc-1234abcd was denied: No (UnauthorizedOperation, request r-1)",
  );
});

Deno.test("property: whatever is thrown becomes a Fault of bounded length, and only known kinds are certain", () => {
  fc.assert(fc.property(fc.anything(), (thrown) => {
    const fault = awsFault(thrown, call);
    assert(fault instanceof Fault);
    assert(fault.message.length < 1_000);
    assert([5, 6].includes(fault.code));
  }));
  fc.assert(fc.property(fc.string(), fc.integer({ min: 500, max: 599 }), (message, status) => {
    assert.equal(awsFault(sdkError("Whatever", status, message), call).uncertain, true);
  }));
});
