/**
 * `POST /file`: a new `cluster.yaml`, to be applied to all servers.
 *
 * @module
 */
import type { Context } from "hono";
import type { ApplyOutcome, ApplyRequest } from "../agent/apply/coordinator.ts";
import { authorized } from "./operator_token.ts";
import { refusal } from "./refusal.ts";

/** The handler of the route. */
export function fileRoute(
  apply: (request: ApplyRequest) => Promise<ApplyOutcome>,
  token: string,
): (context: Context) => Promise<Response> {
  return async (context) => {
    if (!authorized(context.req.header("Authorization"), token)) {
      context.header("WWW-Authenticate", "Bearer");
      return refusal(context, 401, "the operator's token is missing or wrong");
    }
    const text = textOf(await context.req.arrayBuffer());
    if (text === undefined) return refusal(context, 400, "the body is no UTF-8");
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

/** Undefined when the bytes are no text. */
function textOf(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
