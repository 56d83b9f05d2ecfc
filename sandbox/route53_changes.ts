/**
 * The batch of changes in the body of ChangeResourceRecordSets.
 *
 * @module
 */
import { isIP } from "node:net";
import { Ec2Error } from "./ec2/errors.ts";
import type { ZoneRecord } from "./route53.ts";

/** One change. */
export interface Change {
  action: "CREATE" | "DELETE" | "UPSERT";
  record: ZoneRecord;
}

const ACTIONS = ["CREATE", "DELETE", "UPSERT"] as const;
const TYPES = ["A", "AAAA", "CNAME", "TXT", "MX", "NS", "SOA"];

/** Reads the batch; throws what Route 53 answers to one that is wrong. */
export function parseChanges(body: string): Change[] {
  const changes = blocks(body, "Change").map((block) => {
    const action = ACTIONS.find((one) => one === text(block, "Action"));
    const [name, type] = [text(block, "Name"), text(block, "Type")];
    if (action === undefined || name === undefined || type === undefined || !TYPES.includes(type)) {
      throw new Ec2Error("InvalidInput", "Invalid XML ; the change batch does not have the expected form");
    }
    const values = blocks(block, "ResourceRecord").map((record) => text(record, "Value") ?? "");
    const ttl = text(block, "TTL");
    const [setIdentifier, alias] = [text(block, "SetIdentifier"), text(block, "DNSName")];
    if (alias === undefined && (values.length === 0 || ttl === undefined)) {
      throw new Ec2Error(
        "InvalidInput",
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]]",
      );
    }
    checkValues(type, values);
    const lower = name.toLowerCase();
    const record: ZoneRecord = {
      name: lower.endsWith(".") ? lower : `${lower}.`,
      type,
      values,
      ...(ttl === undefined ? {} : { ttl: Number(ttl) }),
      ...(setIdentifier === undefined ? {} : { setIdentifier }),
      ...(alias === undefined ? {} : { alias }),
    };
    return { action, record };
  });
  if (changes.length === 0) throw new Ec2Error("InvalidInput", "The change batch has no changes");
  return changes;
}

function checkValues(type: string, values: readonly string[]): void {
  const family = type === "A" ? 4 : type === "AAAA" ? 6 : undefined;
  for (const value of values) {
    if (family !== undefined && isIP(value) !== family) {
      throw new Ec2Error(
        "InvalidChangeBatch",
        `[Invalid Resource Record: FATAL problem: ARRDATAIllegalIPv${family}Address encountered with '${value}']`,
      );
    }
  }
}

/** What stands between the tags of that name, for each of them. They don't nest. */
function blocks(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map((match) => match[1]!);
}

function text(xml: string, name: string): string | undefined {
  const found = blocks(xml, name)[0];
  return found?.replace(/&(lt|gt|quot|apos|amp|#\d+);/g, (whole, entity: string) => {
    const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
    return named[entity] ?? (entity.startsWith("#") ? String.fromCodePoint(Number(entity.slice(1))) : whole);
  }).trim();
}
