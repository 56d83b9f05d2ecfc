/**
 * Errors of EC2 with their codes, sentences and HTTP statuses.
 *
 * @module
 */

/** An error that is answered to the client. */
export class Ec2Error extends Error {
  override name = "Ec2Error";
  constructor(readonly code: string, message: string, readonly status = 400) {
    super(message);
  }
}

/** The id of a thing is not known, or it is none: EC2 tells them apart, but not for all things. */
export function notFound(kind: NotFoundKind, id: string): Ec2Error {
  const [code, noun, malformed, prefix] = NOT_FOUND[kind];
  if (malformed !== undefined && !new RegExp(`^${prefix}-[0-9a-f]{8}(?:[0-9a-f]{9})?$`).test(id)) {
    return new Ec2Error(malformed, `Invalid id: "${id}" (expecting "${prefix}-...")`);
  }
  return new Ec2Error(code, `The ${noun} '${id}' does not exist`);
}

/** What can be missing. */
export type NotFoundKind =
  | "vpc"
  | "subnet"
  | "routeTable"
  | "networkInterface"
  | "securityGroup"
  | "allocation"
  | "association"
  | "instance"
  | "internetGateway"
  | "gateway";

/** The codes are not alike in the API either: ID here, Id there. */
const NOT_FOUND: Record<NotFoundKind, readonly [code: string, noun: string, malformed?: string, prefix?: string]> = {
  vpc: ["InvalidVpcID.NotFound", "vpc ID", "InvalidVpcID.Malformed", "vpc"],
  subnet: ["InvalidSubnetID.NotFound", "subnet ID", "InvalidSubnetID.Malformed", "subnet"],
  routeTable: ["InvalidRouteTableID.NotFound", "routeTable ID", "InvalidRouteTableId.Malformed", "rtb"],
  networkInterface: [
    "InvalidNetworkInterfaceID.NotFound",
    "networkInterface ID",
    "InvalidNetworkInterfaceId.Malformed",
    "eni",
  ],
  securityGroup: ["InvalidGroup.NotFound", "security group"],
  allocation: ["InvalidAllocationID.NotFound", "allocation ID"],
  association: ["InvalidAssociationID.NotFound", "association ID"],
  instance: ["InvalidInstanceID.NotFound", "instance ID", "InvalidInstanceID.Malformed", "i"],
  internetGateway: [
    "InvalidInternetGatewayID.NotFound",
    "internetGateway ID",
    "InvalidInternetGatewayId.Malformed",
    "igw",
  ],
  gateway: ["InvalidGatewayID.NotFound", "gateway ID"],
};

/** A parameter that the action can't do without. */
export function missingParameter(name: string): Ec2Error {
  return new Ec2Error("MissingParameter", `The request must contain the parameter ${name}`);
}

/** A parameter that is there but makes no sense. */
export function invalidValue(message: string): Ec2Error {
  return new Ec2Error("InvalidParameterValue", message);
}

/** Parameters that can't be given together. */
export function invalidCombination(message: string): Ec2Error {
  return new Ec2Error("InvalidParameterCombination", message);
}

/** The answer to `DryRun=true` when the call would have been allowed. */
export function dryRun(): Ec2Error {
  return new Ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
}

/** The caller's policy does not allow the action. */
export function unauthorized(action: string, principal: string): Ec2Error {
  return new Ec2Error(
    "UnauthorizedOperation",
    `You are not authorized to perform this operation. User: ${principal} is not authorized to perform: ec2:${action} ` +
      `because no identity-based policy allows the ec2:${action} action`,
    403,
  );
}

/** The request isn't signed, or by nobody that is known. */
export function authFailure(): Ec2Error {
  return new Ec2Error("AuthFailure", "AWS was not able to validate the provided access credentials", 401);
}

/** The account calls too often. */
export function throttled(): Ec2Error {
  return new Ec2Error("RequestLimitExceeded", "Request limit exceeded.", 503);
}
