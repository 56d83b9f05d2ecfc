/**
 * The credentials of a client, fetched before each call (from memory, most times): that they can't be had is another
 * fault than one of the call, and where they come from is not where the call goes.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { withDeadline } from "./deadline.ts";
import type { Imds } from "./imds.ts";

/** What every client of the SDK has. */
export interface CredentialedClient {
  config: { credentials(): Promise<unknown> };
}

/** How long the metadata service is asked why there are none, in milliseconds. */
const DIAGNOSIS_MS = 1_000;

/** The SDK's own sentence, also where it was cut off while it asked. */
const NONE =
  "this server has no AWS credentials (CredentialsProviderError: Could not load credentials from any providers)";

/** Resolves when the client has credentials within `ms`. Rejects with a `Fault` that says which source fails, and how. */
export async function fetchCredentials(
  client: CredentialedClient,
  imds: Imds,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await withDeadline(signal, ms, () => client.config.credentials());
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof Fault ? error : await diagnosed(error, imds, signal);
  }
}

async function diagnosed(error: unknown, imds: Imds, signal: AbortSignal): Promise<Fault> {
  const said = error instanceof Error ? error.message : String(error);
  const name = (error as { name?: string } | null)?.name;
  // A profile that is wrong, a token file that is missing, a sign-on that is over: the SDK's sentence says which.
  if (name !== "DeadlineExceeded" && name !== "TimeoutError" && !/from any providers/.test(said)) {
    return new Fault(FAULT_CODES.requestFailed, `this server's AWS credentials can't be loaded: ${said} (${name})`, {
      uncertain: true,
      cause: error,
      remedy:
        "correct the source that is named (a profile, a token file, a sign-on), or remove it and attach an IAM role",
    });
  }
  let role: string | null | undefined;
  try {
    role = await withDeadline(signal, DIAGNOSIS_MS, async (within) => await imds.role?.({ signal: within }));
  } catch (silence) {
    if (signal.aborted) throw signal.reason;
    return silentFault(silence, error);
  }
  if (role !== null) {
    const attached = role === undefined ? "" : `: the role ${role} is attached and gives none`;
    return new Fault(FAULT_CODES.requestFailed, `${NONE}${attached}`, {
      uncertain: true,
      cause: error,
      remedy: `see that the IAM role ${role ?? "of the instance"} exists and that its trust policy names ` +
        "ec2.amazonaws.com, or provide credentials in the environment or in the shared AWS files",
    });
  }
  return new Fault(
    FAULT_CODES.requestFailed,
    `${NONE}: no IAM role is attached to this instance, and neither the environment nor the shared AWS files have keys`,
    {
      uncertain: true,
      // Nothing passes here by itself: no code of AWS, so that nobody tries it again and again.
      cause: Object.assign(new Error("no role", { cause: error }), { Code: "NoCredentials" }),
      remedy:
        "attach an IAM role to the instance (that works while it runs), or provide credentials in the environment " +
        "or in the shared AWS files",
    },
  );
}

/** Where nobody answers, the keys may well be there: it is worth another try. */
function silentFault(silence: unknown, error: unknown): Fault {
  const why = silence instanceof Error ? silence.message : String(silence);
  const remedy = silence instanceof Fault && silence.remedy !== ""
    ? silence.remedy
    : "see that the metadata service of the instance is enabled, that nothing on this server filters its address, and " +
      "in a container that its hop limit is 2 (aws ec2 modify-instance-metadata-options --instance-id ID " +
      "--http-put-response-hop-limit 2)";
  return new Fault(
    FAULT_CODES.requestFailed,
    `${NONE}: neither the environment nor the shared AWS files have keys, and the metadata service, which has those of ` +
      `the instance's IAM role, does not say: ${why}`,
    {
      uncertain: true,
      cause: error,
      remedy:
        `${remedy}; if the instance has none, attach an IAM role, or provide keys in the environment or in the shared AWS files`,
    },
  );
}
