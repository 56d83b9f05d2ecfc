/**
 * The command lines for Windows. Pure. Objects are asked for as JSON; nothing scrapes text that Windows translates.
 *
 * @module
 */
import type { CommandLine } from "./exec.ts";
import { powershell, type PowerShellCall } from "./powershell.ts";

/** Lists adapters and addresses. */
export function showAddresses(): PowerShellCall {
  return powershell(`$adapters = @(Get-NetAdapter | Select-Object Name, InterfaceIndex, MacAddress, MediaConnectState)
$addresses = @(Get-NetIPAddress | Select-Object IPAddress, PrefixLength, InterfaceIndex)
ConvertTo-Json -Compress -Depth 3 @{ adapters = $adapters; addresses = $addresses }`);
}

/**
 * Puts an address on an adapter, for this boot only. `SkipAsSource` keeps the server from using it for connections of
 * its own. Without duplicate address detection it is usable at once; in a VPC nothing would answer the detection.
 */
export function addAddress(nic: string, ip: string): PowerShellCall {
  return powershell(
    `if (-not (Get-NetIPAddress -InterfaceAlias $env:BATON_NIC -IPAddress $env:BATON_IP -ErrorAction SilentlyContinue)) {
  $nic = @{ InterfaceAlias = $env:BATON_NIC; IPAddress = $env:BATON_IP; PrefixLength = [int]$env:BATON_PREFIX }
  New-NetIPAddress @nic -SkipAsSource $true -PolicyStore ActiveStore | Out-Null
}`,
    { NIC: nic, IP: ip, PREFIX: prefix(ip) },
  );
}

/** Takes an address off whichever adapter has it, when it is a host address. */
export function removeAddress(ip: string): PowerShellCall {
  return powershell(
    `Get-NetIPAddress -IPAddress $env:BATON_IP -ErrorAction SilentlyContinue |
  Where-Object { $_.PrefixLength -eq [int]$env:BATON_PREFIX } | Remove-NetIPAddress -Confirm:$false`,
    { IP: ip, PREFIX: prefix(ip) },
  );
}

/** The same for the dead man's switch, which has no environment of its own to pass. */
export function removeAddressLine(nic: string, ip: string): CommandLine {
  const family = ip.includes(":") ? "ipv6" : "ipv4";
  return ["netsh.exe", "interface", family, "delete", "address", `interface=${nic}`, `address=${ip}`];
}

/**
 * Who has an address: Windows forgets what it knew, is given a packet to send there, and then knows who answered its own
 * question. The numbers of the states: 0 and 1 are nobody.
 */
export function whoHas(nic: string, ip: string, timeoutMs: number): PowerShellCall {
  return powershell(
    `$neighbour = @{ InterfaceAlias = $env:BATON_NIC; IPAddress = $env:BATON_IP; ErrorAction = 'SilentlyContinue' }
Get-NetNeighbor @neighbour | Remove-NetNeighbor -Confirm:$false -ErrorAction SilentlyContinue
try {
  [void](New-Object System.Net.NetworkInformation.Ping).Send($env:BATON_IP, [int]$env:BATON_TIMEOUT)
} catch { }
$found = @(Get-NetNeighbor @neighbour | Where-Object { [int]$_.State -gt 1 } | Select-Object LinkLayerAddress)
ConvertTo-Json -Compress -Depth 3 @{ neighbours = $found }`,
    { NIC: nic, IP: ip, TIMEOUT: String(Math.max(1, Math.ceil(timeoutMs))) },
  );
}

/**
 * One echo request. `ping.exe` would report success for "destination host unreachable"; a network that is gone makes
 * `Send` throw, which is no answer like any other.
 */
export function ping(ip: string, timeoutMs: number): PowerShellCall {
  return powershell(
    `try {
  $reply = (New-Object System.Net.NetworkInformation.Ping).Send($env:BATON_IP, [int]$env:BATON_TIMEOUT)
  ConvertTo-Json -Compress @{ status = [string]$reply.Status; ms = $reply.RoundtripTime }
} catch { ConvertTo-Json -Compress @{ status = 'Failed'; ms = 0 } }`,
    { IP: ip, TIMEOUT: String(Math.max(1, Math.ceil(timeoutMs))) },
  );
}

/** Shows the state of a service as its number, which is not translated; -1 when there is none. */
export function showService(service: string): PowerShellCall {
  return powershell(
    `$found = Get-Service | Where-Object { $_.Name -eq $env:BATON_SERVICE } | Select-Object -First 1
if ($found) { [int]$found.Status } else { -1 }`,
    { SERVICE: service },
  );
}

/** Starts a service and waits for it. */
export function startService(service: string): PowerShellCall {
  return changeService("Start-Service", "Running", service);
}

/** Stops a service and those that depend on it, and waits for it. */
export function stopService(service: string): PowerShellCall {
  return changeService("Stop-Service -Force", "Stopped", service);
}

function changeService(verb: string, state: string, service: string): PowerShellCall {
  // By pipe, because -Name would take a name with brackets or stars for a pattern.
  return powershell(
    `$found = Get-Service | Where-Object { $_.Name -eq $env:BATON_SERVICE } | Select-Object -First 1
if (-not $found) { [Console]::Error.WriteLine('there is no such service'); exit 5 }
$found | ${verb}
$found.WaitForStatus('${state}')`,
    { SERVICE: service },
  );
}

/** The same for the dead man's switch. */
export function stopServiceLine(service: string): CommandLine {
  return ["net.exe", "stop", service, "/y"];
}

/** Kills the process of a service that does not stop. Services in a shared svchost.exe go with it. */
export function killServiceLine(service: string): CommandLine {
  return ["taskkill.exe", "/F", "/T", "/FI", `SERVICES eq ${service}`];
}

function prefix(ip: string): string {
  return ip.includes(":") ? "128" : "32";
}
