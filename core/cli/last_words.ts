/**
 * An operation can end the very agent that was asked for it: by a final action, or because its machine goes down. What the
 * agent said last is then the answer, not that a connection was reset.
 *
 * @module
 */
import { FAULT_CODES } from "../plugin/fault.ts";
import type { AgentClient } from "./agent_client.ts";
import { tell, WorkError } from "./command.ts";
import { journalTail } from "./journal_tail.ts";

/** Lines that are shown at most. */
const MAX_LINES = 8;
/** The last line may be on its way to the disk. In milliseconds. */
const WRITING_MS = 300;

/** Does the work; when the agent has ended meanwhile, the last lines of its journal are told and the error says so. */
export async function withLastWords<T>(client: AgentClient, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!client.gone) throw thrown;
    const lines = await linesSince(client);
    if (lines.length > 0) tell("The last lines of the agent's journal:");
    for (const { time, text } of lines) tell(`  ${time.slice(11, 23)} ${text}`);
    throw new WorkError(
      `the agent at ${client.url} has ended since it was asked${
        lines.length > 0 ? ", its last lines are above" : ""
      }; ` +
        "what becomes of its groups is seen on another server, with baton status there",
      FAULT_CODES.noAgent,
    );
  }
}

async function linesSince({ stateDir, since }: AgentClient) {
  if (stateDir === undefined) return [];
  await new Promise((resolve) => setTimeout(resolve, WRITING_MS));
  return (await journalTail(stateDir)).filter(({ time }) => time >= since).slice(-MAX_LINES);
}
