/**
 * The status endpoint: the cluster as this server sees it, for people with curl, load balancers and the command line.
 *
 * @module
 */
import { type Context, type Handler, Hono } from "hono";
import type { AgentView } from "../agent/agent.ts";
import type { ApplyOutcome, ApplyRequest } from "../agent/apply/coordinator.ts";
import type { PreflightState } from "../agent/preflight_runner.ts";
import type { OperatorRequest } from "../cluster/events.ts";
import { plainValue } from "../plugin/plain_text.ts";
import { fileRoute } from "./file_route.ts";
import { metrics, METRICS_TYPE } from "./metrics.ts";
import { authorized } from "./operator_token.ts";
import { preflightRoute } from "./preflight_route.ts";
import { refusal } from "./refusal.ts";

/** The agent as the endpoint needs it. */
export interface StatusSource {
  view(): AgentView;
  request(request: OperatorRequest): string | undefined;
  /** Applies a file to all servers; rejects with the refusal, a sentence. Left out: it can't. */
  apply?(request: ApplyRequest): Promise<ApplyOutcome>;
  /** Looks whether this server, or all, could take their groups. Left out: it can't. */
  preflight?(all: boolean): Promise<PreflightState>;
}

/** Makes the endpoint. Operations need the operator's token; reading does not. */
export function createApp(agent: StatusSource, token: string, version: string): Hono {
  const app = new Hono();
  const allowed = new Map<string, string[]>();
  /** A handler of one method of a path; for others the answer is which there are. */
  const route = (method: "GET" | "POST", path: string, handler: Handler) => {
    app.on(method, path, handler);
    allowed.set(path, [...allowed.get(path) ?? [], ...method === "GET" ? ["GET", "HEAD"] : [method]]);
  };
  app.use(async (context, next) => {
    await next();
    context.header("Cache-Control", "no-store");
  });
  route(
    "GET",
    "/",
    (context) =>
      context.text(
        "GET /status, GET /metrics, GET /healthz, GET /groups/NAME/active\nPOST /groups/NAME/start, /stop, /move?to=SERVER\n" +
          "POST /servers/NAME/confirm-stopped\nPOST /monitors/NAME/fail, /clear\nPOST /file?without=SERVER,SERVER&restart=allow\nPOST /preflight?all=true\n",
      ),
  );
  route("GET", "/status", (context) => context.json(plainValue({ version, ...agent.view() })));
  route(
    "GET",
    "/metrics",
    (context) => context.text(metrics(agent.view(), version), 200, { "Content-Type": METRICS_TYPE }),
  );
  route("GET", "/healthz", (context) => {
    const { view, server, stateFolder = null } = agent.view();
    const healthy = view.votes.quorum && !view.leaving && stateFolder === null;
    const { visible, majority } = view.votes;
    return context.json(
      { server, healthy, votes: visible.length, majority, leaving: view.leaving, stateFolder },
      healthy ? 200 : 503,
    );
  });
  route("GET", "/groups/:name/active", (context) => {
    const { view, server } = agent.view();
    const group = view.groups.find(({ name }) => name === context.req.param("name"));
    if (!group) return refusal(context, 404, `there is no group ${context.req.param("name")}`);
    const active = group.status === "online";
    return context.json({ group: group.name, server, active, carrier: group.carrier }, active ? 200 : 503);
  });
  /** Hands an operation to the agent, if whoever asks for it may. */
  const operate = (context: Context, request: (by: string) => OperatorRequest | string) => {
    if (!authorized(context.req.header("Authorization"), token)) {
      context.header("WWW-Authenticate", "Bearer");
      return refusal(context, 401, "the operator's token is missing or wrong");
    }
    // It ends up in journals and on terminals.
    const asked = request(context.req.query("by")?.replace(/[^ -~]/g, "").slice(0, 64) || "operator");
    if (typeof asked === "string") return refusal(context, 400, asked);
    const refused = agent.request(asked);
    return refused === undefined ? context.json({ accepted: true }) : refusal(context, 409, refused);
  };
  for (const op of ["start", "stop"] as const) {
    route("POST", `/groups/:name/${op}`, (context) => {
      const { name: group = "" } = context.req.param();
      return operate(context, (by) => ({ op, group, by }));
    });
  }
  route("POST", "/groups/:name/move", (context) => {
    const { name: group = "" } = context.req.param();
    const to = context.req.query("to");
    return operate(context, (by) => to === undefined ? "move needs ?to=SERVER" : { op: "move", group, to, by });
  });
  for (const op of ["fail", "clear"] as const) {
    route("POST", `/monitors/:name/${op}`, (context) => {
      const { name: monitor = "" } = context.req.param();
      return operate(context, (by) => ({ op: "fail-monitor", monitor, clear: op === "clear", by }));
    });
  }
  route("POST", "/servers/:name/confirm-stopped", (context) => {
    const { name: server = "" } = context.req.param();
    return operate(context, (by) => ({ op: "confirm-stopped", server, by }));
  });
  if (agent.apply) route("POST", "/file", fileRoute((request) => agent.apply!(request), token));
  if (agent.preflight) route("POST", "/preflight", preflightRoute((all) => agent.preflight!(all), token));
  for (const [path, methods] of allowed) {
    app.all(path, (context) => {
      context.header("Allow", methods.join(", "));
      return refusal(context, 405, `${context.req.path} takes ${methods.join(" and ")}, not ${context.req.method}`);
    });
  }
  app.notFound((context) => refusal(context, 404, `there is no ${context.req.path}`));
  app.onError((thrown, context) => refusal(context, 500, thrown.message));
  return app;
}
