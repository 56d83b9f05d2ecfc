/**
 * The processes of a group, found by a mark in their environment. Whatever an agent starts for a group carries it, and
 * a child inherits it, also one that leaves its process group and session and whose parents are all gone.
 *
 * A process belongs to the group when its environment has the mark, when it is in the session of one that has (and the
 * leader of that session is marked itself, or gone), or when it descends from one that belongs. So only that escapes
 * which both has cleared its environment and has left its session and its parents, and what others start: a service
 * manager, a container engine, cron. And an agent without the rights to read a process's environment doesn't see it.
 *
 * @module
 */
import { join } from "node:path";
import { pause } from "../plugin/deadline.ts";

/** The environment variable with the mark. */
export const MARK_VARIABLE = "BATON_MARK";

/** Files that are read at a time: a machine has thousands of processes. */
const AT_ONCE = 64;
/** Killing is repeated, because a process may have had a child meanwhile. */
const MAX_ROUNDS = 100;
/** Between two rounds, in milliseconds. */
const ROUND_MS = 5;

/** A process as /proc shows it. */
export interface ProcessRow {
  pid: number;
  name: string;
  parent: number;
  session: number;
  marked: boolean;
}

/** Those of `rows` that belong to the mark; never `spared`. */
export function belonging(rows: readonly ProcessRow[], spared: number): ProcessRow[] {
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const found = new Set(rows.filter(({ marked, pid }) => marked && pid !== spared).map(({ pid }) => pid));
  const sessions = new Set(
    rows.filter(({ pid }) => found.has(pid)).map(({ session }) => session)
      .filter((leader) => leader > 0 && (byPid.get(leader)?.marked ?? true)),
  );
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const { pid, parent, session } of rows) {
      if (pid > 1 && pid !== spared && (found.has(parent) || sessions.has(session))) found.add(pid);
    }
  }
  return rows.filter(({ pid }) => found.has(pid));
}

/**
 * Kills all processes that belong to `mark` and waits until they are gone. Resolves with those that are not when
 * `signal` aborts, by name and number: they hang in the kernel.
 */
export async function killMarked(mark: string, signal: AbortSignal, proc = "/proc"): Promise<string[]> {
  let left: ProcessRow[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    left = belonging(await processes(mark, proc), Deno.pid);
    if (left.length === 0 || signal.aborted) break;
    for (const { pid } of left) kill(pid);
    try {
      await pause(ROUND_MS, signal);
    } catch {
      // One more look, to say what is left.
    }
  }
  return left.map(called);
}

/** The processes that belong to `mark`, by name and number. */
export async function marked(mark: string, signal: AbortSignal, proc = "/proc"): Promise<string[]> {
  signal.throwIfAborted();
  return belonging(await processes(mark, proc), Deno.pid).map(called);
}

function called({ name, pid }: ProcessRow): string {
  return `${name} (process ${pid})`;
}

async function processes(mark: string, proc: string): Promise<ProcessRow[]> {
  const pids: number[] = [];
  for await (const { name } of Deno.readDir(proc)) if (/^\d+$/.test(name)) pids.push(Number(name));
  const rows: (ProcessRow | undefined)[] = [];
  for (let from = 0; from < pids.length; from += AT_ONCE) {
    rows.push(...await Promise.all(pids.slice(from, from + AT_ONCE).map((pid) => row(pid, mark, proc))));
  }
  return rows.filter((each) => each !== undefined);
}

async function row(pid: number, mark: string, proc: string): Promise<ProcessRow | undefined> {
  try {
    const stat = await Deno.readTextFile(join(proc, String(pid), "stat"));
    // The name is in brackets and may contain any of them.
    const open = stat.indexOf("(");
    const close = stat.lastIndexOf(")");
    const [state = "", parent, , session] = stat.slice(close + 2).split(" ");
    // What nobody has waited for yet runs no more.
    if (state === "Z" || state === "X") return undefined;
    const name = stat.slice(open + 1, close);
    return { pid, name, parent: Number(parent), session: Number(session), marked: await isMarked(pid, mark, proc) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

async function isMarked(pid: number, mark: string, proc: string): Promise<boolean> {
  try {
    const environment = await Deno.readTextFile(join(proc, String(pid), "environ"));
    return environment.split("\0").includes(`${MARK_VARIABLE}=${mark}`);
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
