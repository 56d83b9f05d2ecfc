/**
 * Whose record is it? Two clusters of one name on one store and prefix would take each other's records for their own, and
 * nothing else in a record shows it.
 *
 * @module
 */
import type { WitnessRecord } from "../cluster/events.ts";
import type { ClusterConfig } from "../config/config.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { broken, type Finding } from "../plugin/finding.ts";
import type { PreflightContext } from "../plugin/contract.ts";

/** What helps: only an operator knows which of the two it is. */
const REMEDY =
  "give each cluster a name or a prefix of its own; if the server has left servers of this file, make sure " +
  "that it is off and remove the record";

/**
 * What is wrong when a record is held by none of `servers`, without a full stop; undefined when nothing is. Who has
 * released the group holds nothing any more, so a server that was taken out of the file in order is no stranger.
 */
function foreignHolder(
  { holder, released }: Pick<WitnessRecord, "holder" | "released">,
  cluster: string,
  group: string,
  servers: readonly string[],
): string | undefined {
  if (holder === null || released || servers.includes(holder)) return undefined;
  return `another cluster named ${cluster} uses this record: ${holder}, which holds ${cluster}/${group}, is none of ` +
    `servers (${servers.join(", ")})`;
}

/** The same sentence for whoever asks the witness, with what helps. */
export function foreignMessage(...given: Parameters<typeof foreignHolder>): string | undefined {
  const wrong = foreignHolder(...given);
  return wrong === undefined ? undefined : `(${FAULT_CODES.foreign} : ${wrong}; ${REMEDY})`;
}

/**
 * Looks at the record of a group. That the store does not answer, or that the record can't be understood, is found by the
 * look at the witness itself and by the agent; here it is no finding.
 */
export async function holderFindings(
  { cluster, servers, witness }: ClusterConfig,
  group: string,
  context: PreflightContext,
): Promise<Finding[]> {
  let record: unknown;
  try {
    const found = await witness?.plugin.read(context, `${cluster}/${group}`);
    record = JSON.parse(found?.text ?? "null");
  } catch {
    return [];
  }
  const { holder, released } = (record ?? {}) as Record<string, unknown>;
  if (typeof holder !== "string" || typeof released !== "boolean") return [];
  const wrong = foreignHolder({ holder, released }, cluster, group, servers.map(({ name }) => name));
  return wrong === undefined ? [] : [broken(context.name, FAULT_CODES.foreign, wrong, REMEDY)];
}
