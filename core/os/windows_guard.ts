import { Buffer } from "node:buffer";
import type { CommandLine } from "./exec.ts";
import { encoded } from "./powershell.ts";

/**
 * The dead man's switch for Windows: the same protocol as the shell's. The commands are data inside the text, as base64
 * of JSON, so nothing in them can be taken for PowerShell. `CommandLine` quoting follows the rules of the C runtime,
 * which is how Windows programs split their line. The pipe is read by a reader of its own: the
 * console's waits where it should not.
 */
const SCRIPT = `$json = [System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String('@COMMANDS@'))
$commands = ConvertFrom-Json $json
function Protect([string]$word) {
  if ($word -ne '' -and $word -notmatch '[\\s"]') { return $word }
  $word = [regex]::Replace($word, '(\\\\*)"', '$1$1\\"')
  return '"' + [regex]::Replace($word, '(\\\\+)$', '$1$1') + '"'
}
[Console]::Out.WriteLine('armed')
[Console]::Out.Close()
$pipe = New-Object System.IO.StreamReader([Console]::OpenStandardInput())
$wait = -1
while ($true) {
  $reading = $pipe.ReadLineAsync()
  if (-not $reading.Wait($wait)) { break }
  if ($null -eq $reading.Result) { break }
  $word, $value = $reading.Result.Trim() -split ' '
  if ($word -eq 'disarm') { exit 0 }
  if ($word -eq 'alive') { $wait = [int](1000 * [double]::Parse($value, [cultureinfo]::InvariantCulture)) }
}
foreach ($command in $commands.lines) {
  try {
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $command.program
    $start.Arguments = (@($command.arguments) | ForEach-Object { Protect $_ }) -join ' '
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $process = [System.Diagnostics.Process]::Start($start)
    if (-not $process.WaitForExit(@LIMIT@)) { $process.Kill() }
  } catch { }
}
`;

/** The command line of a switch that runs `commands` in order, each for at most `timeoutMs` milliseconds. */
export function windowsGuard(commands: readonly CommandLine[], timeoutMs: number): CommandLine {
  const lines = commands.map(([program, ...rest]) => ({ program, arguments: rest }));
  const base64 = Buffer.from(JSON.stringify({ lines }), "utf8").toString("base64");
  const limit = String(Math.max(1, Math.ceil(timeoutMs)));
  return encoded(SCRIPT.replace("@COMMANDS@", base64).replace("@LIMIT@", limit));
}
