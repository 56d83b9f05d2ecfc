import { join } from "node:path";
import { accountName, exposed, exposedAs } from "../plugin/ownership.ts";

/**
 * What is written into the state folder must come to lie there, and nowhere else. Who could write into it may have put
 * links there, which are followed; so nothing is opened before the folder and all in it are known to be ours. Resolves
 * with what is not, and the command that mends it; a sentence without its full stop.
 */
export async function strangersIn(dir: string): Promise<string | undefined> {
  const open = await exposed(dir);
  if (open !== undefined) return `the state folder can't be used: ${open.message}; run \`${open.remedy}\``;
  for await (const { name } of Deno.readDir(dir)) {
    const path = join(dir, name);
    const info = await Deno.lstat(path).catch(missing);
    // The agent that has the folder is at work; it is found out next.
    if (info === undefined) continue;
    if (info.isSymlink) {
      return `${path} is a link, and belongs to ${
        accountName(info.uid)
      }: Baton puts none there and follows none; see ` +
        `who did, and run \`rm ${path}\``;
    }
    const foreign = exposedAs(path, info);
    if (foreign === undefined) continue;
    return `the state folder can't be used: ${foreign.message}; see who put it there, or run \`${foreign.remedy}\``;
  }
  return undefined;
}

function missing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
