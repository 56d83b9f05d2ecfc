import type { CommandLine } from "./exec.ts";

/** Every line to a switch has this many bytes, the line feed included: a shell that can only count reads one by one. */
export const LINE_BYTES = 16;
/** Longest wait that fits into a line, in milliseconds. */
const MAX_WAIT_MS = 99_999_999;

/**
 * The lines that a switch understands:
 *
 *     disarm           end without running anything
 *     alive 00001.500  fire unless the next line comes within that many seconds
 *     begun 12345      a program of the agent runs, as leader of that process group
 *     ended 12345      it has ended
 */
export const LINES = {
  disarm: () => line("disarm"),
  alive: (ms: number) => {
    const whole = Math.max(1, Math.min(MAX_WAIT_MS, Math.floor(ms)));
    const seconds = String(Math.floor(whole / 1_000)).padStart(5, "0");
    return line(`alive ${seconds}.${String(whole % 1_000).padStart(3, "0")}`);
  },
  begun: (pid: number) => line(`begun ${pid}`),
  ended: (pid: number) => line(`ended ${pid}`),
} as const;

function line(text: string): string {
  return `${text.padEnd(LINE_BYTES - 1)}\n`;
}

/**
 * The dead man's switch for POSIX shells. Its text is fixed: what it runs arrives as positional parameters, each
 * command prefixed by the number of its words, so nothing is ever quoted or parsed.
 *
 * - SIGHUP, SIGINT and SIGTERM stay ignored, also by the commands: when the agent dies, a service manager terminates
 *   what is left of it at the very moment the commands have to run.
 * - It fires at the end of the pipe, which comes only with the death of the agent, and when a line does not come in time.
 *   POSIX has no `read -t`; bash and the shell of BusyBox do. Without it each line is read by a program that `timeout`
 *   ends. Where there is no `timeout` either, only the death of the agent is noticed.
 * - What the agent was just running is killed first: a start script that goes on after the agent's death would bring up
 *   what the commands have just taken down.
 * - The loop moves a command behind the others and drops those before it: the only way without arrays to run a slice.
 * - `timeout` kills with SIGKILL, because SIGTERM is ignored. Not every one takes fractions of a second.
 */
const SCRIPT = `trap '' HUP INT TERM
limit=$1 whole=$2
shift 2
bound=
if command -v timeout >/dev/null; then
  timeout -s KILL "$limit" true 2>/dev/null || limit=$whole
  bound="timeout -s KILL $limit"
fi
if (IFS= read -r -t 1 line) </dev/null 2>/dev/null || [ $? -eq 1 ]; then
  within() { IFS= read -r -t "$1" line; }
elif [ -n "$bound" ]; then
  within() { line=$(timeout -s KILL "$1" dd bs=${LINE_BYTES} count=1 2>/dev/null) && [ -n "$line" ]; }
else
  within() { IFS= read -r line; }
fi
echo armed
exec >/dev/null 2>&1
running=' ' wait=
while :; do
  if [ -n "$wait" ]; then within "$wait" || break; else IFS= read -r line || break; fi
  word=\${line%% *} value=\${line#* }
  value=\${value%% *}
  case $word in
    disarm) exit 0 ;;
    alive) wait=$value ;;
    begun) running="$running$value " ;;
    ended)
      case $running in
        *" $value "*) running="\${running%%" $value "*} \${running#*" $value "}" ;;
      esac
      ;;
  esac
done
for leader in $running; do kill -s KILL -- "-$leader"; done
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

/** The shells to choose from, the one that can wait by itself first. */
export type GuardShell = "/bin/bash" | "/bin/sh";

/** The command line of a switch that runs `commands` in order, each for at most `timeoutMs` milliseconds. */
export function posixGuard(
  commands: readonly CommandLine[],
  timeoutMs: number,
  shell: GuardShell = bestShell(),
): CommandLine {
  const counted = commands.flatMap((command) => [String(command.length), ...command]);
  const seconds = Math.max(1, timeoutMs) / 1_000;
  return [shell, "-c", SCRIPT, "baton-guard", seconds.toFixed(3), String(Math.ceil(seconds)), ...counted];
}

function bestShell(): GuardShell {
  try {
    return Deno.statSync("/bin/bash").isFile ? "/bin/bash" : "/bin/sh";
  } catch {
    return "/bin/sh";
  }
}
