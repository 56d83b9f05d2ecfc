/**
 * `quorum`: the acknowledgement devices of network partition resolution.
 *
 * @module
 */
import type { Timing } from "../cluster/timing.ts";
import type { QuorumConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { duration } from "./durations.ts";
import { INDIVIDUALLY_SHAPE, readPerServer } from "./per_server.ts";
import { readTable } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";
import { readTyped } from "./typed.ts";

const KEYS = {
  type: {
    type: "string",
    required: true,
    description: "how the device is asked: a built-in type, or a drop-in's name",
  },
  interval: {
    type: "duration",
    min: 50,
    max: 60_000,
    description:
      "time from one question to the next; default: the heartbeat interval, or the type's when that is shorter",
  },
  timeout: {
    type: "duration",
    min: 50,
    max: 60_000,
    description:
      "after this a question counts as not answered; default: the heartbeat interval, or the type's when that is shorter",
  },
  individually: INDIVIDUALLY_SHAPE,
} as const satisfies ShapeKeys;

const DEVICE: SectionShape<typeof KEYS> = {
  form: "section",
  description: "an acknowledgement device; the options of its type stand beside these keys",
  plugin: "quorum",
  keys: KEYS,
};

export const QUORUM_SHAPE = {
  form: "table",
  description: "acknowledgement devices, by their names: a side of a partition that reaches any of them has one more " +
    "(weak) vote",
  of: DEVICE,
} as const satisfies TableShape;

/**
 * Reads `quorum`. An answer counts for one permit, as a confirmed heartbeat does, so a device is asked as often as a
 * heartbeat is sent unless something else is written or its type wants to be asked more often.
 */
export async function readQuorum(
  at: Cursor | undefined,
  timing: Timing,
  context: FileContext,
): Promise<QuorumConfig[]> {
  const devices: QuorumConfig[] = [];
  for (const { key: name, place, value } of readTable(at, QUORUM_SHAPE, context)) {
    context.names.take(name, "acknowledgement device", place);
    const { type, plugin, values, written } = await readTyped(value, DEVICE, "quorum", context);
    if (plugin === undefined) continue;
    const options = readPerServer({
      at: value,
      written,
      specs: plugin.options,
      servers: context.servers,
      commonKeys: Object.keys(KEYS),
      validate: plugin.validate?.bind(plugin),
    }, context);
    const intervalMs = values.interval ?? Math.min(plugin.defaults?.intervalMs ?? Infinity, timing.intervalMs);
    const timeoutMs = values.timeout ?? Math.min(plugin.defaults?.timeoutMs ?? Infinity, timing.intervalMs);
    if (intervalMs + timeoutMs >= timing.permitMs) {
      const keyAt = written.get("interval") ?? written.get("timeout");
      context.problems.add(
        keyAt?.place ?? place,
        `a server that only the device confirms would lose its permit: interval ${duration(intervalMs)} + timeout ` +
          `${duration(timeoutMs)} is not less than the permit ${duration(timing.permitMs)}; ` +
          `${duration(timing.intervalMs)} each would do`,
      );
    }
    if (plugin.vote !== "weak") continue;
    devices.push({ name, type, plugin, options, intervalMs, timeoutMs });
  }
  return devices;
}

/** What the number of votes means for a crash: sentences with their key path. */
export function voteWarnings(servers: number, devices: number): string[] {
  if (servers > 1 && servers % 2 === 0 && devices === 0) {
    const half = servers / 2;
    const after = half === 1
      ? "a crash of one the other has no majority and takes over nothing"
      : `a loss of ${half} the other ${half} have no majority and take over nothing`;
    return [`quorum: ${servers} servers without an acknowledgement device; after ${after}`];
  }
  if (servers % 2 === 1 && devices > 0) {
    return [`quorum: an acknowledgement device adds nothing to an odd number of servers (${servers}); remove it`];
  }
  return [];
}
