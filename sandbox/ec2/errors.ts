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

/** The id of a thing is not known. */
export function notFound(kind: NotFoundKind, id: string): Ec2Error {
  const [code, noun] = NOT_FOUND[kind];
  return new Ec2Error(code, `The ${noun} '${id}' does not exist`);
}

/** What can be missing. */
export type NotFoundKind = keyof typeof NOT_FOUND;

const NOT_FOUND = {
  vpc: ["InvalidVpcID.NotFound", "vpc ID"],
  subnet: ["InvalidSubnetID.NotFound", "subnet ID"],
  routeTable: ["InvalidRouteTableID.NotFound", "routeTable ID"],
  networkInterface: ["InvalidNetworkInterfaceID.NotFound", "networkInterface ID"],
  allocation: ["InvalidAllocationID.NotFound", "allocation ID"],
  association: ["InvalidAssociationID.NotFound", "association ID"],
  instance: ["InvalidInstanceID.NotFound", "instance ID"],
  gateway: ["InvalidGatewayID.NotFound", "gateway ID"],
} as const;

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
