/**
 * `POST /file`: a new `cluster.yaml`, to be applied to all servers.
 *
 * @module
 */
import type { Context } from "hono";
import type { ApplyOutcome, ApplyRequest } from "../agent/apply/coordinator.ts";
import { authorized } from "./operator_token.ts";
import { refusal } from "./refusal.ts";

/** Largest file, in bytes; the loader takes no larger one. */
const MAX_FILE_BYTES = 256 * 1024;

/** The handler of the route. */
export function fileRoute(
  apply: (request: ApplyRequest) => Promise<ApplyOutcome>,
  token: string,
): (context: Context) => Promise<Response> {
  return async (context) => {
    if (!authorized(context.req.header("Authorization"), token)) {
      await context.req.raw.body?.cancel();
      context.header("WWW-Authenticate", "Bearer");
      return refusal(context, 401, "the operator's token is missing or wrong");
    }
    const text = await readBody(context.req.raw);
    if (text === undefined) return refusal(context, 413, `larger than ${MAX_FILE_BYTES} bytes, or no UTF-8`);
    const by = context.req.query("by")?.replace(/[^ -~]/g, "").slice(0, 64) || "operator";
    const without = (context.req.query("without") ?? "").split(",").filter((name) => name !== "");
    const mayMove = context.req.query("restart") === "allow";
    try {
      return context.json({ accepted: true, outcome: await apply({ text, without, mayMove, by }) });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ApplyRefused") throw error;
      return refusal(context, 409, error.message);
    }
  };
}

/** The text of a body; undefined when it is too long or no text. */
async function readBody({ body }: Request): Promise<string | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > MAX_FILE_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(chunks).arrayBuffer());
  } catch {
    return undefined;
  }
}
