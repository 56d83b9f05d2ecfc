import { lacksRights } from "../core/aws/failure.ts";
import type { PreflightContext, WitnessPlugin } from "../core/plugin/contract.ts";
import { FAULT_CODES } from "../core/plugin/fault.ts";
import { broken, type Finding, findingOfThrown, fine } from "../core/plugin/finding.ts";
import { probeConditions } from "./witness_probe.ts";

/** A name that no group has; it is read only, so there never is such a record. */
const NO_RECORD = "~preflight";

/**
 * Whether the store is reached and lets itself be read; when somebody waits also whether it lets itself be written and
 * honours conditions. The latter leaves a small record, so it is not done on a schedule.
 */
export async function witnessPreflight<Options>(
  plugin: WitnessPlugin<Options>,
  context: PreflightContext<Options>,
): Promise<Finding[]> {
  const { name } = context;
  try {
    if (!context.thorough) {
      await plugin.read(context, NO_RECORD);
      return [fine(name, "the store answers")];
    }
    const { honoured, message } = await probeConditions(plugin, context);
    if (honoured) return [fine(name, `the store answers, and honours conditions: ${message}`)];
    return [broken(
      name,
      FAULT_CODES.conditions,
      `the store does not honour conditions, so both sides of a partition could have its vote: ${message}`,
      "use a store that does: S3 of AWS, DynamoDB, etcd 3.4 or later",
    )];
  } catch (thrown) {
    context.signal.throwIfAborted();
    const denied = lacksRights(thrown);
    return [findingOfThrown(name, thrown, denied)];
  }
}
