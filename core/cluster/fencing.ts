/**
 * Fencing: another server is stopped for certain (EC2 says that its instance is stopped, not that it has been told to).
 *
 * Where votes are sound (a majority of servers, a witness) it is a second lock: a takeover does not wait for it, unless
 * it is to. Where they are not, it is what makes a takeover sound, and every takeover waits for it:
 *
 * - with a tie-breaker, both sides of a partition may have its vote: whoever is silent is stopped first;
 * - with two servers and no further vote, one alone is no majority. A server that is off for certain has no use for its
 *   vote, so the other may count it. And as nobody takes over before this server is off, it needs no answer from a
 *   silent peer to go on: its permit is that it is not off.
 *
 * Only who would win the group shoots. Where both would, they must not shoot at once: who carries something goes first,
 * then the order of the servers decides, and each waits a head start for everyone before it; and a server that is already being stopped shoots nobody
 * (the fence sees to that).
 *
 * With `--no-power` nobody is stopped, it is only said, and counts as an attempt that has failed: whoever waits for the
 * confirmation goes on waiting, until an operator gives it.
 *
 * @module
 */
import type { Event } from "./events.ts";
import type { GroupRun } from "./group.ts";
import type { Local } from "./local.ts";
import { numbered } from "./numbered.ts";
import type { Peers } from "./peers.ts";
import type { Permit } from "./permit.ts";
import type { Presence } from "./presence.ts";
import { error, info, list, warning } from "./reasons.ts";
import type { Roster } from "./roster.ts";

/**
 * How much earlier than the next one a server may shoot, in milliseconds: time for the stop to be ordered and seen by
 * the one who is stopped. Shorter: both may be stopped. Longer: a longer outage.
 */
export const HEAD_START_MS = 2_000;

/** The first pause after an attempt that failed, in milliseconds; doubled with each further one. */
export const SHOOT_AGAIN_MS = 5_000;
/** The longest such pause. */
export const MAX_SHOOT_AGAIN_MS = 60_000;

/**
 * How long after its own start a server does not shoot one that it has never heard, in milliseconds: that one may just be
 * booting. Longer: a cluster of which only one server comes back is served later.
 */
export const BOOT_GRACE_MS = 120_000;

const NOBODY: readonly string[] = [];

/** What is known of a server that is to be off. */
interface Target {
  /** When the attempt that is under way was ordered; null when there is none. */
  shotMs: number | null;
  request: number;
  /** It was heard since the attempt was ordered: what that attempt proves is over. */
  heard: boolean;
  /** When it was confirmed; -Infinity while it is not. */
  stoppedMs: number;
  message: string;
  failures: number;
  /** No attempt before this. */
  nextMs: number;
  /** When it was last wanted: a head start that was not used up is given anew. */
  wantedMs: number;
}

