/**
 * `quorum`: one more vote, of acknowledgement devices (weak) or of a witness (sound).
 *
 * @module
 */
import type { Timing } from "../cluster/timing.ts";
import type { PluginOf } from "../plugin/registry.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { ClusterConfig, QuorumConfig, WitnessConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { duration } from "./durations.ts";
import type { Place } from "./problem.ts";
import { INDIVIDUALLY_SHAPE, readPerServer, rulesOf } from "./per_server.ts";
import { readTable } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";
import { readTyped } from "./typed.ts";

const KEYS = {
  type: {
    type: "string",
    required: true,
    description: "how the device or witness is asked: a built-in type, or a drop-in's name",
  },
  interval: {
    type: "duration",
    min: 50,
    max: 60_000,
    description:
      "of a device: time from one question to the next; default: the heartbeat interval, or the type's when " +
      "that is shorter",
  },
  timeout: {
    type: "duration",
    min: 50,
    max: 60_000,
    description: "after this a question counts as not answered; default of a device: the heartbeat interval, of a " +
      "witness: a quarter of the permit, or the type's when that is shorter",
  },
  individually: INDIVIDUALLY_SHAPE,
} as const satisfies ShapeKeys;

const VOTE: SectionShape<typeof KEYS> = {
  form: "section",
  description: "an acknowledgement device or a witness; the options of its type stand beside these keys",
  plugin: "quorum",
  keys: KEYS,
};

export const QUORUM_SHAPE = {
  form: "table",
  description: "acknowledgement devices, by their names: a side of a partition that reaches them has one more (weak) " +
    "vote; or one witness, whose (sound) vote only one side can have",
  of: VOTE,
} as const satisfies TableShape;

/** What gives one more vote. */
export type Quorum = Pick<ClusterConfig, "quorum" | "witness">;

/** An entry whose type could be loaded. */
interface Entry {
  name: string;
  place: Place;
  type: string;
  plugin: PluginOf<"quorum">;
  options: QuorumConfig["options"];
  intervalMs: number | undefined;
  timeoutMs: number | undefined;
  /** Of a key of the entry; undefined when it is not written. */
  placeOf(key: "interval" | "timeout"): Place | undefined;
}

/** Reads `quorum`. `tieBreaker` is the key of that name, which means nothing without devices. */
export async function readQuorum(
  at: Cursor | undefined,
  tieBreaker: Cursor | undefined,
  timing: Timing,
  context: FileContext,
): Promise<Quorum> {
  const written = readTable(at, QUORUM_SHAPE, context);
  const devices: QuorumConfig[] = [];
  const witnesses: WitnessConfig[] = [];
  let first: Entry | undefined;
  let mixed = false;
  for (const { key: name, place, value } of written) {
    const entry = await readEntry(name, place, value, context);
    if (entry === undefined) continue;
    const { plugin } = entry;
    if (plugin.vote === "sound") {
      const [other] = witnesses;
      if (other !== undefined) {
        context.problems.add(
          place,
          `${name} is a second witness beside ${other.name}; together they would not be one vote, keep one of them`,
          FAULT_CODES.fileSense,
        );
      }
      witnesses.push(readWitness(entry, plugin, timing, context));
    } else devices.push(readDevice(entry, plugin, timing, context));
    first ??= entry;
    if (mixed || first.plugin.vote === plugin.vote) continue;
    mixed = true;
    const [witness, device] = plugin.vote === "sound" ? [name, first.name] : [first.name, name];
    context.problems.add(
      place,
      `${witness} is a witness and ${device} an acknowledgement device; both sides of a partition could have the ` +
        "device's weak vote, and with it even the witness's vote would prove nothing; keep the witness, or the devices",
      FAULT_CODES.fileSense,
    );
  }
  if (tieBreaker !== undefined && (written.length === 0 || witnesses.length > 0)) {
    context.problems.add(
      tieBreaker.keyPlace,
      "says how acknowledgement devices count together, but quorum has none; remove the key, or add devices",
      FAULT_CODES.fileSense,
    );
  }
  const [witness] = witnesses;
  return { quorum: devices, ...(witness === undefined ? {} : { witness }) };
}

