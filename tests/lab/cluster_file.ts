import { join } from "node:path";
import type { Topology } from "../../sandbox/mod.ts";
import { type Kind, NAT } from "./kinds.ts";
import { appCommand, STATUS_PORT } from "./server.ts";
import { WITNESS_URL } from "./witness.ts";

/** The VIP of the lab. */
export const VIP = "10.1.0.20";
export const GROUP = "failover1";

const QUORUM: Readonly<Record<Kind, string>> = {
  three: "",
  "tie-breaker": `quorum:\n  nat: { type: ping, addresses: [${NAT.ip}] }\n`,
  witness: `quorum:\n  store: { type: etcd, endpoints: ["${WITNESS_URL}"] }\n`,
};

/** The `cluster.yaml` of one server: the service first, the VIP last. */
export function clusterFile(kind: Kind, topology: Topology, me: string, folder: string): string {
  const own = topology.servers.find(({ name }) => name === me)!;
  const [first, ...others] = topology.servers;
  const enis = others.map(({ name, eniId }) => `${name}: { eni: ${eniId} }`).join(", ");
  return `cluster: lab
key: ${join(folder, "..", "baton.key")}
state: ${join(folder, "state")}
status: ${own.privateIp}:${STATUS_PORT}
timing: fast
aws: { timeout: 2s }
servers:
${topology.servers.map(({ name, privateIp }) => `  ${name}: { interconnect: ${privateIp}:7710 }`).join("\n")}
${QUORUM[kind]}
groups:
  ${GROUP}:
    resources:
      app1:
        type: script
        start: ${JSON.stringify(appCommand("start", folder, me))}
        stop: ${JSON.stringify(appCommand("stop", folder, me))}
      awsvip1:
        type: aws-vip
        ip: ${VIP}
        vpc: vpc-1234abcd
        eni: ${first!.eniId}
        individually: { ${enis} }
        monitor: { interval: 2s, timeout: 2s }
`;
}
