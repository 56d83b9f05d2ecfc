/** What contexts offer to plugins, used by a drop-in in its host. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DropInAgent } from "./drop_in_agent.ts";

const COUNTER =
  `export default { kind: "monitor", description: "Counts.", options: { url: { type: "string", description: "u" } },
  async check({ options, state, files, folder, http, name }) {
    const count = (await state.get() ?? 0) + 1;
    await state.set(count);
    await files.write(folder + "/count.txt", String(count));
    const denied = await files.read("/etc/hostname").then(() => "read", (error) => error.message + "; " + error.remedy);
    const { status, text } = await http.request(options.url, { method: "POST", body: "ping" });
    return { status: "normal", message: [name, await files.read(folder + "/count.txt"), status, text].join(" "),
      measurements: { count, refused: denied.includes("allow: { read") ? 1 : 0 } };
  } };`;

Deno.test("helpers work in a host; what a drop-in keeps survives its process and its agent", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    return new Response(`pong to ${await request.text()}`, { status: 201 });
  });
  const stateDir = await Deno.makeTempDir({ prefix: "baton-state-" });
  try {
    const url = `http://127.0.0.1:${server.addr.port}/`;
    for (const round of [0, 1]) {
      await DropInAgent.with({ "counter.js": COUNTER }, async (agent) => {
        const plugin = await agent.load("counter", "monitor", { stateDir });
        for (const each of [1, 2]) {
          const count = 2 * round + each;
          assert.deepEqual(await agent.check(plugin, 10_000, { url }), {
            status: "normal",
            message: `monitor1 ${count} 201 pong to ping`,
            measurements: { count, refused: 1 },
          });
        }
      });
    }
    assert.equal(await Deno.readTextFile(join(stateDir, "monitors", "counter", "count.txt")), "4");
  } finally {
    await server.shutdown();
    await Deno.remove(stateDir, { recursive: true });
  }
});
