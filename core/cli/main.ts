/**
 * From arguments to a command to an exit status.
 *
 * @module
 */
import { nearest } from "../plugin/nearest.ts";
import { plainLines } from "../plugin/plain_text.ts";
import { apply, diff } from "./apply.ts";
import { check } from "./check.ts";
import { cloudformation } from "./cloudformation.ts";
import { type Command, print, tell, UsageError } from "./command.ts";
import { confirmStopped } from "./confirm_stopped.ts";
import { explain } from "./explain.ts";
import { helpCommand, overview } from "./help.ts";
import { fail } from "./fail.ts";
import { iamPolicyCommand } from "./iam_policy.ts";
import { init } from "./init.ts";
import { key } from "./key.ts";
import { move, start, stop } from "./operations.ts";
import { outputWritten } from "./outlet.ts";
import { plugin } from "./plugin/plugin.ts";
import { run } from "./run.ts";
import { schema } from "./schema.ts";
import { simulate } from "./simulate.ts";
import { status } from "./status.ts";
import { styleFor } from "./style.ts";
import { tellable } from "./tellable.ts";
import { version } from "./version.ts";
import { witness } from "./witness.ts";

const help = helpCommand(() => COMMANDS);

/** All commands, in the order in which they are listed. */
export const COMMANDS: readonly Command[] = [
  run,
  status,
  explain,
  move,
  start,
  stop,
  fail,
  confirmStopped,
  init,
  witness,
  cloudformation,
  check,
  iamPolicyCommand,
  apply,
  diff,
  simulate,
  key,
  plugin,
  schema,
  version,
  help,
];

/** Runs `baton` with `argv`; resolves with the exit status. */
export async function main(argv: string[]): Promise<number> {
  const [first, ...rest] = argv;
  try {
    if (first === undefined || first === "--help" || first === "-h") {
      (first === undefined ? tell : print)(overview(COMMANDS));
      return first === undefined ? 2 : 0;
    }
    if (first === "--version") return await version.run([]);
    const command = find(first);
    if (rest.includes("--help") || rest.includes("-h")) {
      print(command.help);
      return 0;
    }
    return await command.run(rest);
  } catch (error) {
    return tellError(error);
  } finally {
    await outputWritten();
  }
}

function find(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command) return command;
  const meant = nearest(name, COMMANDS.map((candidate) => candidate.name));
  throw new UsageError(`there is no command ${name}${meant ? `; did you mean ${meant}?` : ""} (see baton help)`);
}

function tellError(error: unknown): number {
  const { text: said, status, located } = tellable(error);
  const text = plainLines(said);
  // Lines with a place begin with it, so that an editor can jump there.
  tell(located ? text : `${styleFor(Deno.stderr.isTerminal()).bad("error")}: ${text}`);
  return status;
}
