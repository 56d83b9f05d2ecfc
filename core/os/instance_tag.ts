/** Where EC2 writes the id of an instance for its operating system, on the machine itself: no service has to answer. */
const ASSET_TAG = "/sys/class/dmi/id/board_asset_tag";

/** The id of the EC2 instance that this machine is; undefined on other machines, and on instances that don't say. */
export function instanceTag(path: string = ASSET_TAG): string | undefined {
  try {
    return /^i-[0-9a-f]{8,17}$/.exec(Deno.readTextFileSync(path).trim())?.[0];
  } catch {
    // Not there, or not for everybody to read: nothing is known, and nothing rests on it.
    return undefined;
  }
}
