/**
 * What etcd's JSON gateway answers, as far as a witness needs it. Numbers of 64 bits are texts there, and what is false or
 * zero is left out.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import * as z from "zod/mini";

const revision = z.string().check(z.regex(/^[1-9]\d{0,18}$/));

/** Of `/v3/kv/range`. */
export const rangeAnswer = z.object({
  header: z.object({ revision }),
  kvs: z.optional(z.array(z.object({ key: z.string(), mod_revision: revision, value: z.optional(z.string()) }))),
});

/** Of `/v3/kv/txn`. */
export const txnAnswer = z.object({ header: z.object({ revision }), succeeded: z.optional(z.boolean()) });

/** Of `/v3/auth/authenticate`. */
export const tokenAnswer = z.object({ token: z.string().check(z.minLength(1), z.maxLength(16_384)) });

/** Of anything that was refused. Newer versions have only `message`, older ones only `error`. */
export const errorAnswer = z.object({
  error: z.optional(z.string()),
  message: z.optional(z.string()),
  code: z.optional(z.int()),
});

/** Text as etcd's JSON has it. */
export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString();
}
