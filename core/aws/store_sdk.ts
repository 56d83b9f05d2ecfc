/**
 * A client of a store, made on first use. Its calls are sent once: a conditional write that is sent again after it has
 * succeeded unseen finds its own record and answers "conflict", and a success must never look like that.
 *
 * @module
 */
import { type Limitable, withAnswerLimit } from "./answer_limit.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { abandonedFault, type AwsCall, awsFault, type AwsService } from "./aws_fault.ts";
import { fetchCredentials } from "./credentials.ts";
import { withDeadline } from "./deadline.ts";
import type { Imds } from "./imds.ts";
import { findRegion, type RegionProbe } from "./region.ts";
import { type Connections, connections } from "./tunnel.ts";
import type { AwsInstead, AwsWay } from "./way.ts";

/** How a store is reached. */
export interface StoreSettings {
  /** Left out: `AWS_REGION`, the shared AWS files, `AWS_DEFAULT_REGION`, the metadata service. */
  region?: string;
  /** Left out: AWS's own, or what the SDK's environment variables say. */
  endpoint?: string;
  imds: Imds;
  /** The way to AWS. Left out: as the environment says. */
  way?: AwsWay;
}

/** What every client of the SDK has. */
export interface StoreClient extends RegionProbe, Limitable {
  config: { region(): Promise<string>; credentials(): Promise<unknown> };
}

/** What the client of one service is made of. */
export interface StoreParts<Sdk, Client extends StoreClient> {
  service: AwsService;
  /** One endpoint serves all regions. */
  global?: boolean;
  /** Which endpoint it is of an AWS that stands in for the one of the environment. Left out: it has none. */
  instead?: "s3" | "route53";
  /** Imports the parts of the SDK. */
  load(): Promise<Sdk>;
  create(sdk: Sdk, settings: ClientSettings): Client;
}

/** What every client of a store is configured with; the service adds its own. */
export interface ClientSettings {
  region?: string;
  endpoint?: string;
  credentials?: AwsInstead["credentials"];
  maxAttempts: 1;
  requestHandler: Connections;
}

/** A client that is ready. */
export interface LoadedStore<Sdk, Client> {
  sdk: Sdk;
  client: Client;
  /** For messages: `the S3 endpoint of ap-northeast-1`. */
  endpoint: string;
}

/** No call takes longer, whatever its signal allows. In milliseconds. */
const CALL_MS = 30_000;
/** As for EC2: for less than 2,000 ms the SDK forgets to stop its timer when the connection is refused. */
const CONNECT_MS = 2_000;

/** Holds the client. */
export class StoreSdk<Sdk, Client extends StoreClient> {
  #loading?: Promise<LoadedStore<Sdk, Client>>;

  constructor(private readonly parts: StoreParts<Sdk, Client>, private readonly settings: StoreSettings) {}

  /** Loads the SDK and fetches the credentials ahead of time. */
  async prepare(signal: AbortSignal): Promise<void> {
    // Each call fetches them before anything else.
    await this.call({ action: "GetCredentials", subject: "this server" }, signal, () => Promise.resolve());
  }

  /** One call. Rejects with a `Fault`, soon after `signal` aborts at the latest. */
  async call<T>(
    call: AwsCall,
    signal: AbortSignal,
    send: (loaded: LoadedStore<Sdk, Client>, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    let located: AwsCall = { service: this.parts.service, ...call };
    try {
      return await withDeadline(signal, CALL_MS, async (within) => {
        const loaded = await this.#load();
        located = { ...located, endpoint: loaded.endpoint };
        within.throwIfAborted();
        await fetchCredentials(loaded.client, this.settings.imds, CALL_MS, within);
        try {
          return await send(loaded, within);
        } catch (error) {
          if (within.aborted || !refusedForItsDate(error)) throw error;
          return await send(loaded, within);
        }
      });
    } catch (error) {
      throw signal.aborted ? abandonedFault(signal.reason, located) : awsFault(error, located);
    }
  }

  /** The client, made now when this is the first use. After a failure the next use tries again. */
  #load(): Promise<LoadedStore<Sdk, Client>> {
    if (!this.#loading) {
      const loading = this.#make();
      this.#loading = loading;
      loading.catch(() => {
        if (this.#loading === loading) this.#loading = undefined;
      });
    }
    return this.#loading;
  }

  async #make(): Promise<LoadedStore<Sdk, Client>> {
    const sdk = await this.parts.load();
    const { way, imds } = this.settings;
    const instead = way?.instead;
    const url = this.settings.endpoint ?? (this.parts.instead && instead?.endpoints[this.parts.instead]);
    const create = (region: string | undefined) =>
      withAnswerLimit(this.parts.create(sdk, {
        ...(region ? { region } : {}),
        ...(url ? { endpoint: url } : {}),
        ...(instead ? { credentials: instead.credentials } : {}),
        maxAttempts: 1,
        // A connection for each call: they are few, and a pooled connection that has died unnoticed would make the one
        // write that a takeover waits for a write whose outcome nobody knows.
        requestHandler: connections(way, { connectMs: CONNECT_MS, keepAlive: false, maxSockets: 50 }),
      }));
    // A signal of its own, because the calls that wait for it may come and go.
    const region = this.settings.region ?? instead?.region ??
      await findRegion(create(undefined), imds, AbortSignal.timeout(CALL_MS), "region beside the type");
    const own = `the ${this.parts.service.name} endpoint${this.parts.global ? "" : ` of ${region}`}`;
    const endpoint = this.settings.endpoint ?? own;
    return { sdk, client: create(region), endpoint };
  }
}

/**
 * The request was refused before anything was done, because its date was too far from the server's, and the SDK has
 * learned the offset of our clock from the answer: the one case in which sending again can't find its own doing.
 */
function refusedForItsDate(error: unknown): boolean {
  return (error as { $metadata?: { clockSkewCorrected?: boolean } } | null)?.$metadata?.clockSkewCorrected === true;
}

/** The fault of an answer without what it must have. The call may have been done. */
export function strangeAnswer(call: AwsCall, missing: string): Fault {
  return new Fault(FAULT_CODES.requestFailed, `the answer to ${call.action} of ${call.subject} has no ${missing}`, {
    uncertain: true,
    remedy: "see that the endpoint really is what the type says; proxies may take headers away",
  });
}
