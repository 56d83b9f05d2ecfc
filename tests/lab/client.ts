/**
 * What the client has seen: when the VIP answered and who it was, and when each server's own address did.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Network } from "./network.ts";
import { type Interval, merged } from "./intervals.ts";

/** Between two questions to the VIP, in milliseconds. */
const VIP_EVERY_MS = 5;
/** Between two questions to a server's own address, in milliseconds. */
const SERVER_EVERY_MS = 10;
/** Answers of one server that are this close together belong to one time of answering. In milliseconds. */
const TOGETHER_MS = 60;

const PROBER = fileURLToPath(new URL("./prober.ts", import.meta.url));

/** An answer, as the client has got it. */
export interface Answer {
  /** When it came. */
  atMs: number;
  /** The server that gave it. */
  who: string;
  /** The number that the client had sent; 0 where it did not ask to count. */
  number: number;
  /** The epoch of the server's service. */
  epoch: number;
  /** When the server gave it, on a clock that all servers share. */
  givenMs: number;
}

/** The client of one network. */
export class Client {
  readonly #answers = new Map<string, Answer[]>();
  #pauses: Interval[] = [];
  #process: Deno.ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(private readonly network: Network, private readonly port: number) {}

  /** Begins to ask `vip` and the servers at their own addresses. */
  start(vip: string, servers: readonly { name: string; ip: string }[]): void {
    const targets = [
      `vip=${vip}=${VIP_EVERY_MS}`,
      ...servers.map(({ name, ip }) => `${name}=${ip}=${SERVER_EVERY_MS}`),
    ];
    const process = this.#process = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", this.network.namespace("client")],
        ...[Deno.execPath(), "run", "-A", "-q", "--no-lock", PROBER, String(this.port), ...targets],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#ended = this.#read(process);
  }

  /** Forgets what was before `ms`: the memory of a long run has a bound. */
  forget(ms: number): void {
    for (const [name, answers] of this.#answers) {
      this.#answers.set(name, answers.filter(({ atMs }) => atMs >= ms));
    }
    this.#pauses = this.#pauses.filter(({ toMs }) => toMs >= ms);
  }

  /** The last server that answered on the VIP, if that was within `ms`. */
  latest(nowMs: number, ms: number): string | undefined {
    const last = this.#answers.get("vip")?.at(-1);
    return last !== undefined && nowMs - last.atMs < ms ? last.who : undefined;
  }

  /** The longest time without an answer on the VIP from `fromMs` to `toMs`, in milliseconds. */
  outageMs(fromMs: number, toMs: number): number {
    const answers = this.#answers.get("vip") ?? [];
    let before = answers.findLast(({ atMs }) => atMs <= fromMs)?.atMs ?? fromMs;
    let longest = 0;
    for (const { atMs } of answers) {
      if (atMs <= fromMs || atMs > toMs) continue;
      longest = Math.max(longest, atMs - before);
      before = atMs;
    }
    return Math.max(longest, toMs - before);
  }

  /** The first answer on the VIP of another server than `who` after `fromMs`, as milliseconds since then. */
  firstOtherMs(who: string, fromMs: number): number | null {
    const first = this.#answers.get("vip")?.find((answer) => answer.atMs > fromMs && answer.who !== who);
    return first === undefined ? null : first.atMs - fromMs;
  }

  /** When a server answered at its own address. */
  answering(server: string): Interval[] {
    return merged((this.#answers.get(server) ?? []).map(({ atMs }) => atMs), TOGETHER_MS);
  }

  /** The same by the servers' clock: exact, however late the client came to read it. */
  answeringThere(server: string): Interval[] {
    const given = (this.#answers.get(server) ?? []).map(({ givenMs }) => givenMs);
    return merged(given.sort((a, b) => a - b), TOGETHER_MS);
  }

  /** The answers on the VIP that are remembered. */
  get acknowledged(): readonly Answer[] {
    return this.#answers.get("vip") ?? [];
  }

  /** When the client itself was kept from running. */
  get pauses(): readonly Interval[] {
    return this.#pauses;
  }

  async stop(): Promise<void> {
    try {
      this.#process?.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process?.status;
    await this.#ended;
  }

  async #read(process: Deno.ChildProcess): Promise<void> {
    let rest = "";
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const [at, asked = "", number, who = "", epoch, , given] = line.split(" ");
        const atMs = Number(at);
        if (asked === "pause") {
          this.#pauses.push({ fromMs: atMs - Number(number), toMs: atMs });
          continue;
        }
        const answers = this.#answers.get(asked) ?? [];
        answers.push({ atMs, who, number: Number(number), epoch: Number(epoch), givenMs: Number(given) / 1_000 });
        this.#answers.set(asked, answers);
      }
    }
  }
}
