/**
 * Credentials of a role, for what belongs to another account.
 *
 * @module
 */
import { withAnswerLimit } from "./answer_limit.ts";
import { type AwsCall, awsFault } from "./aws_fault.ts";
import { fetchCredentials } from "./credentials.ts";
import { withDeadline } from "./deadline.ts";
import type { Imds } from "./imds.ts";
import { withRetries } from "./retry.ts";
import { connections } from "./tunnel.ts";
import type { AwsWay } from "./way.ts";

/** Credentials as the SDK takes them; it asks again shortly before they end. */
export interface RoleCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}

/** Where a role is asked for, and how. */
export interface RoleSource {
  region: string;
  imds: Imds;
  way: AwsWay | undefined;
}

/** Longest time for one set of credentials, in milliseconds. */
const ASSUME_MS = 10_000;
/** Less than this, in milliseconds, makes the SDK forget its timer when a connection is refused. */
const CONNECT_MS = 2_000;

/** What CloudTrail shows beside the role. */
const SESSION_NAME = "baton";

/**
 * A provider of the role's credentials by the STS of `region`, with the credentials that this server has itself. A
 * failure is a `Fault` of its own, so that it is not taken for one of the call that needed the credentials. The SDK does
 * not tell when that call is given up, so only the time and `closed` end it.
 */
export function roleCredentials(
  roleArn: string,
  source: RoleSource,
  closed: AbortSignal,
): () => Promise<RoleCredentials> {
  return async () => {
    try {
      return await withDeadline(
        closed,
        ASSUME_MS,
        (within) =>
          withRetries(
            { budgetMs: ASSUME_MS, mutating: false },
            within,
            (signal) => assume(roleArn, source, signal),
          ),
      );
    } catch (error) {
      throw awsFault(error, assumeCall(roleArn, source.region));
    }
  };
}

/** The call, as messages name it. */
export function assumeCall(roleArn: string, region: string): AwsCall {
  return {
    service: { name: "STS", iam: "sts" },
    action: "AssumeRole",
    subject: roleArn,
    endpoint: `the STS endpoint of ${region}`,
    allow: `sts:AssumeRole on ${roleArn} (whose trust policy must name this server's role)`,
  };
}

async function assume(
  roleArn: string,
  { region, imds, way }: RoleSource,
  abortSignal: AbortSignal,
): Promise<RoleCredentials> {
  const sdk = await import("./sdk_sts.ts");
  const client = withAnswerLimit(
    new sdk.STSClient({
      region,
      ...(way?.instead ? { endpoint: way.instead.endpoints.sts, credentials: way.instead.credentials } : {}),
      maxAttempts: 1,
      // Asked once in an hour: a pooled connection would only be one that has died unnoticed.
      requestHandler: connections(way, { connectMs: CONNECT_MS, keepAlive: false, maxSockets: 1 }),
    }),
  );
  try {
    await fetchCredentials(client, imds, ASSUME_MS, abortSignal);
    const command = new sdk.AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION_NAME });
    const { Credentials: found } = await client.send(command, { abortSignal });
    if (!found?.AccessKeyId || !found.SecretAccessKey || !found.SessionToken || !found.Expiration) {
      throw new Error("the answer has no credentials");
    }
    return {
      accessKeyId: found.AccessKeyId,
      secretAccessKey: found.SecretAccessKey,
      sessionToken: found.SessionToken,
      expiration: found.Expiration,
    };
  } finally {
    client.destroy();
  }
}
