import assert from "node:assert/strict";
import { join } from "node:path";
import type { AgentView } from "../../../core/agent/agent.ts";
import type { OperatorRequest } from "../../../core/cluster/events.ts";
import type { GroupStatus } from "../../../core/cluster/status.ts";
import { createApp } from "../../../core/http/app.ts";
import { authorized, tokenPath, writeToken } from "../../../core/http/operator_token.ts";

const TOKEN = "f".repeat(64);

function viewOf(more: { quorum?: boolean; leaving?: boolean; status?: GroupStatus } = {}): AgentView {
  const { quorum = true, leaving = false, status = "online" } = more;
  return {
    cluster: "c",
    server: "server1",
    configDigest: "0".repeat(64),
    startedAt: "2026-01-01T00:00:00.000Z",
    view: {
      me: "server1",
      leaving,
      votes: { held: ["server1"], total: 3, majority: 2, visible: ["server1", "server2"], quorum },
      tieBreaker: null,
      witness: null,
      disk: { lastMs: 3, waitingMs: null, slow: null },
      fence: null,
      servers: [],
      groups: [{
        name: "failover1",
        status,
        epoch: 4,
        carrier: status === "online" ? "server1" : "server2",
        known: true,
        lastKnown: null,
        byHand: false,
        startAfter: [],
        forMs: 0,
        permitLeftMs: null,
        why: "",
        waiting: null,
        register: { epoch: 4, holder: "server1", won: true, released: false },
        intent: { version: 0, run: true, by: "cluster.yaml" },
        resources: [],
        servers: [],
      }],
      monitors: [],
    },
    devices: [],
    fence: null,
    witness: null,
    paths: [],
    checks: {},
    modules: [],
    reasons: [],
  };
}

function endpoint(view: AgentView = viewOf(), refusal?: string) {
  const requests: OperatorRequest[] = [];
  const app = createApp(
    {
      view: () => view,
      request: (request) => {
        requests.push(request);
        return refusal;
      },
    },
    TOKEN,
    "1.2.3",
  );
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await app.request(path, init);
    assert.equal(response.headers.get("Cache-Control"), "no-store");
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text, headers: response.headers };
  };
  const post = (path: string, token: string | null = TOKEN, init: RequestInit = {}) =>
    call(path, { method: "POST", headers: token === null ? {} : { Authorization: `Bearer ${token}` }, ...init });
  return { app, requests, call, post };
}

Deno.test("/status is the whole view with the version", async () => {
  const { call } = endpoint();
  const { status, body } = await call("/status");
  assert.equal(status, 200);
  assert.deepEqual(body, { version: "1.2.3", ...JSON.parse(JSON.stringify(viewOf())) });
});

Deno.test("/ says what there is", async () => {
  const { status, body } = await endpoint().call("/");
  assert.equal(status, 200);
  assert.match(body, /GET \/status/);
});

Deno.test("/healthz is 200 with a majority in sight and 503 without one, or on the way out", async () => {
  const cases: [Parameters<typeof viewOf>[0], number][] = [
    [{}, 200],
    [{ quorum: false }, 503],
    [{ leaving: true }, 503],
    [{ status: "offline" }, 200],
  ];
  for (const [more, wanted] of cases) {
    const { status, body } = await endpoint(viewOf(more)).call("/healthz");
    assert.equal(status, wanted);
    assert.deepEqual([body.server, body.healthy, body.majority], ["server1", wanted === 200, 2]);
  }
  const full = await endpoint({ ...viewOf(), stateFolder: "nothing can be written there" }).call("/healthz");
  assert.deepEqual([full.status, full.body.healthy, full.body.stateFolder], [
    503,
    false,
    "nothing can be written there",
  ]);
});

Deno.test("a load balancer may ask with HEAD", async () => {
  const { app } = endpoint(viewOf({ quorum: false }));
  assert.equal((await app.request("/healthz", { method: "HEAD" })).status, 503);
  assert.equal((await app.request("/groups/failover1/active", { method: "HEAD" })).status, 200);
});

Deno.test("/groups/NAME/active is 200 only where the group is online", async () => {
  for (const status of ["online", "offline", "online-pending", "offline-pending", "online-failure"] as const) {
    const answer = await endpoint(viewOf({ status })).call("/groups/failover1/active");
    assert.equal(answer.status, status === "online" ? 200 : 503, status);
    assert.equal(answer.body.active, status === "online");
  }
  const missing = await endpoint().call("/groups/nothing/active");
  assert.deepEqual([missing.status, missing.body.error], [404, "there is no group nothing (explain 311)"]);
});

