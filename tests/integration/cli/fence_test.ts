import assert from "node:assert/strict";
import type { FenceTarget } from "../../../core/agent/fences.ts";
import { confirmStopped } from "../../../core/cli/confirm_stopped.ts";
import type { Status } from "../../../core/cli/agent_client.ts";
import { UsageError, WorkError } from "../../../core/cli/command.ts";
import { renderStatus } from "../../../core/cli/status_text.ts";
import { styleFor } from "../../../core/cli/style.ts";
import type { View } from "../../../core/cluster/view.ts";
import { createApp } from "../../../core/http/app.ts";
import { writeToken } from "../../../core/http/operator_token.ts";

const target = (name: string, ready: FenceTarget["ready"], message: string, stopping = false): FenceTarget => ({
  target: name,
  ready,
  code: null,
  message,
  checkedAt: null,
  stopping,
});

function statusOf(fence: Status["fence"], engine: View["fence"]): Status {
  return {
    version: "1.2.3",
    cluster: "c",
    server: "server1",
    configDigest: "0".repeat(64),
    startedAt: "2026-01-01T00:00:00.000Z",
    view: {
      me: "server1",
      leaving: false,
      votes: { held: ["server1"], total: 3, majority: 2, visible: [], quorum: true },
      tieBreaker: null,
      witness: null,
      disk: { lastMs: 3, waitingMs: null, slow: null },
      fence: engine,
      servers: [],
      groups: [],
      monitors: [],
    } as View,
    devices: [],
    fence,
    paths: [],
    checks: {},
    reasons: [],
  } as unknown as Status;
}

Deno.test("status: the fence shows whom it could stop, whom it stops, and who is off", () => {
  const targets = [
    target("server2", "normal", "i-2 is running and may be stopped"),
    target("server3", "error", "not allowed; allow it"),
    target("server4", "normal", "i-4 is running and may be stopped", true),
    target("server5", "normal", "i-5 is running and may be stopped"),
    target("server6", null, "not looked at yet"),
  ];
  const engine = { required: false, targets: [{ server: "server5", stopped: true, message: "i-5 is stopped" }] };
  const text = renderStatus(statusOf({ type: "aws-stop", wait: "auto", targets }, engine), styleFor(false));
  const lines = text.split("\n");
  const from = lines.indexOf("Fence aws-stop: it stops a silent server beside the takeover, which does not wait");
  assert.ok(from > 0, text);
  assert.deepEqual(lines.slice(from + 1, from + 6), [
    "  normal   server2          i-2 is running and may be stopped",
    "  error    server3          not allowed; allow it",
    "  stopping server4          i-4 is running and may be stopped",
    "  off      server5          i-5 is stopped",
    "  unknown  server6          not looked at yet",
  ]);
});

Deno.test("status: it says when a takeover waits, and nothing of a fence that is not there", () => {
  const fence = (wait: "auto" | "always") => ({ type: "script", wait, targets: [] });
  const waiting = /a takeover waits until it has confirmed/;
  const render = (wait: "auto" | "always", required: boolean) =>
    renderStatus(statusOf(fence(wait), { required, targets: [] }), styleFor(false));
  assert.match(render("auto", true), waiting);
  assert.match(render("always", false), waiting);
  assert.doesNotMatch(render("auto", false), waiting);
  assert.doesNotMatch(renderStatus(statusOf(null, null), styleFor(false)), /Fence/);
});

/** An agent's endpoint with its token and a cluster.yaml that names them. */
async function withAgent(answer: string | undefined, work: (config: string, asked: unknown[]) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "baton-confirm-" });
  const asked: unknown[] = [];
  const token = await writeToken(folder);
  const app = createApp(
    {
      view: () => statusOf(null, null),
      request: (request) => {
        asked.push(request);
        return answer;
      },
    },
    token,
    "1.2.3",
  );
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
  try {
    const config = `${folder}/cluster.yaml`;
    await Deno.writeTextFile(
      config,
      `cluster: c
state: ${JSON.stringify(folder)}
status: 127.0.0.1:${server.addr.port}
servers: { server1: { interconnect: 10.0.0.1 }, server2: { interconnect: 10.0.0.2 } }
groups: { g: { resources: { app: { type: script, start: [a], stop: [b] } } } }
`,
    );
    await work(config, asked);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("confirm-stopped: without --yes it says what it would mean, and asks nobody", () =>
  withAgent(undefined, async (config, asked) => {
    await assert.rejects(
      confirmStopped.run(["server2", "-c", config]),
      (error) =>
        error instanceof UsageError && /if server2 still runs.*two servers at once.*--yes/s.test(error.message),
    );
    await assert.rejects(confirmStopped.run(["--yes", "-c", config]), /needs SERVER/);
    assert.deepEqual(asked, []);
  }));

Deno.test("confirm-stopped: with --yes it reaches the agent, and a refusal is told", async () => {
  await withAgent(undefined, async (config, asked) => {
    assert.equal(await confirmStopped.run(["server2", "--yes", "-c", config]), 0);
    const [{ op, server, by }] = asked as [{ op: string; server: string; by: string }];
    assert.deepEqual([op, server], ["confirm-stopped", "server2"]);
    assert.ok(by.length > 0);
  });
  await withAgent("server2 is not off: it was heard 12 ms ago.", async (config) => {
    await assert.rejects(
      confirmStopped.run(["server2", "--yes", "-c", config]),
      (error) => error instanceof WorkError && /heard 12 ms ago/.test(error.message),
    );
  });
});
