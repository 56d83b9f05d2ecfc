import type { CommandLine } from "./exec.ts";
import type { SwitchPlan } from "./os.ts";

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
 *     hurry            the stop time runs already: kill before asking to stop
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
  hurry: () => line("hurry"),
} as const;

function line(text: string): string {
  return `${text.padEnd(LINE_BYTES - 1)}\n`;
}

/**
 * The dead man's switch for POSIX shells. Its text is fixed: what it runs arrives as positional parameters, each
 * command prefixed by its phase and the number of its words, so nothing is ever quoted or parsed.
 *
 * - SIGHUP, SIGINT and SIGTERM stay ignored, also by the commands: when the agent dies, a service manager terminates
 *   what is left of it at the very moment the commands have to run.
 * - It fires at the end of the pipe, which comes only with the death of the agent, and when a line does not come in time.
 *   POSIX has no `read -t`; bash and the shell of BusyBox do. Without it each line is read by a program that `timeout`
 *   ends. Where there is no `timeout` either, only the death of the agent is noticed.
 * - What the agent was just running is killed first: a start script that goes on after the agent's death would bring up
 *   what the commands have just taken down.
 * - `each PHASE LIMIT` runs the commands of a phase. The inner loop moves a command behind the others and drops those
 *   before it: the only way without arrays to run a slice. What ended well is not run a second time.
 * - `timeout` kills with SIGKILL, because SIGTERM is ignored. Not every one takes fractions of a second.
 * - Stop commands carry the mark of the group, so that what they leave hanging is found with the rest of it. `strays`
 *   follows the rule of `marked_processes.ts`. It repeats itself, because a process may have had a child meanwhile.
 */
const SCRIPT = `trap '' HUP INT TERM
mark=$1 off=$2 stop=$3 kill=$4 again=$5 hurried=$6 hurry=
shift 6
bound() { bound=; }
if command -v timeout >/dev/null; then
  if timeout -s KILL 0.9 true 2>/dev/null; then
    bound() { bound="timeout -s KILL $1"; }
  else
    bound() { bound="timeout -s KILL $((\${1%.*} + 1))"; }
  fi
fi
bound 1
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
    hurry) hurry=1 ;;
    begun) running="$running$value " ;;
    ended)
      case $running in
        *" $value "*) running="\${running%%" $value "*} \${running#*" $value "}" ;;
      esac
      ;;
  esac
done
for leader in $running; do kill -s KILL -- "-$leader"; done
run() {
  others=$(($# - words))
  moved=0
  while [ "$moved" -lt "$words" ]; do
    set -- "$@" "$1"
    shift
    moved=$((moved + 1))
  done
  shift "$others"
  if [ "$wanted" = stop ]; then export BATON_MARK="$mark"; fi
  exec $bound "$@" </dev/null
}
well=' '
each() {
  wanted=$1 number=0
  bound "$2"
  shift 2
  while [ $# -gt 0 ]; do
    phase=$1 words=$2 number=$((number + 1))
    shift 2
    if [ "$phase" = "$wanted" ]; then
      case $well in
        *" $number "*) ;;
        *) if [ "$phase" = off ]; then (run "$@") & elif (run "$@"); then well="$well$number "; fi ;;
      esac
    fi
    shift "$words"
  done
}
strays() {
  [ -n "$mark" ] || return 0
  for round in 1 2 3 4 5; do
    found=' ' sessions=' ' rows=
    for file in $($bound grep -lsF -- "BATON_MARK=$mark" /proc/[0-9]*/environ </dev/null); do
      file=\${file#/proc/}
      found="$found\${file%/environ} "
    done
    [ "$found" != ' ' ] || return 0
    for file in /proc/[0-9]*/stat; do
      IFS= read -r line <"$file" || continue
      pid=\${file#/proc/}
      pid=\${pid%/stat}
      set -- \${line##*) }
      case $2$4 in '' | *[!0-9]*) continue ;; esac
      rows="$rows $pid:$2:$4"
      case $found in *" $pid "*) ;; *) continue ;; esac
      case $found in *" $4 "*) sessions="$sessions$4 " ;; *) [ -e "/proc/$4" ] || sessions="$sessions$4 " ;; esac
    done
    grown=1
    while [ -n "$grown" ]; do
      grown=
      for row in $rows; do
        pid=\${row%%:*}
        row=\${row#*:}
        case "$found 1 $$ " in *" $pid "*) continue ;; esac
        case $found in
          *" \${row%:*} "*) ;;
          *) case $sessions in *" \${row#*:} "*) ;; *) continue ;; esac ;;
        esac
        found="$found$pid " grown=1
      done
    done
    for pid in $found; do kill -s KILL "$pid"; done
  done
}
each off "$off" "$@"
if [ -n "$hurry" ]; then
  each kill "$kill" "$@"
  strays
  wait
  each stop "$hurried" "$@"
  strays
  exit 0
fi
wait
each stop "$stop" "$@"
each kill "$kill" "$@"
strays
each stop "$again" "$@"
strays
`;

/** The shells to choose from, the one that can wait by itself first. */
export type GuardShell = "/bin/bash" | "/bin/sh";

/** The command line of a switch that carries out `plan`. */
export function posixGuard(plan: SwitchPlan, shell: GuardShell = bestShell()): CommandLine {
  const phases = ["off", "stop", "kill"] as const;
  const counted = phases.flatMap((phase) =>
    plan[phase].flatMap((command) => [phase, String(command.length), ...command])
  );
  const seconds = (ms: number) => (Math.max(1, ms) / 1_000).toFixed(3);
  const times = [plan.offMs, plan.stopMs, plan.killMs, plan.againMs, plan.hurriedMs].map(seconds);
  return [shell, "-c", SCRIPT, "baton-guard", plan.mark ?? "", ...times, ...counted];
}

function bestShell(): GuardShell {
  try {
    return Deno.statSync("/bin/bash").isFile ? "/bin/bash" : "/bin/sh";
  } catch {
    return "/bin/sh";
  }
}
