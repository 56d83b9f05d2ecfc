/**
 * The environment of what the agent starts. Its own may hold secrets (AWS_SECRET_ACCESS_KEY, a proxy's password) and
 * things that mean only it (NOTIFY_SOCKET), so a program gets what programs can't do without, and what was meant for it.
 *
 * @module
 */

/** What programs expect everywhere. */
const COMMON = /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|TMP|TEMP)$/;
/** What Windows and its runtimes expect besides; names there have no case. */
const WINDOWS = new RegExp(
  "^(?:SystemRoot|SystemDrive|windir|ComSpec|PATH|PATHEXT|OS|PSModulePath|USERNAME|USERDOMAIN|USERPROFILE|HOMEDRIVE|" +
    "HOMEPATH|APPDATA|LOCALAPPDATA|ALLUSERSPROFILE|PUBLIC|COMPUTERNAME|NUMBER_OF_PROCESSORS|PROCESSOR_[A-Z0-9_]+|" +
    "(?:Common)?Program(?:Data|Files|W6432)(?:\\(x86\\))?|CommonProgramW6432|DriverData)$",
  "i",
);

/** The environment of a program: what every program gets out of `own`, and `more`. */
export function childEnvironment(
  more: Readonly<Record<string, string>> = {},
  own: Readonly<Record<string, string>> = Deno.env.toObject(),
  platform: typeof Deno.build.os = Deno.build.os,
): Record<string, string> {
  const wanted = (name: string) => COMMON.test(name) || (platform === "windows" && WINDOWS.test(name));
  return { ...Object.fromEntries(Object.entries(own).filter(([name]) => wanted(name))), ...more };
}
