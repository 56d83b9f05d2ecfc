import type { Context } from "hono";
import type { PreflightState } from "../agent/preflight_runner.ts";
import { authorized } from "./operator_token.ts";
import { refusal } from "./refusal.ts";

/**
 * `POST /preflight?all=true`: a preflight now, of this server or of all. It calls AWS and runs programs, so only an
 * operator may ask for one; the latest stands in the status.
 */
export function preflightRoute(
  preflight: (all: boolean) => Promise<PreflightState>,
  token: string,
): (context: Context) => Promise<Response> {
  return async (context) => {
    if (!authorized(context.req.header("Authorization"), token)) {
      context.header("WWW-Authenticate", "Bearer");
      return refusal(context, 401, "the operator's token is missing or wrong");
    }
    return context.json(await preflight(context.req.query("all") === "true"));
  };
}
