/**
 * The program that runs, to be started again as a host of drop-ins. Its path can change meanwhile: an update puts another
 * file there (`mv`), and a host of another version would not be understood, or there is nothing left to start.
 *
 * `/proc/self/exe` is always what runs, and enough for the runtime alone. A compiled executable reads the rest of itself
 * from the file that it was started as, by its name; so what runs gets a name of its own: a second one for the same file,
 * or a copy where the folder is on another file system. Windows lets nobody replace what runs.
 *
 * @module
 */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What the names begin with; behind it stands which file it is. */
const PREFIX = "running-";
/** What runs, whatever has become of its path. */
const EXE = "/proc/self/exe";

let kept: string | undefined;

/** The program to start. */
export function ownProgram(): string {
  if (kept !== undefined) return kept;
  return Deno.build.os === "linux" && !Deno.build.standalone ? EXE : Deno.execPath();
}

/**
 * Keeps what runs under a name in `folder`, or in its own folder, until {@linkcode letGoOfOwnProgram}; what an earlier
 * run has left in `folder` is removed. Resolves with why it could not, without a full stop.
 */
export async function keepOwnProgram(
  folder: string,
  { exe = EXE, needed = Deno.build.standalone && Deno.build.os === "linux" } = {},
): Promise<string | undefined> {
  if (kept !== undefined || !needed) return undefined;
  try {
    const { dev, ino } = await Deno.stat(exe);
    const name = `${PREFIX}${dev}-${ino}`;
    await removeOthers(folder, name);
    const path = await Deno.readLink(exe);
    const beside = join(dirname(path), `.baton-${name}`);
    const ways: (readonly [place: string, make: () => Promise<void>])[] = [
      [join(folder, name), () => Deno.link(path, join(folder, name))],
      [beside, () => Deno.link(path, beside)],
      [join(folder, name), () => Deno.copyFile(exe, join(folder, name))],
    ];
    let failure: string | undefined;
    for (const [place, make] of ways) {
      failure = await made(place, make, exe);
      if (failure !== undefined) continue;
      kept = place;
      return undefined;
    }
    return failure;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Removes the name. */
export async function letGoOfOwnProgram(): Promise<void> {
  const path = kept;
  kept = undefined;
  if (path !== undefined) await Deno.remove(path).catch(() => {});
}

/** Makes one. Resolves with why it is of no use. */
async function made(place: string, make: () => Promise<void>, exe: string): Promise<string | undefined> {
  try {
    await Deno.remove(place).catch(() => {});
    await make();
    const [of, runs] = await Promise.all([Deno.stat(place), Deno.stat(exe)]);
    // Between two looks at a path another file may have come there; a copy is made of what runs.
    if (of.size !== runs.size || (of.nlink! > 1 && of.ino !== runs.ino)) throw new Error(`${place} is another file`);
    // Also where the file system lets nothing be executed.
    await access(place, constants.X_OK);
    return undefined;
  } catch (error) {
    await Deno.remove(place).catch(() => {});
    return error instanceof Error ? error.message : String(error);
  }
}

async function removeOthers(folder: string, but: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.startsWith(PREFIX) && name !== but) await Deno.remove(join(folder, name)).catch(() => {});
  }
}
