import { Buffer } from "node:buffer";
import type { SwitchProgram } from "./dead_mans_switch.ts";
import type { CommandLine } from "./exec.ts";
import type { SwitchPlan } from "./os.ts";
import { encoded } from "./powershell.ts";

/**
 * Reads the program of the switch from the pipe and becomes it: a command line has little room (8,191 characters behind
 * `cmd`). The pipe is read by a reader of its own: the console's waits where it should not.
 */
const BEGIN =
  `function Read-Text { [System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String($pipe.ReadLine())) }
$pipe = New-Object System.IO.StreamReader([Console]::OpenStandardInput())
. ([scriptblock]::Create((Read-Text)))
`;

/**
 * The dead man's switch for Windows: the same protocol as the shell's. The commands arrive on the pipe as base64 of JSON,
 * so nothing in them can be taken for PowerShell. `CommandLine` quoting follows the rules of the C runtime,
 * which is how Windows programs split their line. Its standard output stays open for as long as it lives: that is how the
 * agent, which is not its parent, notices its end.
 */
const SCRIPT = `$commands = ConvertFrom-Json (Read-Text)
function Protect([string]$word) {
  if ($word -ne '' -and $word -notmatch '[\\s"]') { return $word }
  $word = [regex]::Replace($word, '(\\\\*)"', '$1$1\\"')
  return '"' + [regex]::Replace($word, '(\\\\+)$', '$1$1') + '"'
}
[Console]::Out.WriteLine("armed $PID")
[Console]::Out.Flush()
$wait = -1
$hurry = $false
while ($true) {
  $reading = $pipe.ReadLineAsync()
  if (-not $reading.Wait($wait)) { break }
  if ($null -eq $reading.Result) { break }
  $word, $value = $reading.Result.Trim() -split ' '
  if ($word -eq 'disarm') { exit 0 }
  if ($word -eq 'alive') { $wait = [int](1000 * [double]::Parse($value, [cultureinfo]::InvariantCulture)) }
  if ($word -eq 'hurry') { $hurry = $true }
}
function Start-Line($command) {
  try {
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $command.program
    $start.Arguments = (@($command.arguments) | ForEach-Object { Protect $_ }) -join ' '
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    return [System.Diagnostics.Process]::Start($start)
  } catch { return $null }
}
function Wait-Line($process, $limit) {
  if ($null -eq $process) { return $false }
  if ($process.WaitForExit([int]$limit)) { return $process.ExitCode -eq 0 }
  [void](Start-Line @{ program = 'taskkill.exe'; arguments = @('/T', '/F', '/PID', [string]$process.Id) })
  return $false
}
$begun = [System.Diagnostics.Stopwatch]::StartNew()
foreach ($process in @(@($commands.off) | ForEach-Object { Start-Line $_ })) {
  [void](Wait-Line $process ([Math]::Max(1, $commands.offMs - $begun.ElapsedMilliseconds)))
}
if ($hurry) {
  foreach ($command in @($commands.kill)) { [void](Wait-Line (Start-Line $command) $commands.killMs) }
  foreach ($command in @($commands.stop)) { [void](Wait-Line (Start-Line $command) $commands.hurriedMs) }
  exit 0
}
$failed = @(@($commands.stop) | Where-Object { -not (Wait-Line (Start-Line $_) $commands.stopMs) })
foreach ($command in @($commands.kill)) { [void](Wait-Line (Start-Line $command) $commands.killMs) }
foreach ($command in $failed) { [void](Wait-Line (Start-Line $command) $commands.againMs) }
`;

/**
 * The program of a switch that carries out `plan`. `cmd` starts it and ends, so that its parent is gone: `taskkill /T` of
 * the agent ends what descends from it, and finds no switch. Windows shows nobody the environment of a process, so there
 * is no mark to look for: what a program has started is ended with it (`taskkill /T`) as long as its parents live.
 */
export function windowsGuard(plan: SwitchPlan): SwitchProgram {
  const lines = (list: readonly CommandLine[]) => list.map(([program, ...rest]) => ({ program, arguments: rest }));
  const whole = (ms: number) => Math.max(1, Math.ceil(ms));
  const data = {
    off: lines(plan.off),
    offMs: whole(plan.offMs),
    stop: lines(plan.stop),
    stopMs: whole(plan.stopMs),
    kill: lines(plan.kill),
    killMs: whole(plan.killMs),
    againMs: whole(plan.againMs),
    hurriedMs: whole(plan.hurriedMs),
  };
  const [powershell, ...rest] = encoded(BEGIN);
  const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");
  return {
    command: ["cmd.exe", "/d", "/c", "start", "", "/b", powershell, "-WindowStyle", "Hidden", ...rest],
    env: {},
    plan: `${base64(SCRIPT)}\n${base64(JSON.stringify(data))}\n`,
  };
}
