import assert from "node:assert/strict";
import { Hono } from "hono";
import { type ApplyOutcome, ApplyRefused, type ApplyRequest } from "../../../core/agent/apply/coordinator.ts";
import { fileRoute } from "../../../core/http/file_route.ts";

const TOKEN = "t".repeat(64);
const OUTCOME: ApplyOutcome = { generation: 3, digest: "d", reach: "agent", order: ["a"], late: [], warnings: [] };

async function post(
  query: string,
  body: BodyInit,
  apply: (request: ApplyRequest) => Promise<ApplyOutcome>,
  authorization = `Bearer ${TOKEN}`,
): Promise<{ status: number; answer: { error?: string; outcome?: ApplyOutcome }; headers: Headers }> {
  const app = new Hono();
  app.post("/file", fileRoute(apply, TOKEN));
  const headers = { Authorization: authorization };
  app.onError((error, context) => context.json({ error: error.message }, 500));
  const response = await app.request(`/file?${query}`, { method: "POST", headers, body });
  return { status: response.status, answer: await response.json(), headers: response.headers };
}

const never = () => assert.fail("it was applied");

Deno.test("file route: the file and what was asked for reach the agent, and its outcome comes back", async () => {
  const requests: ApplyRequest[] = [];
  const { status, answer } = await post("without=b,c&restart=allow&by=ann%0A", "cluster: ü\n", (request) => {
    requests.push(request);
    return Promise.resolve(OUTCOME);
  });
  assert.deepEqual([status, answer.outcome], [200, OUTCOME]);
  assert.deepEqual(requests, [{ text: "cluster: ü\n", without: ["b", "c"], mayMove: true, by: "ann" }]);
});

Deno.test("file route: without the token, or no text, it is refused before anybody looks at it", async () => {
  const refused = await post("", "x", never, "Bearer wrong");
  assert.deepEqual([refused.status, refused.headers.get("WWW-Authenticate")], [401, "Bearer"]);
  assert.equal((await post("", Uint8Array.of(0xff, 0xfe), never)).status, 400);
});

Deno.test("file route: a refusal is an answer of its own", async () => {
  const { status, answer } = await post("", "x", () => Promise.reject(new ApplyRefused("server2: no")));
  assert.deepEqual([status, answer.error], [409, "server2: no (explain 313)"]);
  assert.equal((await post("", "x", () => Promise.reject(new Error("a bug")))).status, 500);
});
