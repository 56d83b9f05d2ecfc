/**
 * Whether a program that `cluster.yaml` names could be started.
 *
 * @module
 */
import { delimiter, isAbsolute, join } from "node:path";
import { FAULT_CODES } from "./fault.ts";
import { interpreterProblem } from "./interpreter.ts";
import { broken, type Finding, fine } from "./finding.ts";

/** Programs whose first argument that is no option is the file that they run. */
const INTERPRETER = /^(?:sh|bash|dash|ash|zsh|ksh|perl|ruby|node|python[\d.]*)$/;

/** Looks at the program, and at the script when the program is an interpreter. Nothing is run. */
export async function programFinding(
  subject: string,
  option: string,
  command: readonly string[],
): Promise<Finding> {
  const [program = "", ...args] = command;
  const files = isAbsolute(program) ? [program] : searchPath().map((folder) => join(folder, program));
  const states = await Promise.all(files.map(stateOf));
  if (!states.includes("executable")) {
    const there = states.includes("file");
    return broken(
      subject,
      FAULT_CODES.internal,
      there
        ? `${option}: ${program} may not be executed`
        : `${option}: the program ${program} does not exist${isAbsolute(program) ? "" : " in PATH"}`,
      there ? `chmod +x ${program}` : "install it on this server too, or correct its path",
    );
  }
  const started = files[states.indexOf("executable")]!;
  const problem = interpreterProblem(started);
  if (problem !== undefined) {
    return broken(subject, FAULT_CODES.internal, `${option}: ${started} is there, but ${problem.said}`, problem.remedy);
  }
  const script = INTERPRETER.test(program.split(/[/\\]/).at(-1) ?? "")
    ? args.find((arg) => !arg.startsWith("-"))
    : undefined;
  if (script !== undefined && !args.includes("-c") && isAbsolute(script) && await stateOf(script) === "missing") {
    return broken(
      subject,
      FAULT_CODES.internal,
      `${option}: ${program} has to run ${script}, which does not exist`,
      "copy it to this server too, or correct its path",
    );
  }
  if (script !== undefined && isAbsolute(script)) {
    // The interpreter is named here; a first line that Windows wrote says that all others are too.
    const lines = interpreterProblem(script);
    if (lines?.said.includes("carriage return")) {
      const said = `${option}: ${script} has the line ends of Windows, which ${program} takes for a part of its words`;
      return broken(subject, FAULT_CODES.internal, said, lines.remedy);
    }
  }
  return fine(subject, `${option}: ${program} is there`);
}

function searchPath(): string[] {
  return (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "").slice(0, 100);
}

async function stateOf(path: string): Promise<"executable" | "file" | "missing"> {
  const names = Deno.build.os === "windows" ? [path, `${path}.exe`, `${path}.cmd`, `${path}.bat`] : [path];
  for (const name of names) {
    const info = await Deno.stat(name).catch(() => undefined);
    if (info === undefined || !info.isFile) continue;
    return info.mode === null || (info.mode & 0o111) !== 0 ? "executable" : "file";
  }
  return "missing";
}
