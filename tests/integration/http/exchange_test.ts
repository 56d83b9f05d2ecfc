import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exchange } from "../../../core/http/exchange.ts";

Deno.test("exchange: what fails is answered, whether its request had a body or not", async () => {
  const to = { answer: () => Promise.reject(new Error("a bug")), token: "t", names: new Set<string>() };
  const server = createServer((incoming, outgoing) => exchange(incoming, outgoing, to));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const signal = AbortSignal.timeout(20_000);
    for (const more of [{}, { method: "POST", body: "text" }]) {
      for (const authorization of ["Bearer t", "Bearer wrong"]) {
        const response = await fetch(url, { ...more, headers: { authorization, connection: "close" }, signal });
        assert.deepEqual([response.status, await response.json()], [500, { error: "a bug (explain 99)" }]);
      }
    }
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
