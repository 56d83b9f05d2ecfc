import { Buffer } from "node:buffer";
import type { CommandLine } from "./exec.ts";

/** A PowerShell program and the environment that carries its values. */
export interface PowerShellCall {
  command: CommandLine;
  env: Record<string, string>;
}

/**
 * A call of a fixed PowerShell text. Values reach it only as environment variables (`$env:BATON_IP`), so whatever they
 * contain, they are data. Errors end it with status 1, and what it prints is UTF-8.
 */
export function powershell(text: string, values: Readonly<Record<string, string>> = {}): PowerShellCall {
  const env = Object.fromEntries(Object.entries(values).map(([name, value]) => [`BATON_${name}`, value]));
  return { command: encoded(text), env };
}

/** The command line of a fixed PowerShell text. */
export function encoded(text: string): CommandLine {
  const whole = `$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
${text}`;
  const base64 = Buffer.from(whole, "utf16le").toString("base64");
  return ["powershell.exe", "-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", base64];
}
