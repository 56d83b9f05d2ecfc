/**
 * Whether anybody else could change what the agent reads: as sudo and ssh look at their files. What the agent runs, it
 * runs with its own rights, so whoever may write its file, a plugin, or a folder on the way there has those rights too.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";

/** Others than the owner and the group may write. */
const OTHERS = 0o002;
const GROUP = 0o020;
/** In such a folder nobody can take away or replace what belongs to another. */
const STICKY = 0o1000;
/** A chain of links that is longer goes round in circles. */
const MAX_LINKS = 40;

/** Whose a file is, and who may write it. */
type Mine = Pick<Deno.FileInfo, "uid" | "gid" | "mode" | "isDirectory" | "isSymlink">;

/** Something that others could change. */
export interface Exposed {
  /** A sentence without its full stop: the path, its owner, its mode, and what that means. */
  message: string;
  /** The command that mends it. */
  remedy: string;
}

/** The account that looks. */
export interface Account {
  uid: number | null;
  gid: number | null;
}

/** The account of this process; without numbers on Windows, where nothing is looked at. */
const SELF: Account = { uid: Deno.uid(), gid: Deno.gid() };

/**
 * What others than root and this account could change about `path`: the file or folder itself, a folder on the way to it,
 * or a link. Undefined when there is nothing of that kind, or nothing of that name. Throws what the system throws when it
 * can't be looked at.
 */
export async function exposed(path: string, self: Account = SELF): Promise<Exposed | undefined> {
  if (self.uid === null) return undefined;
  const waiting = [resolve(path)];
  const seen = new Set<string>();
  for (let links = 0; waiting.length > 0;) {
    const file = waiting.pop()!;
    for (const one of [...foldersTo(file), file]) {
      if (seen.has(one)) continue;
      seen.add(one);
      let info: Deno.FileInfo;
      try {
        info = await Deno.lstat(one);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
      const found = exposedAs(one, info, self);
      if (found !== undefined) return found;
      if (!info.isSymlink) continue;
      if (++links > MAX_LINKS) throw new Error(`${path} leads through more than ${MAX_LINKS} links`);
      // What stands behind the link is looked at by its own path.
      const target = resolve(dirname(one), await Deno.readLink(one));
      waiting.push(one === file ? target : join(target, file.slice(one.length + 1)));
      break;
    }
  }
  return undefined;
}

/** What is wrong with one file or folder. */
export function exposedAs(
  path: string,
  { uid, gid, mode, isDirectory, isSymlink }: Mine,
  self: Account = SELF,
): Exposed | undefined {
  if (uid === null || mode === null) return undefined;
  const shown = `${path} belongs to ${accountName(uid)} and has the mode ${
    (mode & 0o7777).toString(8).padStart(4, "0")
  }`;
  const means = "who may write there decides what the agent does with its rights";
  if (uid !== 0 && uid !== self.uid) {
    const owner = self.uid === 0 ? "root" : String(self.uid);
    return { message: `${shown}: ${means}`, remedy: `chown ${isSymlink ? "-h " : ""}${owner} ${path}` };
  }
  // A link has no mode of its own.
  if (isSymlink || (isDirectory && (mode & STICKY) !== 0)) return undefined;
  if ((mode & OTHERS) !== 0) {
    return { message: `${shown}: everybody may write there, and ${means}`, remedy: `chmod go-w ${path}` };
  }
  // The group of the account itself is one that has no other members, as a rule.
  if ((mode & GROUP) !== 0 && gid !== 0 && gid !== self.gid) {
    return { message: `${shown}: the group ${gid} may write there, and ${means}`, remedy: `chmod g-w ${path}` };
  }
  return undefined;
}

/** From the top to the one that has it. */
function foldersTo(path: string): string[] {
  const folders: string[] = [];
  for (let at = dirname(path);; at = dirname(at)) {
    folders.unshift(at);
    if (at === dirname(at)) return folders;
  }
}

/** The name of an account, with its number. */
export function accountName(uid: number | null): string {
  if (uid === null) return "an account that is not known";
  if (uid === 0) return "root";
  try {
    const rows = Deno.readTextFileSync("/etc/passwd").split("\n").map((row) => row.split(":"));
    const name = rows.find((row) => row[2] === String(uid))?.[0];
    return name ? `${name} (uid ${uid})` : `uid ${uid}`;
  } catch {
    return `uid ${uid}`;
  }
}
