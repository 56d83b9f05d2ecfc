/**
 * Watches a web server: its status, and a text in what it answers.
 *
 * @module
 */
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { type Expectation, type HttpOptions, httpOptions, httpProbe, httpProblems } from "../http_probe.ts";

const WELL: Expectation = { text: "200 to 399", holds: (status) => status >= 200 && status < 400 };

const http: MonitorPlugin<HttpOptions> = {
  kind: "monitor",
  description: "Asks a web server; an error when it refuses, is silent or answers something else. Uses no proxy.",
  options: {
    ...httpOptions("the web server", { method: "GET", requestTimeout: "5s" }, WELL),
    contains: { type: "string", description: "text that must be in the first 64 KiB of the answer" },
  },
  defaults: { intervalMs: 30_000, timeoutMs: 30_000, retries: 1, startDelayMs: 0, timing: "always" },
  validate: httpProblems,
  check: (context) => httpProbe(context, WELL),
};

export default http;
