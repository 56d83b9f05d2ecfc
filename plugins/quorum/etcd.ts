/**
 * A witness in an etcd that others run: one key for each group, written in a transaction that compares its revision.
 *
 * @module
 */
import type { PluginContext, WitnessPlugin } from "../../core/plugin/contract.ts";
import { EtcdClient } from "../etcd_client.ts";
import { Kept } from "../kept.ts";
import { witnessPreflight } from "../witness_preflight.ts";

/** Options of `etcd`. */
export interface EtcdOptions {
  endpoints: string[];
  prefix: string;
  user?: string;
  passwordFile?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
}

const CLIENTS = new Kept<EtcdClient>();

const etcd: WitnessPlugin<EtcdOptions> = {
  kind: "quorum",
  description: "A witness in etcd 3.4 or later, on machines that are none of the servers: one sound vote.",
  vote: "sound",
  options: {
    endpoints: {
      type: "strings",
      required: true,
      description: "client URLs of the members of one etcd, such as https://etcd1:2379; the next when one is silent",
    },
    prefix: { type: "string", default: "/baton/", description: "what the keys begin with" },
    user: { type: "string", description: "user of etcd, where authentication is enabled" },
    passwordFile: { type: "path", description: "file with the password of user" },
    caFile: { type: "path", description: "file with the CA that has signed etcd's certificates, in PEM" },
    certFile: { type: "path", description: "file with a client certificate, in PEM; etcd still wants user for rights" },
    keyFile: { type: "path", description: "file with the key of certFile, in PEM" },
  },
  defaults: { intervalMs: 5_000, timeoutMs: 3_000 },

  validate(options) {
    const problems = options.endpoints.flatMap((endpoint) => {
      const problem = endpointProblem(endpoint);
      return problem === undefined ? [] : [problem];
    });
    const pairs = [["user", "passwordFile"], ["certFile", "keyFile"]] as const;
    for (const [one, other] of pairs) {
      if ((options[one] === undefined) === (options[other] === undefined)) continue;
      problems.push(`${one} and ${other} belong together: give both or neither`);
    }
    const plain = options.endpoints.find((endpoint) => endpoint.startsWith("http:"));
    if (plain !== undefined && (options.caFile ?? options.certFile) !== undefined) {
      problems.push(`caFile and certFile are of no use to ${plain}: write https`);
    }
    return problems;
  },

  async read(context, key) {
    return await clientOf(context).get(context.options.prefix + key, context.signal);
  },

  async write(context, key, expected, text) {
    const written = await clientOf(context).put(context.options.prefix + key, expected, text, context.signal);
    return written === "conflict" ? "conflict" : { version: written };
  },

  preflight: (context) => witnessPreflight(etcd, context),
};

export default etcd;

function endpointProblem(endpoint: string): string | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const whole = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" &&
    url.pathname === "/" && url.search === "" && url.hash === "";
  return whole
    ? undefined
    : `endpoints has '${endpoint}': write http://host:port or https://host:port, nothing behind it`;
}

function clientOf(context: PluginContext<EtcdOptions>): EtcdClient {
  const { prefix: _, ...settings } = context.options;
  return CLIENTS.of(
    context.os,
    settings,
    () => new EtcdClient({ ...settings, endpoints: settings.endpoints.map((endpoint) => endpoint.replace(/\/$/, "")) }),
  );
}