/** The fence of one server. */
export class Fencing {
  readonly #targets = new Map<string, Target>();
  #requests = 0;

  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly roster: Roster,
    private readonly presence: Presence,
    private readonly groups: readonly GroupRun[],
  ) {}

  /** The vote of a stopped server counts for who stopped it: two servers, and nothing else to decide. */
  get #countsVotes(): boolean {
    const { fence, servers, tieBreaker, witness } = this.local.spec;
    return fence !== undefined && servers.length === 2 && !tieBreaker && !witness;
  }

  /** Both sides of a partition may believe that they have won. */
  get #contested(): boolean {
    return this.local.spec.fence !== undefined && (this.local.spec.tieBreaker || this.#countsVotes);
  }

  /** A takeover waits for the confirmation. */
  get required(): boolean {
    return this.#contested || this.local.spec.fence?.wait === "always";
  }

  /** It is off for certain, and nothing has been heard of it since. */
  stopped(server: string): boolean {
    return (this.#targets.get(server)?.stoppedMs ?? -Infinity) !== -Infinity;
  }

  /** Servers whose votes this server may count because they are off. */
  removed(): string[] {
    if (!this.#countsVotes) return [];
    return this.local.others.filter((server) => this.roster.same(server) && this.#certain(server));
  }

  /** Servers whose votes it could count if it stopped them. */
  removable(): string[] {
    if (!this.#countsVotes) return [];
    return this.local.others.filter((server) => this.roster.same(server) && this.#silent(server));
  }

  /** Servers whose votes are not needed now: they are off, or will be before they can use them. */
  dispensable(): string[] {
    if (!this.#countsVotes) return [];
    const carries = this.groups.some(({ phase }) => phase === "online");
    return this.local.others.filter((server) => this.stopped(server) || (carries && !this.peers.fresh(server)));
  }

  /** Servers whose confirmation `permit` does not need. */
  standsInFor(permit: Permit): readonly string[] {
    if (!this.#countsVotes) return NOBODY;
    if (!permit.won) return this.removed();
    return this.local.others.filter((server) => {
      // One that still counts a further vote could take over without stopping this one.
      if (!this.roster.same(server)) return false;
      const register = this.peers.fresh(server) ? this.peers.news(server, permit.group)?.register : undefined;
      return register === undefined || register.holder === this.local.me;
    });
  }

  /**
   * Why `run` can't be claimed yet, though the votes would do: servers that may carry it have to be off first. Shoots
   * them. Undefined: nothing is in the way.
   */
  waitsFor(run: GroupRun): string | undefined {
    if (!this.required) return undefined;
    const doubtful = run.spec.servers.filter((server) =>
      server !== this.local.me && !this.peers.mutual(server) && !this.peers.left(server) && !this.#certain(server)
    );
    if (doubtful.length === 0) return undefined;
    for (const server of doubtful) {
      const graceMs = this.peers.everHeard(server) ? 0 : this.local.startedMs + BOOT_GRACE_MS - this.local.nowMs;
      this.#shoot(server, Math.max(graceMs, this.#delayMs()), `to take ${run.name} over`);
    }
    return doubtful.map((server) => this.#progress(server)).join("; ");
  }

  /** After a takeover that did not wait: who had the group before is stopped all the same. */
  follow(run: GroupRun, before: string): void {
    if (!this.local.spec.fence || this.required || this.peers.mutual(before) || this.peers.left(before)) return;
    this.#shoot(before, 0, `it carried ${run.name} and is silent`);
  }

  /** A carrier stops a silent server before that one can stop it. */
  defend(): void {
    if (!this.#contested) return;
    for (const run of this.groups) {
      if (run.phase !== "online") continue;
      for (const server of run.spec.servers) {
        if (server === this.local.me || this.stopped(server) || !this.#silent(server)) continue;
        if (!this.peers.everHeard(server)) continue;
        this.#shoot(server, 0, `it is silent, and might stop ${this.local.me} to take ${run.name}`);
      }
    }
  }

  /** When an attempt is due, if nothing happens before. */
  wakeMs(): number {
    let wakeMs = Infinity;
    for (const { nextMs, shotMs } of this.#targets.values()) {
      if (shotMs === null && nextMs > this.local.nowMs) wakeMs = Math.min(wakeMs, nextMs);
    }
    return wakeMs;
  }

  /** What came of an attempt. */
  answered({ server, request, stopped, message, code }: Extract<Event, { type: "shot" }>): void {
    const target = this.#targets.get(server);
    if (!target || target.shotMs === null || target.request !== request) return;
    target.shotMs = null;
    target.message = message;
    // It may have been stopped, and started again: a word that comes late proves nothing of now.
    if (stopped && target.heard) {
      this.#targets.delete(server);
      return;
    }
    if (stopped) {
      target.stoppedMs = this.local.nowMs;
      target.failures = 0;
      this.local.urgent = true;
      this.local.say(info("fence-confirmed", `${server} is off for certain: ${message}.`));
      return;
    }
    this.#failed(target);
    this.local.say(
      error(
        "fence-unconfirmed",
        `${server} could not be stopped for certain. ${numbered(code, message)}`,
        code === undefined ? {} : { number: code },
      ),
    );
  }

  /** An operator has made sure. Returns why that is not believed; undefined when it is. */
  confirm(server: string, by: string): string | undefined {
    if (!this.local.others.includes(server)) {
      return `There is no other server ${server}; there are ${list(this.local.others)}.`;
    }
    if (this.peers.fresh(server)) {
      return `${server} is not off: it was heard ${Math.round(this.peers.quietMs(server))} ms ago.`;
    }
    const excused = this.presence.excuse(server);
    if (this.local.spec.fence) {
      const target = this.#target(server);
      target.shotMs = null;
      target.stoppedMs = this.local.nowMs;
      target.message = `${by} has made sure`;
    } else if (!excused) {
      return "Nothing waits for it: cluster.yaml has no fence, and nothing comes from there that is not understood.";
    }
    this.local.urgent = true;
    this.local.say(warning("fence-confirmed", `${by} says that ${server} is off; that is believed.`));
    return undefined;
  }

  /** It lives. */
  heard(server: string): void {
    const target = this.#targets.get(server);
    if (target && target.shotMs === null) this.#targets.delete(server);
    else if (target) Object.assign(target, { stoppedMs: -Infinity, heard: true });
  }

  /** For the status. */
  view(): { server: string; stopped: boolean; message: string }[] {
    return [...this.#targets].map(([server, { stoppedMs, message }]) => ({
      server,
      stopped: stoppedMs !== -Infinity,
      message,
    }));
  }

  /** Confirmed recently enough to decide on: somebody may have started it again since. */
  #certain(server: string): boolean {
    const stoppedMs = this.#targets.get(server)?.stoppedMs ?? -Infinity;
    return this.local.nowMs - stoppedMs < this.local.spec.timing.takeoverMs;
  }

  #silent(server: string): boolean {
    return !this.peers.left(server) && this.peers.silentMs(server) >= this.local.spec.timing.takeoverMs;
  }

  /** One head start for each server that may be about to shoot as well and goes before this one. */
  #delayMs(): number {
    if (!this.#contested) return 0;
    const { servers } = this.local.spec;
    const busy = this.#busy(this.local.me);
    const mine = servers.indexOf(this.local.me);
    const before = servers.filter((server, index) => {
      if (server === this.local.me || this.stopped(server)) return false;
      return this.#busy(server) === busy ? index < mine : !busy;
    });
    return HEAD_START_MS * before.length;
  }

  /** It carries something, as far as is known. */
  #busy(server: string): boolean {
    if (server === this.local.me) return this.groups.some(({ active }) => active);
    return this.groups.some(({ name }) => this.peers.news(server, name)?.status === "online");
  }

  #target(server: string): Target {
    const known = this.#targets.get(server);
    if (known) return known;
    const target: Target = {
      shotMs: null,
      request: 0,
      heard: false,
      stoppedMs: -Infinity,
      message: "",
      failures: 0,
      nextMs: -Infinity,
      wantedMs: -Infinity,
    };
    this.#targets.set(server, target);
    return target;
  }

  #shoot(server: string, delayMs: number, why: string): void {
    const target = this.#target(server);
    const { nowMs } = this.local;
    const { permitMs } = this.local.spec.timing;
    if (nowMs - target.wantedMs > permitMs) target.nextMs = Math.max(target.nextMs, nowMs + delayMs);
    target.wantedMs = nowMs;
    if (target.shotMs !== null || nowMs < target.nextMs) return;
    if (this.local.noPower) return this.#onlySay(server, target, why);
    target.shotMs = nowMs;
    target.heard = false;
    target.request = ++this.#requests;
    this.local.say(warning("fencing", `${this.local.me} stops ${server}: ${why}.`));
    this.local.order({ do: "shoot", server, request: target.request });
  }

  /** What fails for hours is told ever more rarely. */
  #onlySay(server: string, target: Target, why: string): void {
    const { me } = this.local;
    this.#failed(target);
    target.message =
      `${me} runs with --no-power; when ${server} is off for certain: baton confirm-stopped ${server} --yes`;
    if (!Number.isInteger(Math.log2(target.failures))) return;
    this.local.say(error("power-withheld", `Only said, because of --no-power: ${me} stops ${server}: ${why}.`));
  }

  #failed(target: Target): void {
    target.failures += 1;
    target.nextMs = this.local.nowMs +
      Math.min(MAX_SHOOT_AGAIN_MS, SHOOT_AGAIN_MS * 2 ** Math.min(10, target.failures - 1));
  }

  #progress(server: string): string {
    const target = this.#target(server);
    if (target.shotMs !== null) {
      return `${server} has to be off first; it is being stopped for ${
        Math.floor(this.local.nowMs - target.shotMs)
      } ms`;
    }
    const inMs = Math.max(0, Math.ceil(target.nextMs - this.local.nowMs));
    if (target.failures > 0) {
      return `${server} has to be off first, and that could not be made certain (${target.message}); tried again in ${inMs} ms`;
    }
    return `${server} has to be off first; it is stopped in ${inMs} ms`;
  }
}
