/**
 * The way to the AWS of a sandbox, handed over explicitly: tests of several files run in one process at once, whose
 * environment is one for all of them. That agents find a sandbox by their environment is shown by `tests/environment` and
 * by whole agents.
 *
 * @module
 */
import { askImds } from "../../core/aws/imds_request.ts";
import type { AwsInstead, AwsWay } from "../../core/aws/way.ts";
import type { Sandbox } from "../../sandbox/mod.ts";

/** What the SDK says when nobody has keys. */
const NONE = Object.assign(new Error("Could not load credentials from any providers"), {
  name: "CredentialsProviderError",
});
/** How long the metadata service is waited for, in milliseconds. */
const IMDS_MS = 1_000;

/** The way of `server` to the sandbox, with `change` made to it; its credentials are those of its instance's role. */
export function wayTo(sandbox: Sandbox, server: string, change: Partial<AwsInstead> = {}): AwsWay {
  const { imds, ...endpoints } = sandbox.endpoints(server);
  return {
    instead: {
      endpoints,
      imds,
      region: sandbox.region.name,
      credentials: () => roleCredentials(imds).catch(() => Promise.reject(NONE)),
      ...change,
    },
  };
}

/** The way to a service at this URL that takes any keys, and of which nothing else is asked. */
export function givenKeys(url: string, region: string): AwsWay {
  return {
    instead: {
      endpoints: { ec2: url, sts: url, route53: url, s3: url },
      imds: url,
      region,
      credentials: () => Promise.resolve({ accessKeyId: "AKIAGIVENTOATEST", secretAccessKey: "not-a-secret" }),
    },
  };
}

/** As the SDK asks the metadata service for them. */
async function roleCredentials(imds: string): ReturnType<AwsInstead["credentials"]> {
  const ask = (path: string, method: "GET" | "PUT", headers: Record<string, string>) =>
    askImds(imds, path, { method, headers, signal: AbortSignal.timeout(IMDS_MS), met: () => {} });
  const token = await ask("/latest/api/token", "PUT", { "X-aws-ec2-metadata-token-ttl-seconds": "21600" });
  const headers = { "X-aws-ec2-metadata-token": token };
  const folder = "/latest/meta-data/iam/security-credentials/";
  const role = (await ask(folder, "GET", headers)).trim();
  const found = JSON.parse(await ask(`${folder}${role}`, "GET", headers)) as Record<string, string>;
  return {
    accessKeyId: found.AccessKeyId ?? "",
    secretAccessKey: found.SecretAccessKey ?? "",
    sessionToken: found.Token ?? "",
    expiration: new Date(found.Expiration ?? 0),
  };
}
