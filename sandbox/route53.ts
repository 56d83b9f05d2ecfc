/**
 * Hosted zones of Route 53: ChangeResourceRecordSets, GetChange, ListResourceRecordSets, ListHostedZonesByName, in its
 * REST protocol with XML.
 *
 * @module
 */
import { Ec2Error } from "./ec2/errors.ts";
import { elements, type XmlElements } from "./ec2/xml.ts";
import { type Change, parseChanges } from "./route53_changes.ts";

/** A record of a zone. Names end with a dot. */
export interface ZoneRecord {
  name: string;
  type: string;
  ttl?: number;
  values: string[];
  /** A record with a routing policy. */
  setIdentifier?: string;
  /** An alias has no values and no TTL. */
  alias?: string;
}

/** A hosted zone. */
export interface HostedZone {
  /** Such as `Z0000000000000000001`. */
  id: string;
  /** Ends with a dot. */
  name: string;
  records: ZoneRecord[];
}

const NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/";
const PREFIX = "/2013-04-01";

/** The zones of a sandbox. Plain data, so that a test can look at it and change it. */
export class Zones {
  readonly #changes = new Map<string, number>();
  #count = 0;

  constructor(
    readonly zones: HostedZone[],
    /** Milliseconds until all name servers have a change, and the clock. */
    private readonly settings: { syncMs: number; now: () => number },
  ) {}

  /** The action that a request means, for faults and permissions; undefined when there is none. */
  static actionOf(method: string, path: string): string | undefined {
    if (/^\/2013-04-01\/hostedzone\/[^/]+\/rrset\/?$/.test(path)) {
      return method === "POST" ? "ChangeResourceRecordSets" : method === "GET" ? "ListResourceRecordSets" : undefined;
    }
    if (method !== "GET") return undefined;
    if (path === `${PREFIX}/hostedzonesbyname`) return "ListHostedZonesByName";
    return /^\/2013-04-01\/change\/[^/]+$/.test(path) ? "GetChange" : undefined;
  }

  /** The body of the answer; throws what Route 53 answers when it refuses. */
  run(action: string, url: URL, body: string): string {
    const id = url.pathname.split("/")[3] ?? "";
    switch (action) {
      case "ChangeResourceRecordSets":
        return document("ChangeResourceRecordSetsResponse", { ChangeInfo: this.#change(this.#zone(id), body) });
      case "ListResourceRecordSets":
        return this.#list(this.#zone(id), url.searchParams);
      case "GetChange":
        return document("GetChangeResponse", { ChangeInfo: this.#changeInfo(id) });
      default:
        return this.#byName(url.searchParams);
    }
  }

  #zone(id: string): HostedZone {
    const zone = this.zones.find((one) => one.id === id);
    if (!zone) throw new Ec2Error("NoSuchHostedZone", `No hosted zone found with ID: ${id}`, 404);
    return zone;
  }

  /** All changes of one batch, or none. */
  #change(zone: HostedZone, body: string): XmlElements {
    const records = structuredClone(zone.records);
    for (const change of parseChanges(body)) apply(records, zone, change);
    zone.records.splice(0, zone.records.length, ...records);
    const id = `C${String(++this.#count).padStart(13, "0")}`;
    this.#changes.set(id, this.settings.now());
    return this.#changeInfo(id);
  }

  #changeInfo(id: string): XmlElements {
    const at = this.#changes.get(id);
    if (at === undefined) throw new Ec2Error("NoSuchChange", `A change with the ID ${id} does not exist.`, 404);
    const synced = this.settings.now() - at >= this.settings.syncMs;
    return { Id: `/change/${id}`, Status: synced ? "INSYNC" : "PENDING", SubmittedAt: new Date(at).toISOString() };
  }

  #list(zone: HostedZone, params: URLSearchParams): string {
    const [name, type] = [params.get("name"), params.get("type") ?? ""];
    const max = Math.min(300, Number(params.get("maxitems") ?? 300));
    const from = name === null ? undefined : orderOf(absolute(name), type);
    const sorted = zone.records.toSorted((a, b) => orderOf(a.name, a.type) < orderOf(b.name, b.type) ? -1 : 1)
      .filter((record) => from === undefined || orderOf(record.name, record.type) >= from);
    const page = sorted.slice(0, max).map((record) => tagged("ResourceRecordSet", recordXml(record))).join("");
    const next = sorted[max];
    return document("ListResourceRecordSetsResponse", {
      IsTruncated: next !== undefined,
      MaxItems: max,
      NextRecordName: next?.name,
      NextRecordType: next?.type,
    }, tagged("ResourceRecordSets", page));
  }

