import type { SwitchProgram } from "./dead_mans_switch.ts";
import type { SwitchPlan } from "./os.ts";

/** Every line to a switch has this many bytes, the line feed included: a shell that can only count reads one by one. */
export const LINE_BYTES = 16;
/** What a switch is called in the process list, before its group. */
export const SWITCH_NAME = "baton-switch";
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
 * Starts the switch and ends at once. So its parent is gone, and whoever ends the agent with all that descends from it
 * does not find the switch. The process list shows its name: its program is in a variable, its plan comes down the pipe.
 * A program in the background has no standard input unless it is given one. Only bash can name a process.
 */
const LAUNCH = `exec 3<&0
if [ -n "$BASH_VERSION" ]; then
  (exec -a "$1" "$0" -c 'eval "$BATON_SWITCH"' <&3 3<&-) &
else
  "$0" -c 'eval "$BATON_SWITCH"' "$1" <&3 3<&- &
fi
`;

/**
 * The dead man's switch for POSIX shells. Its text is fixed: what it runs arrives on the pipe before anything else, word
 * by word ({@linkcode wordLines}), and becomes positional parameters, each command prefixed by its phase and the number
 * of its words. So nothing is ever quoted or parsed, and no word stands in the process list before it is needed.
 *
 * - SIGHUP, SIGINT and SIGTERM stay ignored, also by the commands: when the agent dies, a service manager terminates
 *   what is left of it at the very moment the commands have to run.
 * - It fires at the end of the pipe, which comes only with the death of the agent, and when a line does not come in time.
 *   POSIX has no `read -t`; bash and the shell of BusyBox do. Without it each line is read by a program that `timeout`
 *   ends. Where there is no `timeout` either, only the death of the agent is noticed.
 * - Its standard output stays open for as long as it lives, and nobody else has it: its end is how the agent, which is
 *   not its parent, notices that it has ended.
 * - What the agent was just running is killed first: a start script that goes on after the agent's death would bring up
 *   what the commands have just taken down.
 * - `each PHASE LIMIT` runs the commands of a phase. The inner loop moves a command behind the others and drops those
 *   before it: the only way without arrays to run a slice. What ended well is not run a second time.
 * - `timeout` kills with SIGKILL, because SIGTERM is ignored. Not every one takes fractions of a second.
 * - Stop commands carry the mark of the group, so that what they leave hanging is found with the rest of it. `strays`
 *   follows the rule of `marked_processes.ts`. It repeats itself, because a process may have had a child meanwhile.
 * - The switch is spared when memory runs out (`leave_cgroup.ts`); what it runs is not.
 */
const SCRIPT = `trap '' HUP INT TERM
unset BATON_SWITCH
printf baton-switch >/proc/$$/comm
exec 3>&1 >/dev/null 2>&1
next() {
  IFS= read -r lines && IFS= read -r word || exit 1
  while [ "$lines" -gt 1 ]; do
    IFS= read -r line || exit 1
    word="$word
$line"
    lines=$((lines - 1))
  done
}
set --
IFS= read -r words || exit 1
while [ "$words" -gt 0 ]; do
  next
  set -- "$@" "$word"
  words=$((words - 1))
done
mark=$1 off=$2 stop=$3 kill=$4 again=$5 hurried=$6 hurry=
shift 6
bound() { bound=; }
if command -v timeout >/dev/null; then
  if timeout -s KILL 0.9 true 3>&-; then
    bound() { bound="timeout -s KILL $1"; }
  else
    bound() { bound="timeout -s KILL $((\${1%.*} + 1))"; }
  fi
fi
bound 1
if (IFS= read -r -t 1 line) </dev/null || [ $? -eq 1 ]; then
  within() { IFS= read -r -t "$1" line; }
elif [ -n "$bound" ]; then
  within() { line=$(timeout -s KILL "$1" dd bs=${LINE_BYTES} count=1 3>&-) && [ -n "$line" ]; }
else
  within() { IFS= read -r line; }
fi
echo "armed $$" >&3
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
  echo 0 >/proc/self/oom_score_adj
  exec $bound "$@" </dev/null 3>&-
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
    for file in $($bound grep -lsF -- "BATON_MARK=$mark" /proc/[0-9]*/environ </dev/null 3>&-); do
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

/** The program of a switch that carries out `plan`. */
export function posixGuard(plan: SwitchPlan, shell: GuardShell = bestShell()): SwitchProgram {
  const phases = ["off", "stop", "kill"] as const;
  const counted = phases.flatMap((phase) =>
    plan[phase].flatMap((command) => [phase, String(command.length), ...command])
  );
  const seconds = (ms: number) => (Math.max(1, ms) / 1_000).toFixed(3);
  const times = [plan.offMs, plan.stopMs, plan.killMs, plan.againMs, plan.hurriedMs].map(seconds);
  return {
    command: [shell, "-c", LAUNCH, shell, `${SWITCH_NAME} ${plan.group}`],
    env: { BATON_SWITCH: SCRIPT },
    plan: wordLines([plan.mark ?? "", ...times, ...counted]),
  };
}

/** Words as a shell without arrays can read them: how many, then for each how many lines it has, and the lines. */
function wordLines(words: readonly string[]): string {
  const lines = words.flatMap((word) => [String(word.split("\n").length), word]);
  return `${[String(words.length), ...lines].join("\n")}\n`;
}

function bestShell(): GuardShell {
  try {
    return Deno.statSync("/bin/bash").isFile ? "/bin/bash" : "/bin/sh";
  } catch {
    return "/bin/sh";
  }
}
