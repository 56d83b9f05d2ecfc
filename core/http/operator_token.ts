/**
 * Who may operate: whoever can read the token file, that is the account the agent runs under and root.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { join } from "node:path";

/** The token file in the state folder. */
export function tokenPath(stateDir: string): string {
  return join(stateDir, "operator.token");
}

/** Writes a new token for this run of the agent; readable by its account only. */
export async function writeToken(stateDir: string): Promise<string> {
  const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
  const path = tokenPath(stateDir);
  await Deno.remove(path).catch(() => {});
  await Deno.writeTextFile(path, token, { mode: 0o600, createNew: true });
  return token;
}

/** True when the `Authorization` header carries the token; takes the same time for every wrong one. */
export function authorized(header: string | undefined, token: string): boolean {
  const encoder = new TextEncoder();
  const given = encoder.encode(header ?? "");
  const wanted = encoder.encode(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
