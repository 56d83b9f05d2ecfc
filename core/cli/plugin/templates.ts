/**
 * What `baton plugin new` writes: for each kind a plugin that works as it is, and a test of it.
 *
 * @module
 */
import type { PluginKind } from "../../plugin/contract.ts";

/** The file with the types of the contract, beside the plugins; the templates name it as it is. */
export const TYPES_FILE = "baton-plugin.d.ts";

/** A plugin and its test, as text. */
export interface Template {
  plugin: string;
  test: string;
  /** How it is written in `cluster.yaml`. */
  yaml: string;
  /** Options with which `baton plugin test` runs it. */
  example: string;
}

/** The template of a kind for the type `name`. */
export function template(kind: PluginKind, name: string): Template {
  return { monitor, resource, quorum, fence }[kind](name);
}

/** The name of the first of a type: port443-1, as port4431 would read like another port. */
const first = (type: string) => /\d$/.test(type) ? `${type}-1` : `${type}1`;

const monitor = (name: string): Template => ({
  plugin: `/** Watches a port. In cluster.yaml: type: ${name} */
import type { MonitorPlugin } from "./baton-plugin.d.ts";

const plugin: MonitorPlugin<{ host: string; port: number; slowMs: number }> = {
  kind: "monitor",
  description: "Checks that a port accepts connections, and how quickly.",
  options: {
    host: { type: "string", default: "127.0.0.1", description: "host name or address" },
    port: { type: "integer", required: true, min: 1, max: 65_535, description: "TCP port" },
    slowMs: { type: "integer", default: 500, min: 1, description: "a longer connection is a warning, in ms" },
  },
  defaults: { intervalMs: 10_000, timeoutMs: 5_000, retries: 1, timing: "always" },

  async check({ options: { host, port, slowMs }, signal, tcp }) {
    let connectMs: number;
    try {
      connectMs = await tcp.connect(host, port, { signal });
    } catch (error) {
      // What is thrown is "unknown": the check was called off, or this server could not even try.
      if (signal.aborted || (error as { uncertain?: boolean }).uncertain) throw error;
      return { status: "error", code: 6, message: (error as Error).message };
    }
    const measurements = { connectMs };
    if (connectMs > slowMs) return { status: "warning", code: 6, message: \`\${host}:\${port} is slow\`, measurements };
    return { status: "normal", message: \`\${host}:\${port} listens\`, measurements };
  },
};

export default plugin;
`,
  test: `import assert from "node:assert/strict";
import { test } from "node:test";
import plugin from "./${name}.ts";

const connecting = (ms: number) => ({
  options: { host: "db", port: 5432, slowMs: 100 },
  signal: new AbortController().signal,
  tcp: { connect: () => Promise.resolve(ms) },
});

test("${name}: quick is normal, slow is a warning", async () => {
  // Only what the plugin uses of the context has to be there.
  assert.equal((await plugin.check(connecting(5) as never)).status, "normal");
  assert.equal((await plugin.check(connecting(500) as never)).status, "warning");
});
`,
  yaml: `monitors:\n  ${first(name)}: { type: ${name}, port: 443 }`,
  example: "--option port=443",
});

const resource = (name: string): Template => ({
  plugin: `/** Keeps a file there while the group is here. In cluster.yaml: type: ${name} */
import type { PluginContext, ResourcePlugin } from "./baton-plugin.d.ts";

const fileOf = ({ folder, name }: PluginContext<{ text: string }>) => \`\${folder}/\${name}.active\`;

const plugin: ResourcePlugin<{ text: string }> = {
  kind: "resource",
  description: "Keeps a file in its own folder while the group is on this server.",
  options: { text: { type: "string", default: "active", description: "what stands in the file" } },
  defaults: { activateTimeoutMs: 10_000, deactivateTimeoutMs: 10_000, activateRetries: 0 },

  // Twice has to be as good as once, also after a crash in the middle.
  async activate(context) {
    await context.files.write(fileOf(context), context.options.text);
  },
  async deactivate(context) {
    context.signal.throwIfAborted();
    await Deno.remove(fileOf(context)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  },
  // What takes it away when the agent is dead: commands, because nothing of this file runs then.
  guard: (context) => Promise.resolve([["rm", "-f", fileOf(context)]]),
};

export default plugin;
`,
  test: `import assert from "node:assert/strict";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import plugin from "./${name}.ts";

test("${name}: is there after activate and gone after deactivate, twice", async () => {
  const folder = await mkdtemp(join(tmpdir(), "${name}-"));
  // Only what the plugin uses of the context has to be there.
  const context = {
    name: "r1",
    folder,
    options: { text: "active" },
    signal: new AbortController().signal,
    files: { write: (path: string, text: string) => writeFile(path, text) },
  } as never;
  try {
    for (let round = 0; round < 2; round++) await plugin.activate(context);
    await access(join(folder, "r1.active"));
    for (let round = 0; round < 2; round++) await plugin.deactivate(context);
    await assert.rejects(access(join(folder, "r1.active")));
  } finally {
    await rm(folder, { recursive: true });
  }
});
`,
  yaml: `groups:\n  GROUP:\n    resources:\n      ${first(name)}: { type: ${name} }`,
  example: "",
});

