import { Fault, FAULT_CODES } from "./fault.ts";
import type { DnsRecordType } from "./helpers.ts";

/** Asks the name service. When `signal` aborts for another reason than a deadline, its reason is thrown. */
export async function resolveDns(
  name: string,
  type: DnsRecordType,
  server: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  signal.throwIfAborted();
  const [ipAddr = "", port = "53"] = server === undefined ? [] : splitPort(server);
  const options = { signal, ...(server === undefined ? {} : { nameServer: { ipAddr, port: Number(port) } }) };
  try {
    // The types of the runtime differ by record; what is common to them is that each record can be written as text.
    const records = await Deno.resolveDns(name, type as "A", options) as unknown[];
    return records.map((record) => asText(record, type)).sort();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof Deno.errors.NotFound) return [];
    const said = error instanceof Error ? error.message : String(error);
    const code = error instanceof Deno.errors.TimedOut ? FAULT_CODES.timeout : FAULT_CODES.requestFailed;
    throw new Fault(code, `${name} could not be resolved: ${said}`, {
      uncertain: true,
      remedy: "check the name servers of this server",
      cause: error,
    });
  }
}

function asText(record: unknown, type: DnsRecordType): string {
  if (typeof record === "string") return record;
  if (type === "TXT") return (record as string[]).join("");
  if (type === "MX") {
    const { preference, exchange } = record as Deno.MxRecord;
    return `${preference} ${exchange}`;
  }
  const { priority, weight, port, target } = record as Deno.SrvRecord;
  return `${priority} ${weight} ${port} ${target}`;
}

/** `10.0.0.2`, `10.0.0.2:5353`, `fd00::2` or `[fd00::2]:5353`. */
function splitPort(server: string): string[] {
  const match = /^\[(.+)\]:(\d+)$/.exec(server) ?? /^([^:]+):(\d+)$/.exec(server);
  return match === null ? [server] : [match[1]!, match[2]!];
}