async function readEntry(name: string, place: Place, value: Cursor, context: FileContext): Promise<Entry | undefined> {
  const { type, plugin, values, written } = await readTyped(value, VOTE, "quorum", context);
  context.names.take(name, plugin?.vote === "sound" ? "witness" : "acknowledgement device", place);
  if (plugin === undefined) return undefined;
  const options = await readPerServer({
    at: value,
    written,
    specs: plugin.options,
    servers: context.servers,
    commonKeys: Object.keys(KEYS),
    validate: rulesOf(plugin),
  }, context);
  const placeOf = (key: string) => written.get(key)?.place;
  return { name, place, type, plugin, options, intervalMs: values.interval, timeoutMs: values.timeout, placeOf };
}

/**
 * An answer counts for one permit from the heartbeat before its question, as a confirmed heartbeat does, so a device is asked as often as a heartbeat is sent
 * unless something else is written or its type wants to be asked more often.
 */
function readDevice(
  entry: Entry,
  plugin: QuorumConfig["plugin"],
  timing: Timing,
  context: FileContext,
): QuorumConfig {
  const { name, place, type, options } = entry;
  const intervalMs = entry.intervalMs ?? Math.min(plugin.defaults?.intervalMs ?? Infinity, timing.intervalMs);
  const timeoutMs = entry.timeoutMs ?? Math.min(plugin.defaults?.timeoutMs ?? Infinity, timing.intervalMs);
  if (intervalMs + timeoutMs + timing.intervalMs >= timing.permitMs) {
    context.problems.add(
      entry.placeOf("interval") ?? entry.placeOf("timeout") ?? place,
      `a server that only the device confirms would lose its permit: interval ${duration(intervalMs)} + timeout ` +
        `${duration(timeoutMs)} + heartbeat interval ${duration(timing.intervalMs)} is not less than the permit ` +
        `${duration(timing.permitMs)}; ` +
        `${duration(timing.intervalMs)} each would do`,
      FAULT_CODES.fileTimes,
    );
  }
  return { name, type, plugin, options, intervalMs, timeoutMs };
}

/** A permit is renewed by a read and a write, so two timeouts have to fit into it. */
function readWitness(
  entry: Entry,
  plugin: WitnessConfig["plugin"],
  timing: Timing,
  context: FileContext,
): WitnessConfig {
  const { name, type, options } = entry;
  const intervalAt = entry.placeOf("interval");
  if (intervalAt !== undefined) {
    context.problems.add(
      intervalAt,
      "means nothing for a witness, which is asked when its vote is needed; remove it",
      FAULT_CODES.fileSense,
    );
  }
  const quarterMs = Math.floor(timing.permitMs / 4);
  const timeoutMs = entry.timeoutMs ?? Math.min(plugin.defaults?.timeoutMs ?? Infinity, quarterMs);
  if (timeoutMs >= timing.permitMs / 2) {
    context.problems.add(
      entry.placeOf("timeout") ?? entry.place,
      `a read and a write would outlive the permit: 2 * timeout ${duration(timeoutMs)} is not less than the permit ` +
        `${duration(timing.permitMs)}; ${duration(quarterMs)} would do`,
      FAULT_CODES.fileTimes,
    );
  }
  return { name, type, plugin, options, timeoutMs };
}

/** What the number of votes means for a crash: sentences with their key path. */
export function voteWarnings(servers: number, { quorum: devices, witness }: Quorum): string[] {
  const alone = devices.length === 0 && witness === undefined;
  if (servers > 1 && servers % 2 === 0 && alone) {
    const half = servers / 2;
    const after = half === 1
      ? "a crash of one the other has no majority and takes over nothing"
      : `a loss of ${half} the other ${half} have no majority and take over nothing`;
    return [`quorum: ${servers} servers without an acknowledgement device or a witness; after ${after}`];
  }
  if (servers % 2 === 1 && devices.length > 0) {
    return [`quorum: an acknowledgement device adds nothing to an odd number of servers (${servers}); remove it`];
  }
  if (servers % 2 === 1 && witness !== undefined) {
    const votes = servers + 1;
    return [
      `quorum: a witness adds nothing to an odd number of servers: of ${votes} votes ${
        votes / 2 + 1
      } are a majority, ` +
      `so ${(servers - 1) / 2} of them may be lost, as without it; remove it`,
    ];
  }
  return [];
}
