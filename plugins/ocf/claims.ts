/**
 * What OCF agents claim. Their meta-data says of a parameter that it is unique, not what it names; of those that name
 * what other types name as well it is written here.
 *
 * @module
 */
import type { Claim } from "../../core/plugin/contract.ts";
import type { OcfAgent } from "./agent.ts";
import { parameterOf } from "./options.ts";

/** By agent. What awsvip assigns to an interface IPaddr2 puts on it, so the two are not the same claim. */
const KNOWN: Readonly<Record<string, readonly Claim[]>> = {
  "heartbeat:IPaddr": [{ what: "IP address", options: ["ip"], within: "cluster" }],
  "heartbeat:IPaddr2": [{ what: "IP address", options: ["ip"], within: "cluster" }],
  "heartbeat:IPv6addr": [{ what: "IP address", options: ["ipv6addr"], within: "cluster" }],
  "heartbeat:aws-vpc-move-ip": [{ what: "IP address", options: ["ip"], within: "cluster" }],
  "heartbeat:awsvip": [{ what: "secondary private IP", options: ["secondary_private_ip"], within: "cluster" }],
  "heartbeat:awseip": [{ what: "Elastic IP", options: ["allocation_id"], within: "cluster" }],
  "heartbeat:aws-vpc-route53": [{ what: "DNS record", options: ["fullname", "hostedzoneid"], within: "cluster" }],
  "heartbeat:Filesystem": [{ what: "mount point", options: ["directory"], within: "server" }],
};

/** The claims of an agent: those that are known, and each parameter that its meta-data calls unique. */
export function ocfClaims({ provider, name, metaData: { parameters } }: OcfAgent): Claim[] {
  const has = (option: string) => parameters.some((parameter) => parameter.name === option);
  const known = (KNOWN[`${provider}:${name}`] ?? []).filter(({ options }) => options.every(has));
  const told = parameters.filter((each) => each.unique && !known.some(({ options }) => options.includes(each.name)))
    .map((each) => ({ what: `${each.name} of ${name}`, options: [parameterOf(each.name)], within: "server" as const }));
  return [...known, ...told];
}
