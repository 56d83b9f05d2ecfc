/**
 * Records of one hosted zone of Route 53. Its control plane is one for all regions and slow (a change takes up to a
 * minute to reach all name servers), and an account may ask it five times a second: it is asked seldom.
 *
 * @module
 */
import type { ResourceRecordSet, Route53Client } from "@aws-sdk/client-route-53";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { AwsCall } from "./aws_fault.ts";
import { classify } from "./failure.ts";
import { guarded, requirePermit } from "./permit.ts";
import { withRetries } from "./retry.ts";
import { type LoadedStore, type StoreParts, StoreSdk, type StoreSettings } from "./store_sdk.ts";

/** The types of records that name a server. */
export type DnsType = "A" | "AAAA" | "CNAME";

/** A record as Route 53 has it. */
export interface DnsRecord {
  /** With a dot at its end. */
  name: string;
  type: DnsType;
  ttlSeconds: number;
  values: string[];
}

/** A record that was found; `policy` names what it has beside values, such as an alias or a weight. */
export type FoundRecord = DnsRecord & { policy?: string };

type Sdk = typeof import("./sdk_route53.ts");
type Loaded = LoadedStore<Sdk, Route53Client>;

/** Deadline of one call with all its attempts, in milliseconds. */
const CALL_MS = 10_000;

const PARTS: StoreParts<Sdk, Route53Client> = {
  service: { name: "Route 53", iam: "route53" },
  global: true,
  instead: "route53",
  load: () => import("./sdk_route53.ts"),
  create: (sdk, settings) => new sdk.Route53Client(settings),
};

/** The records of one zone. */
export class Route53Records {
  readonly #sdk: StoreSdk<Sdk, Route53Client>;

  constructor(private readonly zone: string, settings: StoreSettings) {
    this.#sdk = new StoreSdk(PARTS, settings);
  }

  prepare(signal: AbortSignal): Promise<void> {
    return this.#sdk.prepare(signal);
  }

  /** The record of that name and type; null when the zone has none. `name` ends with a dot. */
  async find(name: string, type: DnsType, signal: AbortSignal): Promise<FoundRecord | null> {
    const call = this.#named("ListResourceRecordSets", name, type);
    const input = { HostedZoneId: this.zone, StartRecordName: name, StartRecordType: type, MaxItems: 1 };
    const answer = await this.#run(
      call,
      signal,
      { budgetMs: CALL_MS, mutating: false },
      ({ sdk, client }, abortSignal) => client.send(new sdk.ListResourceRecordSetsCommand(input), { abortSignal }),
    );
    const found = answer.ResourceRecordSets?.[0];
    // The list begins with the first record that is not before what was asked for.
    if (found === undefined || found.Type !== type || found.Name?.toLowerCase() !== name) return null;
    return recordOf(found, type);
  }

  /**
   * Makes the record what it is to be, whatever it was. Like every change that could undo a successor's, it is sent only
   * while the permit lasts. Resolves with the id of the change, for `isInSync`.
   */
  async upsert(
    record: DnsRecord,
    { signal, permitRemainingMs }: { signal: AbortSignal; permitRemainingMs?: () => number },
  ): Promise<string> {
    const call = this.#named("ChangeResourceRecordSets", record.name, record.type);
    const guard = () => void requirePermit(call, permitRemainingMs);
    const budgetMs = Math.min(CALL_MS, requirePermit(call, permitRemainingMs));
    const answer = await this.#run(call, signal, { budgetMs, mutating: true }, ({ sdk, client }, abortSignal) => {
      guard();
      const command = new sdk.ChangeResourceRecordSetsCommand(change(this.zone, "UPSERT", record));
      return client.send(guarded(command, guard), { abortSignal });
    });
    const id = answer.ChangeInfo?.Id;
    if (!id) throw new Fault(FAULT_CODES.requestFailed, `${call.action} of ${call.subject} was answered without an id`);
    return id;
  }

  /**
   * Takes the record away if it still is exactly this one. Route 53 itself compares, so this can't hit what a successor
   * has made of it, and needs no permit. False: it was another one, or none.
   */
  async remove(record: DnsRecord, signal: AbortSignal): Promise<boolean> {
    const call = this.#named("ChangeResourceRecordSets", record.name, record.type);
    try {
      await this.#run(call, signal, { budgetMs: CALL_MS, mutating: false }, ({ sdk, client }, abortSignal) => {
        const command = new sdk.ChangeResourceRecordSetsCommand(change(this.zone, "DELETE", record));
        return client.send(command, { abortSignal });
      });
      return true;
    } catch (error) {
      if (error instanceof Fault && classify(error.cause).code === "InvalidChangeBatch") return false;
      throw error;
    }
  }

  /** Whether all name servers of the zone have the change. */
  async isInSync(changeId: string, signal: AbortSignal): Promise<boolean> {
    const call = { action: "GetChange", subject: changeId };
    const answer = await this.#run(
      call,
      signal,
      { budgetMs: CALL_MS, mutating: false },
      ({ sdk, client }, abortSignal) => client.send(new sdk.GetChangeCommand({ Id: changeId }), { abortSignal }),
    );
    return answer.ChangeInfo?.Status === "INSYNC";
  }

  #run<T>(
    call: AwsCall,
    signal: AbortSignal,
    plan: { budgetMs: number; mutating: boolean },
    send: (loaded: Loaded, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#sdk.call(
      call,
      signal,
      (loaded, within) => withRetries(plan, within, (abortSignal) => send(loaded, abortSignal)),
    );
  }

  #named(action: string, name: string, type: DnsType): AwsCall {
    return { action, subject: `${type} ${name} in ${this.zone}`, configured: `the zone ${this.zone}` };
  }
}

function change(zone: string, Action: "UPSERT" | "DELETE", record: DnsRecord) {
  const ResourceRecordSet = {
    Name: record.name,
    Type: record.type,
    TTL: record.ttlSeconds,
    ResourceRecords: record.values.map((Value) => ({ Value })),
  };
  return { HostedZoneId: zone, ChangeBatch: { Comment: "Baton", Changes: [{ Action, ResourceRecordSet }] } };
}

function recordOf(found: ResourceRecordSet, type: DnsType): FoundRecord {
  const policy = found.AliasTarget !== undefined
    ? "an alias"
    : found.SetIdentifier === undefined
    ? undefined
    : `a routing policy (${found.SetIdentifier})`;
  return {
    name: (found.Name ?? "").toLowerCase(),
    type,
    ttlSeconds: found.TTL ?? 0,
    values: (found.ResourceRecords ?? []).map(({ Value }) => Value ?? ""),
    ...(policy === undefined ? {} : { policy }),
  };
}
