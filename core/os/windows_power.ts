/**
 * The ways to end a Windows machine. No other file names them.
 *
 * @module
 */
import type { CommandLine } from "./exec.ts";
import { encoded } from "./powershell.ts";

/** What the kernel is asked for by {@linkcode windowsPowerLines}: its numbers for a reboot and for no power. */
const KERNEL_ACTIONS = { reboot: 1, shutdown: 2 } as const;

/**
 * Turns the machine off or reboots it: the lines to try, each harder than the one before. The first ends programs by
 * force; the second asks Windows by another way (6, 12: reboot, no power, by force); the third the kernel, with the
 * privilege 19 (to shut down), and asks no program.
 */
export function windowsPowerLines(action: "shutdown" | "reboot", reason: string): CommandLine[] {
  const flags = action === "shutdown" ? 12 : 6;
  return [
    // Windows refuses comments beyond 512 characters.
    ["shutdown.exe", action === "shutdown" ? "/s" : "/r", "/f", "/t", "0", "/c", reason.slice(0, 500)],
    encoded(
      `$system = Get-WmiObject Win32_OperatingSystem -EnableAllPrivileges
if ($system.Win32Shutdown(${flags}).ReturnValue -ne 0) { exit 1 }`,
    ),
    encoded(`$kernel = Add-Type -Name Kernel -Namespace Baton -PassThru -MemberDefinition @'
[DllImport("ntdll.dll")] public static extern int RtlAdjustPrivilege(int privilege, bool on, bool thread, out bool was);
[DllImport("ntdll.dll")] public static extern int NtShutdownSystem(int action);
'@
$was = $false
[void]$kernel::RtlAdjustPrivilege(19, $true, $false, [ref]$was)
exit $kernel::NtShutdownSystem(${KERNEL_ACTIONS[action]})`),
  ];
}
