/**
 * Does a store really compare before it swaps? Some take the words of a condition and ignore them, and a witness on such a
 * store gives its vote to both sides. Nothing in an ordinary answer shows it, so it is tried out.
 *
 * @module
 */
import type { PluginContext, WitnessPlugin } from "../core/plugin/contract.ts";

/** What was found out. */
export interface ConditionsVerdict {
  honoured: boolean;
  /** One sentence without its full stop: what the store did. */
  message: string;
}

/** The record that is written; no cluster has a name with this sign. */
function scratchKey(): string {
  return `~probe/${crypto.randomUUID()}`;
}

/**
 * Writes a record of its own where it must succeed and where it must not, and looks at what is left. One small record
 * stays in the store each time. Throws the plugin's `Fault` when the store can't be asked.
 */
export async function probeConditions<Options>(
  plugin: WitnessPlugin<Options>,
  context: PluginContext<Options>,
  key = scratchKey(),
): Promise<ConditionsVerdict> {
  const broken = (message: string): ConditionsVerdict => ({ honoured: false, message });
  const first = await plugin.write(context, key, null, "first");
  if (first === "conflict") return broken("a record that does not exist can't be created");
  if (await plugin.write(context, key, null, "second") !== "conflict") {
    return broken("a record that exists was created again: the condition that it must not exist is ignored");
  }
  const second = await plugin.write(context, key, first.version, "third");
  if (second === "conflict") return broken("a record that nobody has changed can't be replaced");
  if (second.version === first.version) return broken("a record has the same version after it was replaced");
  if (await plugin.write(context, key, first.version, "fourth") !== "conflict") {
    return broken("a record was replaced by its old version: the condition that it must be unchanged is ignored");
  }
  const left = await plugin.read(context, key);
  if (left?.text !== "third" || left.version !== second.version) {
    return broken(`the latest write left "third", but "${left?.text ?? "nothing"}" was read`);
  }
  return { honoured: true, message: "a record can be created once and replaced only by the version it has" };
}
