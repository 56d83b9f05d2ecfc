/**
 * The interpreter that the first line of a script names. Where it is missing the system says of the script itself that it
 * does not exist, so whoever starts one, and whoever looks before it is started, asks here.
 *
 * @module
 */

/** Longest first line that is looked at, in bytes; Linux reads no more of it either. */
const MAX_LINE = 256;

/** What is wrong with it: a clause, and what to do. */
export interface InterpreterProblem {
  said: string;
  remedy: string;
}

/** What keeps the script at `path` from being started; undefined: nothing, or it is no script that can be read. */
export function interpreterProblem(path: string): InterpreterProblem | undefined {
  const line = firstLine(path);
  if (line === undefined) return undefined;
  const interpreter = line.slice(2).trim().split(/\s+/)[0] ?? "";
  if (line.endsWith("\r")) {
    return {
      said:
        `its first line ends with a carriage return, as Windows writes lines, so its interpreter ${interpreter} is ` +
        "not found",
      remedy: `give it the line ends of Unix: sed -i 's/\\r$//' ${path}`,
    };
  }
  if (interpreter === "" || isThere(interpreter)) return undefined;
  return {
    said: `its interpreter ${interpreter} does not exist`,
    remedy: `install ${interpreter} on this server too, or correct the first line of ${path}`,
  };
}

/** The first line when it begins with `#!`, without its end. */
function firstLine(path: string): string | undefined {
  if (Deno.build.os === "windows") return undefined;
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(path);
    const bytes = new Uint8Array(MAX_LINE);
    const text = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
    const end = text.indexOf("\n");
    return text.startsWith("#!") ? text.slice(0, end < 0 ? undefined : end) : undefined;
  } catch {
    return undefined;
  } finally {
    file?.close();
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    // What can't be looked at may be there.
    return !(error instanceof Deno.errors.NotFound);
  }
}
