/**
 * What a flood does to a group: whether it moved, whether its carrier lost its permit for a moment, and how much was
 * written of it.
 *
 * @module
 */
import { join } from "node:path";
import type { Machine } from "../../sandbox/demo/machine.ts";

/** What nobody wants to read while all servers are well. */
const BAD = ["permit-lost", "fenced", "claim", "won", "released", "final-action", "broken", "left", "peer-silent"];

/** A look at a cluster before and after. */
export class Watch {
  private constructor(
    private readonly machines: readonly Machine[],
    private readonly lines: readonly number[],
    private readonly carrier: string,
    private readonly epoch: number,
  ) {}

  static async begin(machines: readonly Machine[]): Promise<Watch> {
    const group = (await machines[0]!.status())?.view.groups[0];
    if (!group?.carrier) throw new Error("nobody carries");
    const lines = await Promise.all(machines.map(async (machine) => (await journalOf(machine)).length));
    return new Watch(machines, lines, group.carrier, group.epoch);
  }

  /** What has gone wrong since, a line each, and by how many lines the longest journal has grown. */
  async end(): Promise<{ wrong: string[]; lines: number }> {
    const wrong: string[] = [];
    let lines = 0;
    for (const [at, machine] of this.machines.entries()) {
      const journal = (await journalOf(machine)).slice(this.lines[at]);
      lines = Math.max(lines, journal.length);
      for (const { code, text } of journal) {
        // That packets were refused is told under the word of silence as well.
        if (BAD.includes(code) && !text.includes("was refused")) wrong.push(`${machine.name}: ${code}: ${text}`);
      }
    }
    const group = (await this.machines[0]!.status())?.view.groups[0];
    if (group?.status !== "online" || group.epoch !== this.epoch || group.carrier !== this.carrier) {
      wrong.push(
        `${this.carrier} had it under ${this.epoch}; now ${group?.carrier} has it under ${group?.epoch} (${group?.status})`,
      );
    }
    return { wrong, lines };
  }
}

async function journalOf(machine: Machine): Promise<{ code: string; text: string }[]> {
  const text = await Deno.readTextFile(join(machine.folder, "state", "journal.jsonl")).catch(() => "");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Packets that the kernel has dropped at the socket of a UDP port, because nobody had read the ones before. */
export async function droppedAt(port: number): Promise<number> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = (await Deno.readTextFile("/proc/net/udp")).split("\n").map((row) => row.trim().split(/\s+/));
  return Number(rows.find(([, local]) => local?.endsWith(`:${hex}`))?.at(-1) ?? NaN);
}
