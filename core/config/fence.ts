/**
 * `fence`: how a silent server is stopped for certain.
 *
 * @module
 */
import type { FenceConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { INDIVIDUALLY_SHAPE, readPerServer, rulesOf } from "./per_server.ts";
import { type Quorum, voteWarnings } from "./quorum.ts";
import type { SectionShape, ShapeKeys } from "./shape/shape.ts";
import { readTyped } from "./typed.ts";

/** Stopping an instance and seeing that it is stopped takes minutes at worst. In milliseconds. */
const TIMEOUT_MS = 300_000;
/** A permission that was taken away should be noticed long before it is needed. In milliseconds. */
const INTERVAL_MS = 300_000;

const KEYS = {
  type: {
    type: "string",
    required: true,
    description: "how a server is stopped: a built-in type, or a drop-in's name",
  },
  timeout: {
    type: "duration",
    min: 1_000,
    max: 3_600_000,
    description:
      "after this an attempt that is not confirmed has failed, and is made again; default: the type's, or 5m",
  },
  interval: {
    type: "duration",
    min: 1_000,
    max: 86_400_000,
    description: "time from one look at whether it would work to the next; default: the type's, or 5m",
  },
  wait: {
    type: "string",
    oneOf: ["auto", "always"],
    default: "auto",
    description: "when a takeover waits for the confirmation; auto: where the votes alone can't rule out two carriers",
  },
  individually: INDIVIDUALLY_SHAPE,
} as const satisfies ShapeKeys;

/** The section. */
export const FENCE_SHAPE: SectionShape<typeof KEYS> = {
  form: "section",
  description: "how a silent server is stopped for certain; the options of its type stand beside these keys",
  plugin: "fence",
  keys: KEYS,
};

/** Reads `fence`; undefined when there is none, or when its type could not be loaded, which is reported. */
export async function readFence(at: Cursor | undefined, context: FileContext): Promise<FenceConfig | undefined> {
  if (at === undefined) return undefined;
  const { type, plugin, values, written } = await readTyped(at, FENCE_SHAPE, "fence", context);
  if (plugin === undefined) return undefined;
  const options = await readPerServer({
    at,
    written,
    specs: plugin.options,
    servers: context.servers,
    commonKeys: Object.keys(KEYS),
    validate: rulesOf(plugin),
  }, context);
  if (context.servers.length === 1) context.warnings.push("fence: there is no other server that it could stop");
  return {
    type,
    plugin,
    options,
    timeoutMs: values.timeout ?? plugin.defaults?.timeoutMs ?? TIMEOUT_MS,
    intervalMs: values.interval ?? plugin.defaults?.intervalMs ?? INTERVAL_MS,
    wait: values.wait,
  };
}

/**
 * What the number of votes means for a crash where there is a fence: sentences with their key path. Two servers and no
 * further vote are sound then, because a server that is off for certain has no use for its vote.
 */
export function fencedVoteWarnings(servers: number, quorum: Quorum): string[] {
  const alone = quorum.quorum.length === 0 && quorum.witness === undefined;
  return servers === 2 && alone ? [] : voteWarnings(servers, quorum);
}
