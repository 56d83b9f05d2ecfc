/**
 * A record of Amazon Route 53 that says where the group is. Slower than an address: name servers take up to a minute to
 * learn it, and whoever asked before remembers the former answer for its TTL.
 *
 * @module
 */
import type { DnsRecord, Route53Records } from "../../core/aws/route53_client.ts";
import type { ActivateContext, DeactivateContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { pause, withDeadline } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { doubtful, fine } from "../../core/plugin/finding.ts";
import { look } from "../aws_findings.ts";
import { persist } from "../persist.ts";
import { dnsPermissions } from "../dns_permissions.ts";
import {
  DNS_RECORD_OPTIONS,
  type DnsRecordOptions,
  dnsRecordProblems,
  recordsOf,
  says,
  wantedRecord,
} from "../dns_record.ts";

/** Options of `aws-dns`. */
export interface AwsDnsOptions extends DnsRecordOptions {
  /** In milliseconds. */
  sync: number;
  delete: boolean;
}

/** First and longest pause between two questions whether the change has reached all name servers, in milliseconds. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;
/** Bound of the questions; the time for them is over long before. */
const MAX_LOOKS = 1_000;
/** What Route 53 gets to answer a deactivation that is no operator's. In milliseconds. */
const QUICK_MS = 5_000;

const awsDns: ResourcePlugin<AwsDnsOptions> = {
  kind: "resource",
  description: "A record in a hosted zone of Route 53 that says what the active server's options say.",
  claims: [{ what: "DNS record", options: ["name", "zone", "record"], within: "cluster" }],
  options: {
    ...DNS_RECORD_OPTIONS,
    sync: {
      type: "duration",
      default: "60s",
      min: 0,
      max: 600_000,
      description:
        "how long the activation waits for all name servers of the zone to have the record; after that it goes " +
        "on and says so",
    },
    delete: {
      type: "boolean",
      default: false,
      description: "take the record away when the group is stopped, if it still is the one of this server",
    },
  },
  defaults: { activateTimeoutMs: 120_000, deactivateTimeoutMs: 30_000, activateRetries: 3 },

  validate: dnsRecordProblems,

  async prepare(context) {
    const { name, type } = wantedRecord(context.options);
    const records = recordsOf(context);
    await records.prepare(context.signal);
    // The zone is proved to exist long before a takeover needs it.
    refusePolicy(await records.find(name, type, context.signal), name);
  },

  preflight: (context) =>
    look(context.name, async () => {
      const wanted = wantedRecord(context.options);
      const found = await recordsOf(context).find(wanted.name, wanted.type, context.signal);
      refusePolicy(found, wanted.name);
      const own = [...context.everywhere.values()].map(wantedRecord);
      if (found === null || own.some((each) => says(found, each))) {
        const said = found === null ? "does not exist yet" : `is ${found.values.join(", ")}`;
        return [fine(context.name, `${wanted.type} ${wanted.name} ${said}`)];
      }
      return [doubtful(
        context.name,
        FAULT_CODES.foreign,
        `${wanted.type} ${wanted.name} is ${found.values.join(", ")}, which is of no server of this cluster`,
        "see whether something else uses the name; the next activation overwrites it",
      )];
    }),

  permissions: (options) => dnsPermissions(options.zone, true),

  async activate(context) {
    const { options, signal, log } = context;
    const wanted = wantedRecord(options);
    const records = recordsOf(context);
    // Each attempt looks first: a change whose answer was lost is not made twice.
    const changeId = await persist(`${wanted.type} ${wanted.name}`, context, async () => {
      const found = await records.find(wanted.name, wanted.type, signal);
      refusePolicy(found, wanted.name);
      if (found !== null && says(found, wanted) && found.ttlSeconds === wanted.ttlSeconds) {
        log.info(`${wanted.type} ${wanted.name} is ${wanted.values[0]} already`);
        return undefined;
      }
      const id = await records.upsert(wanted, context);
      log.info(
        `${wanted.type} ${wanted.name} is ${wanted.values[0]}, which was ${found?.values.join(", ") ?? "not there"}`,
      );
      return id;
    });
    if (changeId !== undefined) await awaitSync(context, records, changeId);
  },

  async deactivate(context) {
    const { options, signal, log, reason } = context;
    // The successor writes the record anyway; without one in between, whoever asks would remember that there is none.
    if (!options.delete || (reason !== "stop" && reason !== "sweep")) return;
    const wanted = wantedRecord(options);
    if (reason === "stop") {
      return await persist(`${wanted.type} ${wanted.name}`, context, () => takeAway(context, wanted, signal));
    }
    try {
      await withDeadline(signal, QUICK_MS, (both) => takeAway(context, wanted, both));
    } catch (error) {
      signal.throwIfAborted();
      const said = error instanceof Error ? error.message : String(error);
      log.warn(`${wanted.type} ${wanted.name} could not be taken away: ${said}`);
    }
  },

  /** Nothing: the record says where the group is, and the next carrier writes it. */
  guard: () => Promise.resolve([]),

  companion: ({ sync: _, delete: __, ...options }) => ({ type: "aws-dns", options }),
};

export default awsDns;

/** An alias or a set of weighted records is somebody's design; writing over it would be wrong, and might even work. */
function refusePolicy(found: { policy?: string } | null, name: string): void {
  if (found?.policy === undefined) return;
  throw new Fault(FAULT_CODES.requestFailed, `the record ${name} is ${found.policy}, which Baton does not write over`, {
    remedy: "choose another name, or make it a plain record",
  });
}

async function awaitSync(context: ActivateContext<AwsDnsOptions>, records: Route53Records, id: string): Promise<void> {
  const { options, signal, log } = context;
  if (options.sync === 0) return;
  try {
    await withDeadline(signal, options.sync, async (both) => {
      for (let look = 0; look < MAX_LOOKS; look++) {
        await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(look, 8)), both);
        try {
          if (await records.isInSync(id, both)) return log.info(`all name servers of ${options.zone} have the record`);
        } catch (error) {
          // The record is written; a question that is throttled or lost is no reason to give it up.
          if (both.aborted || !(error instanceof Fault && error.uncertain)) throw error;
        }
      }
    });
  } catch (error) {
    signal.throwIfAborted();
    const overdue = error instanceof Fault ? error.uncertain : true;
    if (!overdue) throw error;
    log.warn(`after ${options.sync} ms not all name servers of ${options.zone} were known to have the record`);
  }
}

/** Takes the record away if it is exactly ours: Route 53 compares once more, so a successor's is out of reach. */
async function takeAway(
  context: DeactivateContext<AwsDnsOptions>,
  wanted: DnsRecord,
  signal: AbortSignal,
): Promise<void> {
  const records = recordsOf(context);
  const found = await records.find(wanted.name, wanted.type, signal);
  if (found === null || !says(found, wanted)) {
    return context.log.info(`${wanted.type} ${wanted.name} is not ${wanted.values[0]}`);
  }
  // With the values and the TTL as they were found: it is the exact record that Route 53 wants to be told.
  const { policy: _, ...record } = found;
  const gone = await records.remove(record, signal);
  context.log.info(`${wanted.type} ${wanted.name} is ${gone ? "taken away" : "another one by now"}`);
}
