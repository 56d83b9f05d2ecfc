/**
 * What reads the output of a program that others have inherited, once the agent has read enough of it.
 *
 * A start script that leaves a daemon behind leaves it the pipes of the agent as standard output and error. Closed, its
 * next line would end it (SIGPIPE); read by the agent, the agent's end would, just when the daemon says that it stops. So
 * a process of its own reads the pipe from then on, and nothing is kept: it ends with the last who can write there.
 *
 * @module
 */
import { childEnvironment } from "./environment.ts";
import { startOrdinary } from "./priority.ts";

/** Where this process has its open files. */
const FILES = "/proc/self/fd";
/** A reader that has not begun within this is not waited for. In milliseconds. */
const BEGIN_MS = 2_000;
/** `flags` of an open file: it can be read. */
const MAY_READ = 0;
const ACCESS = 0o3;

/**
 * Opens the pipes where the agent has them, says so, and reads them until nobody can write there any more. In the
 * background, so that its parent is gone: what ends the agent and its children does not find it.
 */
const READER = `exec 3<"$1" || exit 1
if [ -n "$2" ]; then exec 4<"$2" || exit 1; fi
echo reads
exec >/dev/null 2>&1
if [ -n "$2" ]; then cat <&4 3<&- & fi
cat <&3 4<&- &
`;

/** A pipe of which this process has the reading end. */
interface Pipe {
  fd: string;
  /** As the kernel names it. */
  name: string;
}

/** Tells the pipes of a program from all others. Made right before it is started. */
export class ProgramPipes {
  readonly #before: ReadonlySet<string> = new Set(openFiles());
  #pipes: Pipe[] = [];

  /** The program was started in this very step. */
  started(): void {
    this.#pipes = openFiles().filter((fd) => !this.#before.has(fd)).flatMap((fd) => {
      const name = linkOf(fd);
      return name?.startsWith("pipe:") && mayRead(fd) ? [{ fd, name }] : [];
    });
  }

  /**
   * Hands those that are still open over to a process of its own. False where that can't be, so that whoever reads them
   * has to go on.
   */
  async handOver(): Promise<boolean> {
    const open = this.#pipes.filter(({ fd, name }) => linkOf(fd) === name);
    if (open.length === 0) return false;
    try {
      return await startReader(open.map(({ fd }) => `/proc/${Deno.pid}/fd/${fd}`));
    } catch {
      return false;
    }
  }
}

async function startReader(files: readonly string[]): Promise<boolean> {
  const command = new Deno.Command("/bin/sh", {
    args: ["-c", READER, "baton-output", ...files],
    // For whoever asks what this `cat` is for.
    env: childEnvironment({ BATON_OUTPUT_OF: String(Deno.pid) }),
    clearEnv: true,
    cwd: "/",
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    // Its own session, like that of the daemon.
    detached: true,
    signal: AbortSignal.timeout(BEGIN_MS),
  });
  const starter = startOrdinary(() => command.spawn());
  const reader = starter.stdout.getReader();
  try {
    const { value } = await reader.read();
    return new TextDecoder().decode(value).startsWith("reads");
  } finally {
    await reader.cancel().catch(() => {});
    await starter.status;
  }
}

function openFiles(): string[] {
  if (Deno.build.os !== "linux") return [];
  try {
    return [...Deno.readDirSync(FILES)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function linkOf(fd: string): string | undefined {
  try {
    return Deno.readLinkSync(`${FILES}/${fd}`);
  } catch {
    return undefined;
  }
}

function mayRead(fd: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${fd}`))?.[1];
    return flags !== undefined && (parseInt(flags, 8) & ACCESS) === MAY_READ;
  } catch {
    return false;
  }
}
