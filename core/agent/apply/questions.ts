/**
 * What servers ask each other about the file.
 *
 * @module
 */
import * as z from "zod/mini";
import { type Applied, appliedSchema } from "./config_store.ts";

/** The longest `cluster.yaml`, in characters. */
const MAX_TEXT = 256 * 1024;

const questionSchema = z.discriminatedUnion("do", [
  /** Check it, keep it, and change nothing yet. */
  z.object({ do: z.literal("prepare"), applied: appliedSchema, text: z.string().check(z.maxLength(MAX_TEXT)) }),
  /** It counts. */
  z.object({ do: z.literal("commit"), applied: appliedSchema }),
  /** Forget it. */
  z.object({ do: z.literal("abort"), digest: z.string().check(z.maxLength(64)) }),
  /** "Which file do you have?" */
  z.object({ do: z.literal("fetch") }),
]);

/** A question about the file. */
export type FileQuestion = z.infer<typeof questionSchema>;

/** The answer to `fetch`. */
export interface FetchedFile {
  applied: Applied;
  text: string;
}

const fetchedSchema: z.ZodMiniType<FetchedFile> = z.object({
  applied: appliedSchema,
  text: z.string().check(z.maxLength(MAX_TEXT)),
});

/** Reads a question; throws when it is none. */
export function readQuestion(value: unknown): FileQuestion {
  const parsed = questionSchema.safeParse(value);
  if (!parsed.success) throw new Error("that is no question of this version of Baton");
  return parsed.data;
}

/** Reads the answer to `fetch`; throws when it is none. */
export function readFetched(value: unknown): FetchedFile {
  const parsed = fetchedSchema.safeParse(value);
  if (!parsed.success) throw new Error("that is no file of this version of Baton");
  return parsed.data;
}
