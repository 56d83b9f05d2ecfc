import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("signal_listener.ts", import.meta.url));

/** Starts the listener after `before` in a shell, and sends it the signals; resolves with what it said. */
async function said(before: string, signals: readonly Deno.Signal[]): Promise<string> {
  const child = new Deno.Command("sh", {
    args: ["-c", `${before} exec "$0" run -A --no-check "$1"`, Deno.execPath(), SCRIPT],
    stdout: "piped",
    stderr: "null",
    env: { NO_COLOR: "1" },
  }).spawn();
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const part of child.stdout) {
      text += decoder.decode(part);
      if (!text.startsWith("ready\n") || text !== "ready\n") continue;
      for (const signal of signals) {
        child.kill(signal);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  })();
  await reading;
  await child.status;
  return text;
}

Deno.test({
  name: "signals: a hangup asks to stop, but not a process that was started to outlive its terminal",
  ignore: Deno.build.os === "windows",
  async fn() {
    assert.equal(await said("", ["SIGHUP"]), "ready\nasked by SIGHUP\n");
    if (Deno.build.os !== "linux") return;
    assert.equal(await said("trap '' HUP;", ["SIGHUP", "SIGTERM"]), "ready\nasked by SIGTERM\n");
  },
});
