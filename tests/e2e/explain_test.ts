import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

async function baton(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", MAIN, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { status: code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test({
  name: "an agent that misses a program of the system says so with a number, which explain takes",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
    try {
      const path = join(dir, "cluster.yaml");
      await Deno.writeTextFile(
        path,
        `cluster: c\nstate: state\nservers: { server1: { interconnect: "127.0.0.1:7710" } }
groups: { g: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }\n`,
      );
      // The network interfaces are asked for before anything is bound or begun.
      const { status, err } = await baton(["run", "-c", path], { PATH: "/nonexistent-folder", BATON_SANDBOX: "" });
      assert.equal(status, 1);
      const [, code] =
        /^error: the program ip does not exist on this server; install it.* \(explain (\d+)\)$/m.exec(err) ?? [];
      assert.equal(code, "99", err);
      const { out } = await baton(["explain", code!]);
      assert.match(out, /A program is missing, or its folder is not in PATH/);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
