/**
 * AssumeRole of the Security Token Service, in its Query protocol.
 *
 * @module
 */
import type { CredentialIssuer } from "./credentials.ts";
import { Ec2Error, missingParameter } from "./ec2/errors.ts";
import type { Query } from "./ec2/query.ts";
import { elements } from "./ec2/xml.ts";
import { assumed, type Roles } from "./roles.ts";

const VERSION = "2011-06-15";

/** Who asks, and of whom. */
export interface StsParts {
  roles: Roles;
  credentials: CredentialIssuer;
  server: string;
  /** The ARN of the caller. */
  principal: string;
}

/** The body of the answer to a request; throws what STS answers when it refuses. */
export function assumeRole(query: Query, requestId: string, parts: StsParts): string {
  if (query.action !== "AssumeRole" || query.version !== VERSION) {
    throw new Ec2Error("InvalidAction", `Could not find operation ${query.action} for version ${query.version}`);
  }
  const arn = query.required("RoleArn");
  const session = query.optional("RoleSessionName");
  if (session === undefined) throw missingParameter("RoleSessionName");
  if (!parts.roles.admits(parts.server, arn)) {
    throw new Ec2Error(
      "AccessDenied",
      `User: ${parts.principal} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      403,
    );
  }
  const issued = parts.credentials.current(arn);
  const result = {
    AssumedRoleUser: { AssumedRoleId: `AROA0SANDBOX:${session}`, Arn: assumed(arn, session) },
    Credentials: {
      AccessKeyId: issued.accessKeyId,
      SecretAccessKey: issued.secretAccessKey,
      SessionToken: issued.token,
      Expiration: new Date(issued.expiresAt).toISOString(),
    },
  };
  const body = elements({ AssumeRoleResult: result, ResponseMetadata: { RequestId: requestId } });
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/${VERSION}/">${body}</AssumeRoleResponse>`;
}
