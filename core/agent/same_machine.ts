/**
 * Whether a state was written on this machine, and on the volume that it lies on. One that came with an image, a snapshot
 * or a volume that was put in the place of another may be older than the latest vote, and is no memory.
 *
 * Of what tells machines apart the strongest that is known of both decides: the id of the EC2 instance, what the hypervisor
 * gave the machine, what was made when the system was installed. A volume made from a snapshot has another serial number
 * than the one that it was made of, also on the same machine. Where nothing of what is known of one is known of the other
 * it may be any machine. What nobody can tell is a volume that was put back in place, with its number.
 *
 * @module
 */
import type { MachineFacts } from "../os/os.ts";

const KINDS = [
  ["instance", "by the id of its instance"],
  ["uuid", "by what its hypervisor calls it"],
  ["installation", "by its machine-id"],
] as const;

/** Why a state with the facts `then` was not written here; undefined when it was. */
export function elsewhere(then: MachineFacts, here: MachineFacts): string | undefined {
  const kind = KINDS.find(([name]) => then[name] !== undefined && here[name] !== undefined);
  if (kind && then[kind[0]] !== here[kind[0]]) {
    const [name, how] = kind;
    return name === "instance"
      ? `was written on ${then.instance}, and this is ${here.instance}`
      : `was written on another machine (${how})`;
  }
  const [before, now] = [then.volumes ?? [], here.volumes ?? []];
  if (before.length > 0 && now.length > 0 && !before.some((volume) => now.includes(volume))) {
    return "was written on another volume than it lies on (by the serial numbers of both), as after a snapshot";
  }
  const known = Object.keys(then).length > 0;
  if (known && !kind && (before.length === 0 || now.length === 0)) {
    return "was written where more was known of the machine than can be read here, so that it may be another one";
  }
  return undefined;
}