Deno.test("that a server is off reaches the agent with who says so, and only with the token", async () => {
  const { requests, post } = endpoint();
  assert.equal((await post("/servers/server2/confirm-stopped", null)).status, 401);
  assert.equal((await post("/servers/server2/confirm-stopped", "0".repeat(64))).status, 401);
  assert.deepEqual(requests, []);
  const { status, body } = await post("/servers/server%202/confirm-stopped?by=zoe");
  assert.deepEqual([status, body], [200, { accepted: true }]);
  assert.deepEqual(requests, [{ op: "confirm-stopped", server: "server 2", by: "zoe" }]);
  const refused = await endpoint(viewOf(), "it was heard").post("/servers/server2/confirm-stopped");
  assert.deepEqual([refused.status, refused.body], [409, { error: "it was heard (explain 313)" }]);
  assert.equal((await endpoint().call("/servers/server2/confirm-stopped")).status, 405);
});

Deno.test("operations reach the agent with who asked", async () => {
  const { requests, post } = endpoint();
  for (const path of ["start?by=zoe", "stop", "move?to=server2&by=zoe"]) {
    const { status, body } = await post(`/groups/failover1/${path}`);
    assert.deepEqual([status, body], [200, { accepted: true }]);
  }
  assert.deepEqual(requests, [
    { op: "start", group: "failover1", by: "zoe" },
    { op: "stop", group: "failover1", by: "operator" },
    { op: "move", group: "failover1", to: "server2", by: "zoe" },
  ]);
});

Deno.test("operations without the token are refused and do not reach the agent", async () => {
  const { requests, post, call } = endpoint();
  for (const token of [null, "", "x".repeat(64), TOKEN.slice(1), `${TOKEN}f`]) {
    const { status, headers } = await post("/groups/failover1/stop", token);
    assert.equal(status, 401);
    assert.equal(headers.get("WWW-Authenticate"), "Bearer");
  }
  assert.equal(
    (await call("/groups/failover1/stop", { method: "POST", headers: { Authorization: TOKEN } })).status,
    401,
  );
  assert.deepEqual(requests, []);
});

Deno.test("a refusal is 409 with its sentence", async () => {
  const { status, body } = await endpoint(viewOf(), "server2 can't carry it").post("/groups/failover1/move?to=server2");
  assert.deepEqual([status, body], [409, { error: "server2 can't carry it (explain 313)" }]);
});

Deno.test("a move without a target is 400 and does not reach the agent", async () => {
  const { requests, post } = endpoint();
  assert.equal((await post("/groups/failover1/move")).status, 400);
  assert.deepEqual(requests, []);
});

Deno.test("the name of who asked can't carry control characters, nor be long", async () => {
  const { requests, post } = endpoint();
  await post(`/groups/failover1/start?by=${encodeURIComponent("\x1b[2Jzoe\n\u202e")}`);
  await post(`/groups/failover1/start?by=${"x".repeat(500)}`);
  await post(`/groups/failover1/start?by=%0a`);
  assert.deepEqual(requests.map(({ by }) => by), ["[2Jzoe", "x".repeat(64), "operator"]);
});

Deno.test("what there is not is 404; another method of what there is is 405, names the right ones and changes nothing", async () => {
  const { requests, call, post } = endpoint();
  assert.deepEqual((await call("/nothing")).body, { error: "there is no /nothing (explain 311)" });
  assert.equal((await post("/groups/failover1/reboot")).status, 404);
  assert.equal((await post("/groups/failover1/startx")).status, 404);
  const wrong: [method: string, path: string, allowed: string][] = [
    ["GET", "/groups/failover1/start", "POST"],
    ["GET", "/groups/failover1/move?to=server2", "POST"],
    ["DELETE", "/monitors/tcpw1/fail", "POST"],
    ["POST", "/status", "GET, HEAD"],
    ["PUT", "/", "GET, HEAD"],
    ["OPTIONS", "/groups/failover1/active", "GET, HEAD"],
  ];
  for (const [method, path, allowed] of wrong) {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const answer = await call(path, { method, headers });
    assert.deepEqual([answer.status, answer.headers.get("Allow")], [405, allowed], `${method} ${path}`);
    assert.match(answer.body.error, /^\/\S+ takes .*, not [A-Z]+ \(explain 311\)$|^\/ takes /);
  }
  assert.deepEqual(requests, []);
});

Deno.test("a view that fails is an answer with 500", async () => {
  const app = createApp(
    {
      view: () => {
        throw new Error("oh no");
      },
      request: () => undefined,
    },
    TOKEN,
    "1",
  );
  const response = await app.request("/status");
  assert.deepEqual([response.status, await response.json()], [500, { error: "oh no (explain 99)" }]);
});

Deno.test("each run has a token of its own, which only its account can read", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const path = tokenPath(dir);
    assert.equal(path, join(dir, "operator.token"));
    const first = await writeToken(dir);
    // One that somebody made readable is replaced, not written into.
    if (Deno.build.os !== "windows") await Deno.chmod(path, 0o644);
    const second = await writeToken(dir);
    assert.notEqual(first, second);
    assert.match(second, /^[0-9a-f]{64}$/);
    assert.equal(await Deno.readTextFile(path), second);
    if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.equal(authorized(`Bearer ${second}`, second), true);
    for (const header of [undefined, "", second, `bearer ${second}`, `Bearer ${first}`, `Bearer ${second} `]) {
      assert.equal(authorized(header, second), false);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
