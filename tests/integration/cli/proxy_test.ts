import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeToken } from "../../../core/http/operator_token.ts";
import { RecordingProxy } from "../plugin/proxied_env.ts";

Deno.test("the operator's token goes to the agent and to no proxy, however the environment names one", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  const proxy = new RecordingProxy();
  const asked: (string | null)[] = [];
  const agent = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(request.headers.get("Authorization"));
    return Response.json({ accepted: true });
  });
  try {
    const file = join(dir, "cluster.yaml");
    await Deno.writeTextFile(
      file,
      `cluster: c
state: state
status: 127.0.0.1:${agent.addr.port}
servers: { server1: { interconnect: "127.0.0.1:7710" } }
groups: { web: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }
`,
    );
    await Deno.mkdir(join(dir, "state"));
    const token = await writeToken(join(dir, "state"));
    const main = fileURLToPath(new URL("../../../main.ts", import.meta.url));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", main, "fail", "httpw1", "-c", file],
      // The runtime itself looks for a newer one by the proxy, now and then.
      env: { ...proxy.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    }).output();
    assert.deepEqual(proxy.heard, []);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.deepEqual(asked, [`Bearer ${token}`]);
  } finally {
    await agent.shutdown();
    await proxy.close();
    await Deno.remove(dir, { recursive: true });
  }
});