const quorum = (name: string): Template => ({
  plugin: `/** A device that only one side of a partition reaches. In cluster.yaml, under quorum: type: ${name} */
import type { TieBreakerPlugin } from "./baton-plugin.d.ts";

const plugin: TieBreakerPlugin<{ url: string }> = {
  kind: "quorum",
  vote: "weak",
  description: "Asks a web server in the middle of the network whether this server is connected.",
  options: { url: { type: "string", required: true, description: "URL that every server can reach" } },
  defaults: { intervalMs: 1_000, timeoutMs: 500 },

  async probe({ options: { url }, http }) {
    const { status, answerMs } = await http.request(url, { method: "HEAD" });
    // A proxy that answers for a dead server says 5xx: then nobody knows whether this server is connected.
    if (status >= 500) return { status: "unknown", code: 5, message: \`\${url} answered \${status}\` };
    return { status: "normal", message: \`\${url} answered\`, measurements: { answerMs } };
  },
};

export default plugin;
`,
  test: `import assert from "node:assert/strict";
import { test } from "node:test";
import plugin from "./${name}.ts";

const answering = (status: number) => ({
  options: { url: "http://device/" },
  http: { request: () => Promise.resolve({ status, answerMs: 1 }) },
});

test("${name}: any answer of the device itself is one, a gateway's is none", async () => {
  // Only what the plugin uses of the context has to be there.
  assert.equal((await plugin.probe(answering(404) as never)).status, "normal");
  assert.equal((await plugin.probe(answering(502) as never)).status, "unknown");
});
`,
  yaml: `quorum:\n  device1: { type: ${name}, url: "http://10.0.0.1/" }`,
  example: "--option url=http://10.0.0.1/",
});

const fence = (name: string): Template => ({
  plugin: `/** Turns a server off by the API of a power switch. In cluster.yaml: fence: { type: ${name} } */
import type { FenceContext, FencePlugin } from "./baton-plugin.d.ts";

interface Options {
  url: string;
  outlet: string;
}

const outletOf = ({ options, targetOptions }: FenceContext<Options>) =>
  \`\${options.url}/outlets/\${targetOptions.outlet}\`;

const plugin: FencePlugin<Options> = {
  kind: "fence",
  description: "Turns a server off by the API of a power switch, and asks it until the server is off.",
  options: {
    url: { type: "string", required: true, description: "URL of the power switch" },
    outlet: { type: "string", required: true, distinct: true, description: "the outlet of each server" },
  },
  defaults: { intervalMs: 60_000, timeoutMs: 60_000 },

  async ready(context) {
    const { status } = await context.http.request(outletOf(context));
    if (status !== 200) return { status: "error", code: 5, message: \`the power switch answered \${status}\` };
    return { status: "normal", message: "the power switch knows the outlet" };
  },

  // Told to stop is not stopped: it resolves only when the switch says that the outlet is off.
  async stop(context) {
    const { http, signal, targetOptions } = context;
    const told = await http.request(outletOf(context), { method: "POST", body: "off" });
    if (told.status >= 300) throw new Error(\`the power switch answered \${told.status}\`);
    for (;;) {
      signal.throwIfAborted();
      const { status, text } = await http.request(outletOf(context));
      if (status === 200 && text.trim() === "off") return \`outlet \${targetOptions.outlet} is off\`;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  },
};

export default plugin;
`,
  test: `import assert from "node:assert/strict";
import { test } from "node:test";
import plugin from "./${name}.ts";

test("${name}: resolves only when the switch says that the outlet is off", async () => {
  const answers = ["on", "on", "off"];
  // Only what the plugin uses of the context has to be there.
  const context = {
    options: { url: "http://switch", outlet: "1" },
    targetOptions: { url: "http://switch", outlet: "2" },
    signal: new AbortController().signal,
    http: {
      request: (url: string, { method = "GET" } = {}) => {
        assert.equal(url, "http://switch/outlets/2");
        return Promise.resolve({ status: 200, text: method === "GET" ? answers.shift() : "" });
      },
    },
  } as never;
  assert.equal(await plugin.stop(context), "outlet 2 is off");
  assert.equal(answers.length, 0);
});
`,
  yaml:
    `fence:\n  type: ${name}\n  url: http://10.0.0.1\n  individually: { server1: { outlet: "1" }, server2: { outlet: "2" } }`,
  example: "--option url=http://10.0.0.1 --option outlet=2",
});
