/**
 * The log of a running agent: lines on standard error, for the service manager to keep. The journal in the state folder
 * is what lasts.
 *
 * @module
 */
import { configure, type LogRecord } from "@logtape/logtape";
import type { JournalLine } from "../agent/journal.ts";
import { explained } from "../plugin/explained.ts";
import { tell } from "./command.ts";
import { styleFor } from "./style.ts";

/** Sets up the log. Without `verbose` plugins are heard from warnings on. */
export async function startLogging(verbose: boolean): Promise<void> {
  const style = styleFor(Deno.stderr.isTerminal());
  await configure({
    sinks: {
      stderr: (record: LogRecord) => {
        const time = new Date(record.timestamp).toISOString().slice(11, 23);
        const plugin = record.category[2] ? `${record.category[2]}: ` : "";
        const line = `${style.dim(time)} ${plugin}${record.message.map(String).join("")}`;
        tell(record.level === "error" ? style.bad(line) : record.level === "warning" ? style.warn(line) : line);
      },
    },
    loggers: [
      { category: ["baton"], sinks: ["stderr"], lowestLevel: "info" },
      {
        category: ["baton", "plugin"],
        sinks: ["stderr"],
        parentSinks: "override",
        lowestLevel: verbose ? "debug" : "warning",
      },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
    ],
    reset: true,
  });
}

/** A line of the journal as it is logged. Bad news ends with its word, for `baton explain`, unless it has a number. */
export function journalText({ level, code, text }: Pick<JournalLine, "level" | "code" | "text">): string {
  return level === "info" || /\(\d+ : /.test(text) ? text : explained(text, code);
}
