/**
 * The one EC2 client of a process, made on first use and shared by all resources and monitors: one pool of connections,
 * one set of credentials, one region.
 *
 * @module
 */
import { withAnswerLimit } from "./answer_limit.ts";
import type { EC2Client } from "@aws-sdk/client-ec2";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { assumeCall, roleCredentials } from "./assume_role.ts";
import { abandonedFault, awsFault } from "./aws_fault.ts";
import { fetchCredentials } from "./credentials.ts";
import { withDeadline } from "./deadline.ts";
import type { Imds } from "./imds.ts";
import { createImds } from "./imds_client.ts";
import { findRegion } from "./region.ts";
import { connections } from "./tunnel.ts";
import type { AwsWay } from "./way.ts";

/** What the client needs to know; everything else comes from the SDK's standard environment. */
export interface Ec2SdkSettings {
  /** Left out: `AWS_REGION`, the shared AWS files, `AWS_DEFAULT_REGION`, the metadata service. */
  region?: string;
  /** Deadline of one call with all its attempts, in milliseconds. */
  callTimeoutMs: number;
  /** Where the region comes from when nothing else names it. Left out: the metadata service of this machine. */
  imds?: Imds;
  /** The way to AWS. Left out: as the environment says. */
  way?: AwsWay;
  /** The role whose rights the client has; left out: those that this server has itself. */
  roleArn?: string;
}

/** The SDK, loaded. */
export interface LoadedSdk {
  client: EC2Client;
  commands: typeof import("./sdk.ts");
  region: string;
}

/** Connections to EC2 that may be open at once: route tables are switched in parallel. */
const MAX_SOCKETS = 16;
/**
 * Longest time for a connection to come up, in milliseconds. For less than 2,000 the SDK forgets to stop its timer when
 * the connection is refused.
 */
const CONNECT_MS = 2_000;
/** Longest time for loading the SDK and the credentials ahead of time, in milliseconds. */
const PREPARE_MS = 15_000;

/** Holds the shared client. */
export class Ec2Sdk {
  #loading?: Promise<LoadedSdk>;
  #closed = new AbortController();
  #imds?: Imds;
  /** The kinds of Spot requests that were asked for, by their ids. */
  readonly spotKinds = new Map<string, string>();
  readonly #roles = new Map<string, Ec2Sdk>();

  constructor(readonly settings: Ec2SdkSettings) {}

  /** The metadata service that credentials and region come from where nothing else names them. */
  get imds(): Imds {
    return this.settings.imds ?? (this.#imds ??= createImds({ endpoint: this.settings.way?.instead?.imds }));
  }

  /** The client with the rights of a role; one for each role that `cluster.yaml` names. Closed with this one. */
  assuming(roleArn: string): Ec2Sdk {
    const found = this.#roles.get(roleArn) ?? new Ec2Sdk({ ...this.settings, roleArn });
    if (this.#closed.signal.aborted) found.close();
    this.#roles.set(roleArn, found);
    return found;
  }

  /** The client, made now when this is the first use. After a failure the next use tries again. */
  load(): Promise<LoadedSdk> {
    if (this.#closed.signal.aborted) return Promise.reject(this.#closed.signal.reason);
    if (!this.#loading) {
      const loading = this.#load();
      this.#loading = loading;
      loading.catch(() => {
        if (this.#loading === loading) this.#loading = undefined;
      });
    }
    return this.#loading;
  }

  /** Resolves when the client has credentials, which are fetched now when they are not in memory. A `Fault` otherwise. */
  async credentials(client: EC2Client, ms: number, signal: AbortSignal): Promise<void> {
    const { roleArn } = this.settings;
    if (roleArn === undefined) return await fetchCredentials(client, this.imds, ms, signal);
    try {
      await withDeadline(signal, ms, () => client.config.credentials());
    } catch (error) {
      throw signal.aborted ? signal.reason : awsFault(error, assumeCall(roleArn, await client.config.region()));
    }
  }

  /**
   * Loads the SDK and fetches the credentials ahead of time, so that a takeover pays for neither. Rejects with a
   * `Fault` when that isn't possible before `signal` aborts; calls then try again by themselves.
   */
  async prepare(signal: AbortSignal): Promise<void> {
    try {
      await withDeadline(signal, PREPARE_MS, async () => {
        const { client } = await this.load();
        await this.credentials(client, PREPARE_MS, signal);
      });
    } catch (error) {
      const call = { action: "GetCredentials", subject: "this server" };
      throw signal.aborted ? abandonedFault(signal.reason, call) : awsFault(error, call);
    }
  }

  /** Closes the pooled connections. Calls after it are refused. */
  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new Fault(FAULT_CODES.internal, "the EC2 client is closed", { uncertain: true }));
    // A client that is still being made sees the abort and is destroyed there.
    this.#loading?.then(({ client }) => client.destroy(), () => {});
    for (const one of this.#roles.values()) one.close();
  }

  async #load(): Promise<LoadedSdk> {
    const commands = await import("./sdk.ts");
    const region = this.settings.region ?? this.settings.way?.instead?.region ??
      await findRegion(this.#client(commands, undefined), this.imds, this.#closed.signal, "aws.region");
    this.#closed.signal.throwIfAborted();
    return { client: this.#client(commands, region), commands, region };
  }

  #client(commands: LoadedSdk["commands"], region: string | undefined): EC2Client {
    const { roleArn, way } = this.settings;
    return withAnswerLimit(
      new commands.EC2Client({
        ...(region ? { region } : {}),
        ...(way?.instead ? { endpoint: way.instead.endpoints.ec2, credentials: way.instead.credentials } : {}),
        ...(region && roleArn !== undefined
          ? {
            credentials: roleCredentials(
              roleArn,
              { region, imds: this.imds, way },
              this.#closed.signal,
            ),
          }
          : {}),
        // Retries are ours (retry.ts): the SDK's wait for the next attempt can't be aborted.
        maxAttempts: 1,
        requestHandler: connections(way, {
          connectMs: CONNECT_MS,
          keepAlive: true,
          maxSockets: MAX_SOCKETS,
        }),
      }),
    );
  }
}