  #byName(params: URLSearchParams): string {
    const from = params.get("dnsname");
    const reversed = (name: string) => name.split(".").reverse().join(".");
    const zones = this.zones.toSorted((a, b) => reversed(a.name) < reversed(b.name) ? -1 : 1)
      .filter((zone) => from === null || reversed(zone.name) >= reversed(absolute(from)));
    const page = zones.map((zone) =>
      tagged(
        "HostedZone",
        elements({
          Id: `/hostedzone/${zone.id}`,
          Name: zone.name,
          CallerReference: zone.id,
          Config: { PrivateZone: false },
          ResourceRecordSetCount: zone.records.length,
        }),
      )
    ).join("");
    return document(
      "ListHostedZonesByNameResponse",
      { IsTruncated: false, MaxItems: 100 },
      tagged("HostedZones", page),
    );
  }
}

/** An error in the form of REST services. */
export function restErrorXml(error: Ec2Error, requestId: string): string {
  const body = { Error: { Type: "Sender", Code: error.code, Message: error.message }, RequestId: requestId };
  return `<ErrorResponse xmlns="${NAMESPACE}">${elements(body)}</ErrorResponse>`;
}

function apply(records: ZoneRecord[], zone: HostedZone, { action, record }: Change): void {
  const named = `[name='${record.name}', type='${record.type}']`;
  if (record.name !== zone.name && !record.name.endsWith(`.${zone.name}`)) {
    throw invalid(`RRSet with DNS name ${record.name} is not permitted in zone ${zone.name}`);
  }
  const same = (one: ZoneRecord) =>
    one.name === record.name && one.type === record.type && one.setIdentifier === record.setIdentifier;
  const present = records.find(same);
  if (action === "CREATE" && present) {
    throw invalid(`Tried to create resource record set ${named} but it already exists`);
  }
  if (action === "DELETE") {
    if (!present) throw invalid(`Tried to delete resource record set ${named} but it was not found`);
    if (present.ttl !== record.ttl || present.values.join("\n") !== record.values.join("\n")) {
      throw invalid(
        `Tried to delete resource record set ${named} but the values provided do not match the current values`,
      );
    }
    records.splice(records.indexOf(present), 1);
    return;
  }
  const aside = records.find((one) => one.name === record.name && !same(one));
  if (aside && (record.type === "CNAME" || aside.type === "CNAME")) {
    throw invalid(
      `RRSet of type ${record.type} with DNS name ${record.name} is not permitted because a conflicting RRSet of type ` +
        `${aside.type} with the same DNS name already exists in zone ${zone.name}`,
    );
  }
  if (present) records.splice(records.indexOf(present), 1);
  records.push(record);
}

function recordXml(record: ZoneRecord): string {
  const values = record.values.map((Value) => tagged("ResourceRecord", elements({ Value }))).join("");
  return elements({ Name: record.name, Type: record.type, SetIdentifier: record.setIdentifier, TTL: record.ttl }) +
    (record.alias === undefined
      ? tagged("ResourceRecords", values)
      : elements({ AliasTarget: { HostedZoneId: "Z0ALIAS", DNSName: record.alias, EvaluateTargetHealth: false } }));
}

/** Route 53 sorts by the labels of the name from the right, then by type. */
function orderOf(name: string, type: string): string {
  return `${name.split(".").reverse().join("\0")}\0\0${type}`;
}

function document(name: string, body: XmlElements, more = ""): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${NAMESPACE}">${more}${elements(body)}</${name}>`;
}

function tagged(name: string, inner: string): string {
  return `<${name}>${inner}</${name}>`;
}

function absolute(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower : `${lower}.`;
}

function invalid(sentence: string): Ec2Error {
  return new Ec2Error("InvalidChangeBatch", `[${sentence}]`);
}
