/**
 * HTTP to exactly the address that was named. `fetch` obeys `HTTP_PROXY`, and `node:http` does with
 * `NODE_USE_ENV_PROXY`: a proxy would read the token that goes to this server's own agent, ask the metadata service of
 * its own machine, and on this side of a partition answer for a device that is on the other. So every question that is
 * meant for one address is asked here; the house test finds those that are not.
 *
 * @module
 */
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import type { RequestOptions } from "node:http";
import { Agent as SecureAgent, request as httpsRequest } from "node:https";

/** What is asked with; `ca`, `cert` and `key` in PEM, for `https:`. */
export interface DirectOptions extends Pick<RequestOptions, "method" | "headers" | "signal"> {
  ca?: string;
  cert?: string;
  key?: string;
}

/**
 * Begins a request, as `request` of `node:http` does: whoever calls writes the body and ends it. It has a connection of
 * its own, which is not kept; redirects are answers.
 */
export function directRequest(
  url: string | URL,
  { ca, cert, key, ...options }: DirectOptions,
  onResponse: (response: IncomingMessage) => void,
): ClientRequest {
  // An environment without proxies, instead of the one of this process.
  const shared = { keepAlive: false, proxyEnv: {} };
  if (!String(url).startsWith("https:")) {
    return httpRequest(url, { ...options, agent: new Agent(shared) }, onResponse);
  }
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  // In both places: some versions of the runtime look for the certificate of the client only in the agent.
  return httpsRequest(url, { ...options, ...tls, agent: new SecureAgent({ ...shared, ...tls }) }, onResponse);
}
