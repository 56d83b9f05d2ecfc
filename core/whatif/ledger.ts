/**
 * Who really carried what and when, kept by somebody who sees every server at every moment.
 *
 * A group is *served* where all its resources are on, the engine has said so, and the machine runs and is not cut off from
 * its clients. It is *held* where any of its resources may be on, which is what the promise of one carrier is about.
 *
 * @module
 */
import type { Machine } from "../simulation/machine.ts";
import type { World } from "../simulation/world.ts";

/** A stretch of time in milliseconds of the world; `untilMs` is null while it lasts. */
export interface Span {
  fromMs: number;
  untilMs: number | null;
}

/** A server that serves. */
export interface Carried extends Span {
  server: string;
}

/** Two or more hold a group at once. */
export interface Both extends Span {
  servers: string[];
  /** Those that stood still when it began. */
  stood: string[];
  /** How much of it at least one of them stood still, in milliseconds. */
  stillMs: number;
}

/** What is written down of a group. */
export interface Account {
  before: string[];
  carried: Carried[];
  outages: Span[];
  both: Both[];
}

/** What the world does not know of its machines. */
export interface Circumstances {
  /** No client reaches it. */
  cutOff(machine: Machine): boolean;
  /** The whole machine stands still. */
  still(machine: Machine): boolean;
}

/** The ledger. */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  /** Group -> servers whose engine says that it is online there. */
  readonly #announced = new Map<string, Set<string>>();
  /** Of which a holder stood still at the latest look. */
  readonly #still = new Set<Account>();
  #read = 0;
  #latestMs = 0;

  constructor(private readonly world: World, private readonly circumstances: Circumstances) {
    this.begin();
  }

  /** Forgets the past: from now on it counts. */
  begin(): void {
    for (const { name } of this.world.spec.groups) {
      const before = this.serving(name);
      this.#accounts.set(name, { before, carried: [], outages: [], both: [] });
    }
    this.follow();
  }

  account(group: string): Account {
    const account = this.#accounts.get(group);
    if (!account) throw new Error(`there is no group ${group} in this ledger`);
    return account;
  }

  /** Where clients are served now. */
  serving(group: string): string[] {
    this.#listen();
    const resources = this.world.spec.groups.find(({ name }) => name === group)?.resources.length ?? 0;
    const announced = this.#announced.get(group);
    if (!announced) return [];
    return this.world.machines.filter((machine) => {
      const complete = machine.powered && (machine.on.get(group)?.size ?? 0) >= resources;
      if (!complete) announced.delete(machine.name);
      if (!announced.has(machine.name)) return false;
      return !this.circumstances.still(machine) && !this.circumstances.cutOff(machine);
    }).map(({ name }) => name);
  }

  /** Writes down what has changed. */
  follow(): void {
    const { nowMs } = this.world;
    for (const { name } of this.world.spec.groups) {
      const account = this.account(name);
      const serving = this.serving(name);
      this.#carry(account, serving);
      this.#toggle(account.outages, serving.length === 0, () => ({ fromMs: nowMs, untilMs: null }));
      this.#hold(account, this.world.machines.filter((machine) => machine.active(name)));
    }
    this.#latestMs = nowMs;
  }

  #listen(): void {
    const { story } = this.world;
    for (; this.#read < story.length; this.#read++) {
      const { server, reason } = story[this.#read]!;
      if (reason.code !== "online" || reason.group === undefined) continue;
      const announced = this.#announced.get(reason.group) ?? new Set();
      this.#announced.set(reason.group, announced.add(server));
    }
  }

  #carry({ carried }: Account, serving: readonly string[]): void {
    const { nowMs } = this.world;
    for (const span of carried) if (span.untilMs === null && !serving.includes(span.server)) span.untilMs = nowMs;
    for (const server of serving) {
      const open = carried.some((span) => span.untilMs === null && span.server === server);
      if (!open) carried.push({ server, fromMs: nowMs, untilMs: null });
    }
  }

  #hold(account: Account, holders: readonly Machine[]): void {
    const { nowMs } = this.world;
    const { both } = account;
    const still = holders.filter((machine) => this.circumstances.still(machine)).map(({ name }) => name);
    const latest = both.at(-1);
    // Nothing changed since the latest look, so it says what the time in between was like.
    if (latest?.untilMs === null && this.#still.has(account)) latest.stillMs += nowMs - this.#latestMs;
    this.#toggle(both, holders.length > 1, () => ({
      fromMs: nowMs,
      untilMs: null,
      servers: holders.map(({ name }) => name),
      stood: still,
      stillMs: 0,
    }));
    if (still.length > 0) this.#still.add(account);
    else this.#still.delete(account);
  }

  /** Opens or closes the latest span; returns it while it is open. */
  #toggle<S extends Span>(spans: S[], lasts: boolean, open: () => S): S | undefined {
    const latest = spans.at(-1);
    if (latest?.untilMs === null) {
      if (lasts) return latest;
      latest.untilMs = this.world.nowMs;
      return undefined;
    }
    if (!lasts) return undefined;
    const span = open();
    spans.push(span);
    return span;
  }
}
