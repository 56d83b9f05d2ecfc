/**
 * The built-in types. Each is loaded on first use, so that a cluster pays only for what it has. The specifiers are
 * literals, because that is what the compiler looks for when it packs the executable.
 *
 * @module
 */
import type { Os } from "../core/os/os.ts";
import type { PluginFamily, PluginTable } from "../core/plugin/registry.ts";

/** The built-in types by kind and name. */
export const builtIns: PluginTable = {
  resource: {
    "aws-dns": () => import("./resources/aws-dns.ts"),
    "aws-eip": () => import("./resources/aws-eip.ts"),
    "aws-secondary-ip": () => import("./resources/aws-secondary-ip.ts"),
    "aws-vip": () => import("./resources/aws-vip.ts"),
    "exec": () => import("./resources/exec.ts"),
    "floating-ip": () => import("./resources/floating-ip.ts"),
    "script": () => import("./resources/script.ts"),
    "service": () => import("./resources/service.ts"),
  },
  monitor: {
    "aws-az": () => import("./monitors/aws-az.ts"),
    "aws-dns": () => import("./monitors/aws-dns.ts"),
    "aws-eip": () => import("./monitors/aws-eip.ts"),
    "aws-secondary-ip": () => import("./monitors/aws-secondary-ip.ts"),
    "aws-vip": () => import("./monitors/aws-vip.ts"),
    "exec": () => import("./monitors/exec.ts"),
    "floating-ip": () => import("./monitors/floating-ip.ts"),
    "http": () => import("./monitors/http.ts"),
    "ip": () => import("./monitors/ip.ts"),
    "script": () => import("./monitors/script.ts"),
    "tcp": () => import("./monitors/tcp.ts"),
  },
  quorum: {
    "dynamodb": () => import("./quorum/dynamodb.ts"),
    "etcd": () => import("./quorum/etcd.ts"),
    "http": () => import("./quorum/http.ts"),
    "ping": () => import("./quorum/ping.ts"),
    "s3": () => import("./quorum/s3.ts"),
    "tcp": () => import("./quorum/tcp.ts"),
  },
  fence: {
    "aws-stop": () => import("./fence/aws-stop.ts"),
    "script": () => import("./fence/script.ts"),
  },
};

/** The types that are found by a prefix, on the machine `os`. */
export function families(os: Pick<Os, "exec">): Readonly<Record<string, PluginFamily>> {
  let ocf: Promise<PluginFamily> | undefined;
  const load = async () => (await import("./ocf/family.ts")).ocfFamily(os);
  return { ocf: async (type, kind) => await (await (ocf ??= load()))(type, kind) };
}
