/**
 * IMDSv2 client. A long-lived agent asks each value once: an instance never changes its id, region or zone, and many
 * agents that ask often run into the packet limit of the metadata service.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { pause } from "../plugin/deadline.ts";
import { DeadlineExceeded, withDeadline } from "./deadline.ts";
import type { Imds } from "./imds.ts";
import { askImds, ImdsStatus } from "./imds_request.ts";

/** All left out: the metadata service of this machine. */
export interface ImdsSettings {
  /**
   * Left out: `AWS_EC2_METADATA_SERVICE_ENDPOINT`, else the link-local address, or that of IPv6 when
   * `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE` says so.
   */
  endpoint?: string | undefined;
  /** Deadline of one call with its retries, in milliseconds. */
  timeoutMs?: number;
  /** Life of a token, in seconds; 21,600 is the most that AWS gives. */
  tokenTtlSeconds?: number;
  /** Monotonic clock in milliseconds. */
  now?: () => number;
}

const ENDPOINT_IPV4 = "http://169.254.169.254";
const ENDPOINT_IPV6 = "http://[fd00:ec2::254]";
const DEFAULT_TIMEOUT_MS = 2_000;
/** Time for one answer, in milliseconds: the service is on this very machine's hypervisor. */
const ATTEMPT_MS = 700;
const MAX_ATTEMPTS = 3;
const BACKOFF_MS = 50;
/** A token is renewed when less than this part of its life is left. */
const RENEW_PART = 0.1;

/** Makes a client; nothing is sent before the first question. */
export function createImds(settings: ImdsSettings = {}): Imds {
  const client = new ImdsClient(settings);
  return {
    instanceId: ({ signal }) => client.value("meta-data/instance-id", signal),
    region: ({ signal }) => client.value("meta-data/placement/region", signal),
    availabilityZone: ({ signal }) => client.value("meta-data/placement/availability-zone", signal),
    role: ({ signal }) => client.role(signal),
  };
}

class ImdsClient {
  readonly #values = new Map<string, string>();
  /** Something has taken a connection at the endpoint since the question began. */
  #met = false;
  #token?: { value: string; renewAt: number };

  constructor(private readonly settings: ImdsSettings) {}

  async value(path: string, signal: AbortSignal): Promise<string> {
    const cached = this.#values.get(path);
    if (cached !== undefined) return cached;
    const value = await this.#fresh(path, signal);
    this.#values.set(path, value);
    return value;
  }

  async role(signal: AbortSignal): Promise<string | null> {
    try {
      return (await this.#fresh("meta-data/iam/security-credentials/", signal)).split("\n")[0]!.trim();
    } catch (error) {
      if (error instanceof Fault && error.cause instanceof ImdsStatus && error.cause.status === 404) return null;
      throw error;
    }
  }

  async #fresh(path: string, signal: AbortSignal): Promise<string> {
    const timeoutMs = this.settings.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const endpoint = this.#endpoint();
    this.#met = false;
    try {
      return await withDeadline(signal, timeoutMs, (within) => this.#ask(endpoint, path, within));
    } catch (error) {
      throw imdsFault(error, endpoint, path, this.#met);
    }
  }

  #endpoint(): string {
    if (this.settings.endpoint) return this.settings.endpoint.replace(/\/+$/, "");
    if (Deno.env.get("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true") {
      throw new Fault(FAULT_CODES.requestFailed, "the metadata service is switched off by AWS_EC2_METADATA_DISABLED", {
        uncertain: true,
        remedy: "unset AWS_EC2_METADATA_DISABLED",
      });
    }
    const endpoint = Deno.env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") || defaultEndpoint();
    return endpoint.replace(/\/+$/, "");
  }

  async #ask(endpoint: string, path: string, signal: AbortSignal): Promise<string> {
    for (let attempts = 1;; attempts++) {
      try {
        return await withDeadline(signal, ATTEMPT_MS, (within) => this.#get(endpoint, path, within));
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ImdsStatus) {
          // The token was for a service that has forgotten it: the instance was moved, or its time is over.
          if (error.status === 401) this.#token = undefined;
          else if (error.status < 500 && error.status !== 429) throw error;
        }
        if (attempts >= MAX_ATTEMPTS) throw error;
        await pause(error instanceof ImdsStatus && error.status === 401 ? 0 : BACKOFF_MS * attempts, signal);
      }
    }
  }

  async #get(endpoint: string, path: string, signal: AbortSignal): Promise<string> {
    const token = await this.#currentToken(endpoint, signal);
    const headers = { "X-aws-ec2-metadata-token": token };
    const met = () => void (this.#met = true);
    const value = (await askImds(endpoint, `/latest/${path}`, { method: "GET", headers, signal, met })).trim();
    if (value === "") throw new Error(`/latest/${path} is empty`);
    return value;
  }

  async #currentToken(endpoint: string, signal: AbortSignal): Promise<string> {
    const now = this.settings.now ?? (() => performance.now());
    if (this.#token && now() < this.#token.renewAt) return this.#token.value;
    const ttlSeconds = this.settings.tokenTtlSeconds ?? 21_600;
    // Counted from before the request, so that our idea of its life is never longer than the service's.
    const askedAt = now();
    const value = await askImds(endpoint, "/latest/api/token", {
      method: "PUT",
      headers: { "X-aws-ec2-metadata-token-ttl-seconds": String(ttlSeconds) },
      signal,
      met: () => void (this.#met = true),
    });
    this.#token = { value, renewAt: askedAt + ttlSeconds * 1_000 * (1 - RENEW_PART) };
    return value;
  }
}

/** As the SDK reads it, which asks the same service for credentials. */
function defaultEndpoint(): string {
  const mode = Deno.env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE") || "IPv4";
  if (mode === "IPv4") return ENDPOINT_IPV4;
  if (mode === "IPv6") return ENDPOINT_IPV6;
  throw new Fault(
    FAULT_CODES.requestFailed,
    `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is ${mode}, so the address of the metadata service is not known`,
    { uncertain: true, remedy: "set it to IPv4 or IPv6, in exactly this spelling" },
  );
}

function imdsFault(error: unknown, endpoint: string, path: string, met: boolean): Fault {
  if (error instanceof Fault) return error;
  const timedOut = error instanceof DeadlineExceeded || (error as { name?: string })?.name === "TimeoutError";
  const answered = error instanceof ImdsStatus;
  return new Fault(
    answered ? FAULT_CODES.requestFailed : FAULT_CODES.timeout,
    `the instance metadata service (${endpoint}) ${timedOut ? "did not answer" : "failed"} for ${path}: ` +
      `${error instanceof Error ? error.message : String(error)}`,
    {
      uncertain: true,
      cause: error,
      remedy: answered
        ? "see that this is an EC2 instance whose metadata service is enabled (IMDSv2)"
        : timedOut && met
        ? "it takes connections and its answers do not arrive: in a container they need a hop limit of 2 (aws ec2 " +
          "modify-instance-metadata-options --instance-id ID --http-put-response-hop-limit 2)"
        : "see that the metadata service of the instance is enabled and that nothing on this server filters its address",
    },
  );
}
