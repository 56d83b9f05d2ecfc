/**
 * What the service has written on the disks of its servers, read on from where it was read last.
 *
 * @module
 */
import { join } from "node:path";
import type { Interval } from "../intervals.ts";
import type { Counted } from "./ledger.ts";

/** The logs of one cluster's servers. */
export class Logs {
  readonly #readBytes = new Map<string, number>();
  #slow: Interval[] = [];

  constructor(private readonly folder: string, private readonly servers: readonly string[]) {}

  /** The whole lines that came since last time. */
  async next(): Promise<Counted[]> {
    this.#slow = [];
    return (await Promise.all(this.servers.map((server) => this.#next(server)))).flat();
  }

  /** When its disk or one client kept the service waiting, among those lines; in milliseconds on the clock of the servers. */
  get slow(): readonly Interval[] {
    return this.#slow;
  }

  async #next(server: string): Promise<Counted[]> {
    const path = join(this.folder, server, "counted.log");
    const atBytes = this.#readBytes.get(server) ?? 0;
    let text: string;
    try {
      using file = await Deno.open(path);
      await file.seek(atBytes, Deno.SeekMode.Start);
      text = await new Response(file.readable).text();
    } catch (error) {
      // It has never carried.
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    this.#readBytes.set(server, atBytes + whole.length);
    return whole.split("\n").flatMap((line) => {
      const [first = "", second, third] = line.split(" ");
      if (first === "slow") this.#slow.push({ fromMs: Number(second) / 1_000, toMs: Number(third) / 1_000 });
      return first === "" || first === "slow" ? [] : [{ server, epoch: Number(first), number: Number(second) }];
    });
  }
}
