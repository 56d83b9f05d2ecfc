import assert from "node:assert/strict";
import { silence } from "../../../core/cli/silent_agent.ts";

/** What is thrown when `url` is asked and nothing comes within `ms`. */
async function asked(url: string, ms: number, method: "GET" | "POST" = "GET"): Promise<string> {
  const thrown = await fetch(url, { method, signal: AbortSignal.timeout(ms) }).then(
    async (response) => assert.fail(`it answered: ${await response.text()}`),
    (error: unknown) => error,
  );
  return await silence(url, thrown, { waitedMs: ms, changes: method === "POST" });
}

Deno.test("silent agent: one that listens and does not answer is told from none", async () => {
  // As an agent that was stopped: the system still takes its connections.
  using frozen = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${frozen.addr.port}`;
  const said = await asked(url, 200);
  assert.match(said, /^something listens at http:\/\/127\.0\.0\.1:\d+ but did not answer within 0\.2 s/);
  assert.match(said, /kill -CONT/);
  assert.doesNotMatch(said, /is `baton run` running there|not known/);
  assert.match(await asked(url, 200, "POST"), /whether it was done is not known/);
});

Deno.test("silent agent: where nothing listens the question is whether it runs", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const said = await asked(`http://127.0.0.1:${port}`, 5_000);
  assert.match(said, /^no agent answers at .*; is `baton run` running there\?$/);
});

Deno.test("silent agent: a timeout where no connection is made either says nothing of somebody who listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const thrown = new DOMException("Signal timed out.", "TimeoutError");
  const said = await silence(`http://127.0.0.1:${port}`, thrown, { waitedMs: 5_000, changes: true });
  assert.match(said, /^no agent answers at /);
});
