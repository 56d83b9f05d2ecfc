/**
 * Watches a record of Route 53: in its zone, and optionally as a name server answers it.
 *
 * @module
 */
import type { DnsRecord, FoundRecord } from "../../core/aws/route53_client.ts";
import type { MonitorPlugin, PluginContext } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { fine } from "../../core/plugin/finding.ts";
import type { Endpoint } from "../../core/plugin/options.ts";
import { normal, type Verdict } from "../../core/plugin/verdict.ts";
import { look } from "../aws_findings.ts";
import { dnsPermissions } from "../dns_permissions.ts";
import {
  canonical,
  DNS_RECORD_OPTIONS,
  type DnsRecordOptions,
  dnsRecordProblems,
  recordsOf,
  says,
  wantedRecord,
} from "../dns_record.ts";

/** Options of `aws-dns`. */
export interface AwsDnsMonitorOptions extends DnsRecordOptions {
  resolve: boolean;
  nameServer?: Endpoint;
}

const awsDns: MonitorPlugin<AwsDnsMonitorOptions> = {
  kind: "monitor",
  description:
    "Checks that the record in the hosted zone says what this server's options say, and optionally that it resolves.",
  options: {
    ...DNS_RECORD_OPTIONS,
    resolve: {
      type: "boolean",
      default: false,
      description: "also ask a name server for the record; another answer is a warning, as it may be one from before",
    },
    nameServer: {
      type: "endpoint",
      description: "the name server to ask, such as 10.0.0.2:53; left out: the one of this server's system",
    },
  },
  // An account may ask Route 53 five times a second, with everything that it has in it: no more often than this.
  defaults: { intervalMs: 30_000, timeoutMs: 30_000, retries: 1, startDelayMs: 0, timing: "active" },

  validate: dnsRecordProblems,

  preflight: (context) =>
    look(context.name, async () => {
      const { name, type } = wantedRecord(context.options);
      const found = await recordsOf(context).find(name, type, context.signal);
      return [fine(context.name, `${type} ${name} ${found === null ? "does not exist yet" : `is ${found.values}`}`)];
    }),

  permissions: ({ zone }) => dnsPermissions(zone, false),

  async check(context) {
    const { options, signal } = context;
    const wanted = wantedRecord(options);
    let found: FoundRecord | null;
    try {
      found = await recordsOf(context).find(wanted.name, wanted.type, signal);
    } catch (error) {
      signal.throwIfAborted();
      return unknownVerdict(error);
    }
    const zone = zoneVerdict(found, wanted, options.zone);
    return zone.status === "normal" && options.resolve ? await resolved(context, wanted) : zone;
  },
};

export default awsDns;

function zoneVerdict(found: FoundRecord | null, wanted: DnsRecord, zone: string): Verdict {
  const record = `${wanted.type} ${wanted.name}`;
  if (found === null || !says(found, wanted)) {
    const seen = found === null ? "is missing" : `is ${found.policy ?? found.values.join(", ")}`;
    return {
      status: "error",
      code: FAULT_CODES.recordChanged,
      message: `${record} in ${zone} ${seen} instead of ${wanted.values[0]}; check whether another cluster uses it`,
    };
  }
  if (found.ttlSeconds !== wanted.ttlSeconds) {
    return {
      status: "warning",
      code: FAULT_CODES.recordChanged,
      message: `${record} in ${zone} has a TTL of ${found.ttlSeconds} s instead of ${wanted.ttlSeconds} s`,
    };
  }
  return normal(`${record} in ${zone} is ${wanted.values[0]}`);
}

async function resolved(context: PluginContext<AwsDnsMonitorOptions>, wanted: DnsRecord): Promise<Verdict> {
  const { options: { nameServer }, signal } = context;
  const asked = nameServer === undefined ? "this server's resolver" : `${nameServer.host}:${nameServer.port}`;
  const different = (message: string): Verdict => ({ status: "warning", code: FAULT_CODES.recordChanged, message });
  try {
    const settings = nameServer === undefined ? {} : { nameServer: { ipAddr: nameServer.host, port: nameServer.port } };
    const answers = await Deno.resolveDns(wanted.name, wanted.type, { ...settings, signal });
    if (answers.some((answer) => canonical(wanted.type, answer) === wanted.values[0])) {
      return normal(`${wanted.type} ${wanted.name} is ${wanted.values[0]}, in the zone and at ${asked}`);
    }
    return different(
      `${asked} answers ${answers.join(", ") || "nothing"} for ${wanted.type} ${wanted.name} instead of ${
        wanted.values[0]
      }`,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Deno.errors.NotFound) return different(`${asked} knows no ${wanted.type} ${wanted.name}`);
    return unknownVerdict(error);
  }
}
