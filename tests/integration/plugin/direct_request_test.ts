import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { RecordingProxy } from "./proxied_env.ts";

Deno.test("no question that is meant for one address goes to a proxy, however the environment names one", async () => {
  const proxy = new RecordingProxy();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response('"yes"'));
  try {
    const script = fileURLToPath(new URL("direct_asker.ts", import.meta.url));
    const url = `http://127.0.0.1:${server.addr.port}`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, url, url.replace("http:", "https:")],
      env: { ...proxy.env, NO_COLOR: "1" },
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assert.deepEqual(proxy.heard, []);
    assert.deepEqual(
      lines.slice(0, -1),
      ['agent "yes"', 'plugin "yes"', "device true", 'etcd "yes"', 'metadata "yes"', "demo yes"],
      new TextDecoder().decode(stderr),
    );
    assert.match(lines.at(-1)!, /^securely failed: /);
  } finally {
    await server.shutdown();
    await proxy.close();
  }
});
