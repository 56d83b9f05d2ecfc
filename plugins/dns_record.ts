/**
 * A record of Route 53 as the options say it, and how two are compared.
 *
 * @module
 */
import { type DnsRecord, type DnsType, type FoundRecord, Route53Records } from "../core/aws/route53_client.ts";
import type { PluginContext } from "../core/plugin/contract.ts";
import { canonicalIp } from "../core/plugin/ip_address.ts";
import type { OptionSpecs } from "../core/plugin/options.ts";
import { Kept } from "./kept.ts";

/** Which record is to say what. */
export interface DnsRecordOptions {
  zone: string;
  name: string;
  record: DnsType;
  value: string;
  ttl: number;
  region?: string;
}

const HOST_NAME = /^(?=.{1,254}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?$/;

/** Their declaration. */
export const DNS_RECORD_OPTIONS: OptionSpecs = {
  zone: {
    type: "string",
    required: true,
    description: "id of the hosted zone, such as Z0123456789ABCDEFGHIJ",
    pattern: { test: /^Z[A-Z0-9]{1,31}$/, expected: "the id of a hosted zone, such as Z0123456789ABCDEFGHIJ" },
  },
  name: {
    type: "string",
    required: true,
    description: "full name of the record, such as db.example.com",
    pattern: { test: HOST_NAME, expected: "a full host name, such as db.example.com" },
  },
  record: { type: "string", oneOf: ["A", "AAAA", "CNAME"], default: "A", description: "type of the record" },
  value: {
    type: "string",
    required: true,
    description:
      "what the record says while the group is here: an address, or for a CNAME a name; each server has its own",
    distinct: true,
  },
  ttl: {
    type: "duration",
    default: "60s",
    min: 0,
    max: 172_800_000,
    description: "how long others may remember the record, in whole seconds",
  },
  region: {
    type: "string",
    description:
      "a region of the partition that the zone is in; left out: AWS_REGION, the shared AWS files, the region of " +
      "this instance",
    pattern: { test: /^[a-z0-9-]+$/, expected: "the name of a region, such as ap-northeast-1" },
  },
};

/** Problems that the declaration can't express. */
export function dnsRecordProblems({ record, value, ttl }: DnsRecordOptions): string[] {
  const ip = canonicalIp(value);
  const problems: string[] = [];
  if (record === "A" && (ip === undefined || ip.includes(":"))) {
    problems.push(`value is ${value}: an A record needs an IPv4 address`);
  }
  if (record === "AAAA" && !ip?.includes(":")) problems.push(`value is ${value}: an AAAA record needs an IPv6 address`);
  if (record === "CNAME" && (ip !== undefined || !HOST_NAME.test(value))) {
    problems.push(`value is ${value}: a CNAME record needs a host name`);
  }
  if (ttl % 1_000 !== 0) problems.push(`ttl is ${ttl} ms: write whole seconds`);
  return problems;
}

/** The record that the options ask for, in the spelling in which records are compared. */
export function wantedRecord({ name, record, value, ttl }: DnsRecordOptions): DnsRecord {
  return { name: absolute(name), type: record, ttlSeconds: ttl / 1_000, values: [canonical(record, value)] };
}

/** Whether a record says what it is to say; its TTL may be another. */
export function says(found: FoundRecord, wanted: DnsRecord): boolean {
  return found.policy === undefined && found.values.length === 1 &&
    canonical(found.type, found.values[0] ?? "") === wanted.values[0];
}

/** A value in the one spelling in which values are compared. */
export function canonical(type: DnsType, value: string): string {
  return type === "CNAME" ? absolute(value) : canonicalIp(value) ?? value;
}

const clients = new Kept<Route53Records>();

/** The records of the zone, by one client for each machine. */
export function recordsOf(
  { os, options, imds, way }: Pick<PluginContext<DnsRecordOptions>, "os" | "options" | "imds" | "way">,
) {
  const { zone, region } = options;
  const settings = { ...(region ? { region } : {}), ...(way === undefined ? {} : { way }), imds };
  return clients.of(os, { zone, region, way }, () => new Route53Records(zone, settings));
}

function absolute(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower : `${lower}.`;
}
