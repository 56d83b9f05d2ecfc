/**
 * Credentials of instance roles, as the metadata service hands them out: they end after a while, and EC2 knows it.
 *
 * @module
 */
import { authFailure, Ec2Error } from "./ec2/errors.ts";

/** Credentials of a role. */
export interface RoleCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  token: string;
  issuedAt: number;
  /** When they end, in milliseconds of the sandbox's clock. */
  expiresAt: number;
  /** Who they were issued to: a server, or the ARN of a role that one assumed. */
  holder: string;
}

/** Kept at most; the oldest are forgotten, and are then as unknown as made-up ones. */
const MAX_ISSUED = 1_000;

/** Issues credentials and checks who calls with them. */
export class CredentialIssuer {
  readonly #issued = new Map<string, RoleCredentials>();
  readonly #current = new Map<string, RoleCredentials>();
  #count = 0;

  constructor(private readonly settings: { lifeMs: number; now: () => number }) {}

  /** The credentials of a server's role; new ones when a tenth of their life or less is left. */
  current(server: string): RoleCredentials {
    const now = this.settings.now();
    const present = this.#current.get(server);
    if (present && present.expiresAt - now > this.settings.lifeMs / 10) return present;
    const serial = String(++this.#count).padStart(12, "0");
    const fresh: RoleCredentials = {
      accessKeyId: `ASIA${serial}SBOX`,
      secretAccessKey: crypto.randomUUID(),
      token: crypto.randomUUID(),
      issuedAt: now,
      expiresAt: now + this.settings.lifeMs,
      holder: server,
    };
    this.#current.set(server, fresh);
    this.#issued.set(fresh.accessKeyId, fresh);
    const oldest = this.#issued.keys().next().value;
    if (this.#issued.size > MAX_ISSUED && oldest !== undefined) this.#issued.delete(oldest);
    return fresh;
  }

  /**
   * Throws what EC2 answers to a request with these headers when it can't be let in. Keys that are not a role's are
   * taken for those of some user; signatures are not verified.
   */
  check(authorization: string | undefined, securityToken: string | undefined): void {
    const key = keyOf(authorization);
    if (!key) throw authFailure();
    if (!key.startsWith("ASIA")) return;
    const credentials = this.#issued.get(key);
    if (!credentials || credentials.token !== securityToken) throw authFailure();
    if (this.settings.now() >= credentials.expiresAt) throw new Ec2Error("RequestExpired", "Request has expired.");
  }

  /** Who called: the holder of the credentials, or undefined where they are not ours. */
  holderOf(authorization: string | undefined): string | undefined {
    return this.#issued.get(keyOf(authorization) ?? "")?.holder;
  }
}

function keyOf(authorization: string | undefined): string | undefined {
  return /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/[^,\s]+/.exec(authorization ?? "")?.[1];
}
