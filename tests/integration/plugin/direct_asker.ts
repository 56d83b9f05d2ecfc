/** Asks the URL of its argument in each way that Baton has, and prints what came; run with proxies in its environment. */
import { askImds } from "../../../core/aws/imds_request.ts";
import { askAgent } from "../../../core/cli/agent_request.ts";
import { requestHttp } from "../../../core/plugin/http.ts";
import { postJson } from "../../../plugins/etcd_request.ts";
import { askHttp } from "../../../plugins/http_request.ts";
import { askDirectly } from "../../../sandbox/demo/ask_directly.ts";

const [url = "", secure = ""] = Deno.args;
const signal = AbortSignal.timeout(20_000);
const ways: Record<string, () => Promise<unknown>> = {
  agent: async () => (await askAgent(url, { method: "POST", body: "x", timeoutMs: 5_000 })).text,
  plugin: async () => (await requestHttp(url, {}, signal)).text,
  device: async () => (await askHttp({ url, method: "GET", contains: "yes" }, signal)).found,
  etcd: async () => (await postJson({ url, body: {}, tls: {} }, 5_000, signal)).text,
  metadata: () => askImds(url, "/", { method: "GET", headers: {}, signal }),
  demo: () => askDirectly(url, 5_000),
  // Nothing there speaks TLS: what counts is who was asked.
  securely: () => requestHttp(secure, {}, signal),
};
for (const [name, ask] of Object.entries(ways)) {
  const said = await ask().catch((error: Error) => `failed: ${error.message}`);
  console.log(`${name} ${String(said)}`);
}
