/**
 * An acknowledgement device that speaks HTTP: a web server, a load balancer, a regional endpoint of AWS.
 *
 * It is asked whether this server is cut off, not whether the web site is well, so "not found" and "forbidden" are
 * answers. From 500 on it is mostly a gateway that speaks for something it does not reach itself. A certificate that
 * can't be verified is no answer: somebody in between may have given it.
 *
 * @module
 */
import type { TieBreakerPlugin } from "../../core/plugin/contract.ts";
import { type Expectation, type HttpOptions, httpOptions, httpProbe, httpProblems } from "../http_probe.ts";

const ANSWER: Expectation = { text: "any status below 500", holds: (status) => status < 500 };

const http: TieBreakerPlugin<HttpOptions> = {
  kind: "quorum",
  description: "Asks a web server; any status below 500 is an answer. Uses no proxy.",
  vote: "weak",
  options: httpOptions("the device", { method: "HEAD", requestTimeout: "1s" }, ANSWER),
  defaults: { intervalMs: 5_000, timeoutMs: 3_000 },
  validate: httpProblems,
  probe: (context) => httpProbe(context, ANSWER),
};

export default http;
