import { createHash } from "node:crypto";
import { MARK_VARIABLE } from "../os/marked_processes.ts";
import type { PluginContext } from "../plugin/contract.ts";

/**
 * The mark that everything carries which this server runs for a group. The state folder belongs to one agent only, so two
 * agents on one machine never take each other's processes for their own. It begins and ends with a colon: no mark is the
 * beginning of another.
 */
export function markOf(stateDir: string, server: string, group: string): string {
  return `:${createHash("sha256").update([stateDir, server, group].join("\0")).digest("hex").slice(0, 32)}:`;
}

/** A context in which whatever is run carries the mark. */
export function withMark(context: PluginContext, mark: string): PluginContext {
  return {
    ...context,
    environment: { [MARK_VARIABLE]: mark },
    exec: (command, options = {}) =>
      context.exec(command, { ...options, env: { ...options.env, [MARK_VARIABLE]: mark } }),
  };
}
