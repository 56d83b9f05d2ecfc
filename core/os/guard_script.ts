import type { CommandLine } from "./exec.ts";

/**
 * The dead man's switch for POSIX shells. Its text is fixed: what it runs arrives as positional parameters, each
 * command prefixed by the number of its words, so nothing is ever quoted or parsed.
 *
 * - SIGHUP, SIGINT and SIGTERM stay ignored, also by the commands: when the agent dies, a service manager terminates
 *   what is left of it at the very moment the commands have to run.
 * - `read` returns at the word "disarm", or at the end of the pipe, which comes only with the death of the agent.
 * - The loop moves a command behind the others and drops those before it: the only way without arrays to run a slice.
 * - `timeout` kills with SIGKILL, because SIGTERM is ignored.
 */
const SCRIPT = `trap '' HUP INT TERM
limit=$1
shift
echo armed
exec >/dev/null 2>&1
IFS= read -r word
[ "$word" = disarm ] && exit 0
command -v timeout >/dev/null && bound="timeout -s KILL $limit" || bound=
while [ $# -gt 0 ]; do
  words=$1
  shift
  (
    others=$(($# - words))
    moved=0
    while [ "$moved" -lt "$words" ]; do
      set -- "$@" "$1"
      shift
      moved=$((moved + 1))
    done
    shift "$others"
    exec $bound "$@" </dev/null
  )
  shift "$words"
done
`;

/** The command line of a switch that runs `commands` in order, each for at most `timeoutMs` milliseconds. */
export function posixGuard(commands: readonly CommandLine[], timeoutMs: number): CommandLine {
  const counted = commands.flatMap((command) => [String(command.length), ...command]);
  // Whole seconds, rounded up: not every timeout(1) takes fractions.
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1_000));
  return ["/bin/sh", "-c", SCRIPT, "baton-guard", String(seconds), ...counted];
}
