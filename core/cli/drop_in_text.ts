/**
 * What drop-ins do and use, as text.
 *
 * @module
 */
import type { DropInState } from "../host/drop_in.ts";
import type { Style } from "./style.ts";

/** A line for each drop-in, and one more for what it did wrong or why its new version is not used. */
export function renderDropIns(dropIns: readonly DropInState[], style: Style): string[] {
  return dropIns.flatMap((dropIn) => {
    const { type, misdeed, outdated } = dropIn;
    const [state, show] = dropIn.pid === null
      ? ["off", style.warn] as const
      : outdated === null
      ? ["runs", style.good] as const
      : ["outdated", style.warn] as const;
    return [
      `  ${show(state.padEnd(8))} ${type.padEnd(16)} ${
        [dropIn.kind, ...whereabouts(dropIn), ...calls(dropIn)].join(", ")
      }`,
      ...(outdated === null ? [] : [style.warn(`    its new version is not used: ${outdated}`)]),
      ...(misdeed === null ? [] : [
        style.warn(`    its process was ended ${times(misdeed.count)}, last ${stamp(misdeed.time)}: ${misdeed.reason}`),
      ]),
    ];
  });
}

/** Where it runs. */
function whereabouts({ pid, alone, memoryMb }: DropInState): string[] {
  if (pid === null) return [];
  const memory = memoryMb === null ? "" : ` with ${memoryMb} MiB`;
  return [`${alone ? "process" : "shared process"} ${pid}${memory}`];
}

function calls({ calls, failures, latestMs, longestMs }: DropInState): string[] {
  if (calls === 0 || latestMs === null) return ["not called yet"];
  return [
    `${calls} call${calls === 1 ? "" : "s"}, ${failures} failed`,
    `the latest took ${latestMs} ms, the longest ${longestMs} ms`,
  ];
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** The time of an ISO 8601 text to the second, in UTC. */
function stamp(time: string): string {
  return `${time.slice(0, 19).replace("T", " ")} UTC`;
}
