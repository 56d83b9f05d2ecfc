/** Plugins with the shapes of real ones, so that these tests say nothing about the real ones' options. */
import assert from "node:assert/strict";
import type { Plugin, PluginKind } from "../../../core/plugin/contract.ts";
import type { OptionSpecs } from "../../../core/plugin/options.ts";
import type { PluginTable } from "../../../core/plugin/registry.ts";
import type { ClusterConfig } from "../../../core/config/config.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { ConfigError, type Problem, problemLine } from "../../../core/config/problem.ts";
import { meaningOf } from "../../../core/explain/codes.ts";
import { fromText } from "./from_text.ts";

const ENI = {
  type: "string",
  required: true,
  description: "network interface",
  pattern: { test: /^eni-/, expected: "an ENI id" },
} as const;

const VIP_OPTIONS: OptionSpecs = {
  ip: { type: "address", required: true, description: "the address" },
  vpc: { type: "string", required: true, description: "the VPC" },
  eni: ENI,
  settle: { type: "duration", default: "2s", description: "wait after the change" },
};

const plugins: Record<PluginKind, Record<string, Plugin>> = {
  resource: {
    "aws-vip": {
      kind: "resource",
      description: "a virtual IP address",
      address: true,
      options: VIP_OPTIONS,
      defaults: { activateTimeoutMs: 90_000 },
      validate: ({ ip, vpc }) => ip === "10.9.9.9" ? [`ip: ${ip} lies in ${vpc}; take one outside`] : [],
      companion: ({ ip, settle }) => ({ type: "aws-vip-monitor", options: { ip, settle } }),
      activate: () => Promise.resolve(),
      deactivate: () => Promise.resolve(),
    },
    script: {
      kind: "resource",
      description: "a program",
      options: {
        start: { type: "strings", required: true, description: "command that starts" },
        stop: { type: "strings", required: true, description: "command that stops" },
        cwd: { type: "path", description: "folder" },
      },
      activate: () => Promise.resolve(),
      deactivate: () => Promise.resolve(),
    },
    clash: {
      kind: "resource",
      description: "has an option with the name of a common key",
      options: { monitor: { type: "string", description: "no" } },
      activate: () => Promise.resolve(),
      deactivate: () => Promise.resolve(),
    },
    throwing: {
      kind: "resource",
      description: "throws",
      options: {},
      validate: () => {
        throw new TypeError("oh\nno");
      },
      activate: () => Promise.resolve(),
      deactivate: () => Promise.resolve(),
    },
  },
  fence: {},
  monitor: {
    "aws-vip-monitor": {
      kind: "monitor",
      description: "watches a virtual IP address",
      options: {
        ip: { type: "address", required: true, description: "the address" },
        settle: { type: "duration", default: "1s", description: "wait" },
        deep: { type: "boolean", default: false, description: "asks the API too" },
      },
      defaults: { intervalMs: 60_000, timing: "always" },
      check: () => Promise.resolve({ status: "normal", message: "" }),
    },
    "aws-az": {
      kind: "monitor",
      description: "watches a zone",
      options: { zone: { type: "string", required: true, description: "the zone" } },
      defaults: { intervalMs: 60_000, timeoutMs: 10_000, retries: 2 },
      check: () => Promise.resolve({ status: "normal", message: "" }),
    },
    ip: {
      kind: "monitor",
      description: "pings",
      options: { addresses: { type: "addresses", required: true, description: "whom" } },
      check: () => Promise.resolve({ status: "normal", message: "" }),
    },
  },
  quorum: {
    ping: {
      kind: "quorum",
      description: "pings",
      vote: "weak",
      options: { targets: { type: "addresses", required: true, description: "whom" } },
      probe: () => Promise.resolve({ status: "normal", message: "" }),
    },
    store: {
      kind: "quorum",
      description: "keeps a record",
      vote: "sound",
      options: { bucket: { type: "string", required: true, description: "where" } },
      defaults: { timeoutMs: 2_000 },
      read: () => Promise.resolve(null),
      write: () => Promise.resolve("conflict" as const),
    },
  },
};

/** The fakes as a table of built-in types. */
export const FAKE_TABLE = Object.fromEntries(
  Object.entries(plugins).map(([kind, types]) => [
    kind,
    Object.fromEntries(
      Object.entries(types).map(([type, plugin]) => [type, () => Promise.resolve({ default: plugin })]),
    ),
  ]),
) as PluginTable;

export const fakeLoader = pluginLoader({ builtIns: FAKE_TABLE, dropInDirs: [] });

/** Reads a text as `cluster.yaml` in `/etc/baton`. */
export function read(text: string, options: { server?: string } = {}): Promise<ClusterConfig> {
  return fromText(text, fakeLoader, options);
}

/** The line of a problem without the number it ends with. */
export function unnumbered(problem: Problem): string {
  const [, line, code] = /^(.+) \(explain (\d+)\)$/.exec(problemLine(problem)) ?? assert.fail(problemLine(problem));
  assert.ok(meaningOf(Number(code)), `${line} ends with ${code}, which nobody can look up`);
  return line!;
}

/** The problems of a text, one line each, without their numbers, of which each is one that `baton explain` knows. */
export async function problemsOf(text: string, options: { server?: string } = {}): Promise<string[]> {
  try {
    await read(text, options);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(unnumbered);
    throw error;
  }
}

/** The smallest sound file; each part can be replaced. */
export function yaml(
  parts: Partial<Record<"top" | "servers" | "quorum" | "groups" | "monitors", string>> = {},
): string {
  return [
    "cluster: c",
    parts.top ?? "",
    parts.servers ?? "servers: { server1: { interconnect: 10.0.0.1 }, server2: { interconnect: 10.0.0.2 } }",
    parts.quorum ?? "quorum: { nat: { type: ping, targets: [10.0.0.9] } }",
    parts.groups ?? "groups: { g: { resources: { app: { type: script, start: [a], stop: [b] } } } }",
    parts.monitors ?? "",
  ].join("\n");
}
