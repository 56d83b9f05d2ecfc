/**
 * What goes wrong in a history, drawn up front. Everything here stays within what the engine promises to survive: pauses
 * up to `pauseMs`, clock rates within the drift, and with a tie-breaker alone never two servers that reach it and don't
 * hear each other in either direction. Each action is so for itself: taken out of the plan it harms no other.
 */
import { CLOCK_DRIFT, MIN_TAKEOVER_MS, type Timing } from "../../core/cluster/timing.ts";
import type { Plan } from "../../core/simulation/plan.ts";
import { Random } from "../../core/simulation/random.ts";
import { CAMPAIGN_MS, Campaigns, FIRST_CAMPAIGN_MS } from "./campaigns.ts";
import { Draft } from "./draft.ts";
import { clusterOf, type Kind, KINDS } from "./kinds.ts";
import { misunderstand } from "./misunderstandings.ts";
import { NetworkFaults } from "./network_faults.ts";
import { drawNewGroup } from "./new_groups.ts";
import { Overload } from "./overload.ts";
import { ServiceFaults } from "./service_faults.ts";
import { SlowFaults } from "./slow_faults.ts";

/** Share of the histories that are campaigns. */
const CAMPAIGNS: Readonly<Partial<Record<Kind, number>>> = { three: 0.5, five: 0.2 };
/** Share of the histories in which routes are simulated, and in which servers come and go. */
const WITH_CLOUD = 0.3;
const ROLLING = 0.12;
/** Share of the histories in which whole machines stand still, clocks and all. */
const WITH_SUSPENSIONS = 0.15;
/** Share of the histories in which the files of the servers come to differ in their times. */
const WITH_OTHER_TIMES = 0.12;
/** Detection times that somebody writes there, in milliseconds. */
const OTHER_TIMES: readonly [number, number] = [MIN_TAKEOVER_MS, 12_000];
/** The largest step of a clock, in milliseconds. */
const LONGEST_STEP_MS = 3_600_000;
/** An agent that does not run, while its machine does, may not run for ever. */
const LONGEST_FREEZE_MS = 15_000;

/** Share of the histories at whose end a minority is slow. */
const GREY = 0.3;

/** Draws the plan of a seed. */
export function planOf(seed: number, only?: Kind): Plan {
  const random = new Random(seed ^ 0x9e3779b9);
  const drawn = random.pick(KINDS);
  const kind = only ?? drawn;
  const overload = new Overload(seed);
  const few = 1 + Math.floor(random.next() * 2);
  const groups = overload.groups ?? few;
  const cloud = random.chance(WITH_CLOUD);
  const draft = new Draft(random);
  const faults = new Faults(kind, groups, random, draft);
  faults.draw(cloud);
  const spec = clusterOf(kind, groups);
  misunderstand(spec, faults.steady, new Random(seed ^ 0x2545f491), draft);
  // An agent that stands still can't take a file as it runs, and is restarted.
  if (!faults.steady) drawNewGroup(seed, spec.servers, groups, draft);
  overload.draw(spec.servers, spec.timing, new NetworkFaults(spec, new Random(seed), draft), draft);
  const slow = new Random(seed ^ 0x51f15e5d);
  new SlowFaults(spec, slow, draft.drawnFrom(slow)).overlay(faults.steady);
  return draft.plan({ seed, kind, groups, cloud, ...(slow.chance(GREY) ? { grey: true } : {}) });
}

/** Faults of one history: which kinds there are at all is drawn first, so that histories differ in character. */
class Faults {
  readonly #servers: readonly string[];
  readonly #groups: readonly string[];
  readonly #timing: Timing;
  readonly #tieBreaker: boolean;
  readonly #network: NetworkFaults;
  /** Processes that have heard each other live on. */
  steady = false;
  #diskLost = false;
  /** In some histories machines stand still where in others processes do. */
  #suspends = false;
  #standsStillUntilMs = -Infinity;

  constructor(
    private readonly kind: Kind,
    groups: number,
    private readonly random: Random,
    private readonly draft: Draft,
  ) {
    const spec = clusterOf(kind, groups);
    this.#servers = spec.servers;
    this.#groups = spec.groups.map(({ name }) => name);
    this.#timing = spec.timing;
    this.#tieBreaker = spec.tieBreaker;
    this.#network = new NetworkFaults(spec, random, draft);
  }

  draw(cloud: boolean): void {
    const { random, draft, kind } = this;
    // Processes that have heard each other and live on: then even a link that is cut in one direction, while both of its
    // ends reach the tie-breaker, must not lead to two carriers.
    const steady = this.steady = this.#tieBreaker && random.chance(0.3);
    this.#suspends = random.chance(WITH_SUSPENSIONS);
    const planned = random.chance(CAMPAIGNS[kind] ?? 0);
    const retimed = !planned && !this.#tieBreaker && random.chance(WITH_OTHER_TIMES);
    const rolling = !steady && !planned && !this.#tieBreaker && random.chance(ROLLING);
    this.#prepare(steady, planned);
    for (const server of this.#servers) draft.act("start", { server }, draft.between(0, 2_000));
    const kinds = this.#kinds(steady, rolling);
    if (cloud || kind.includes("witness") || kind.includes("fence")) {
      const services = new ServiceFaults(kind, cloud, this.#servers, this.#groups, random, draft).all;
      kinds.push(...services, ...services);
    }
    const chosen = planned
      ? new Campaigns(this.#timing, random, draft, this.#servers.length).all
      : kinds.filter(() => random.chance(0.6));
    if (rolling) chosen.push(() => this.#roll());
    if (retimed) chosen.push(() => this.#retime());
    if (chosen.length === 0) chosen.push(kinds[0]!);
    // A campaign is long, and in a large cluster much happens in any second.
    const few = kind === "five" ? 2 : 4;
    const rounds = planned ? few + Math.floor(random.next() * few) : 6 + Math.floor(random.next() * 8);
    for (let round = 0; round < rounds; round++) {
      // Some blows come together: that is where histories get interesting.
      if (planned) draft.wait(round === 0 ? FIRST_CAMPAIGN_MS : CAMPAIGN_MS);
      else draft.wait(random.chance(0.3) ? random.between(0, 1_300) : random.between(100, 5_000));
      random.pick(chosen)();
    }
    if (planned) draft.wait(CAMPAIGN_MS);
    draft.wait(random.between(0, 2_000));
  }

  #prepare(steady: boolean, planned: boolean): void {
    const { random, draft } = this;
    if (!planned) draft.act("down", { for: [50, 4_000] });
    if (!steady && !planned && random.chance(0.3)) draft.act("tearing", { share: random.pick([0.02, 0.1]) });
    const slowToStop = random.chance(0.5);
    for (const server of this.#servers) {
      const rate = 1 +
        (random.chance(0.5) ? random.pick([-CLOCK_DRIFT, CLOCK_DRIFT]) : random.between(-CLOCK_DRIFT, CLOCK_DRIFT));
      draft.act("clock", { server, rate, offset: Math.round(random.between(0, 1e6)) });
      if (slowToStop) draft.act("manners", { server, fence: [0.8, 0.99] });
    }
  }

  #kinds(steady: boolean, rolling: boolean): (() => void)[] {
    const { draft } = this;
    const network = this.#network;
    const all = [
      () => this.#pause(this.#someone()),
      () => network.oneWay(steady),
      () => network.heal(),
      () => network.weather(),
      () => this.#operator(),
      () => this.#goesDown("crash"),
    ];
    if (steady) return all;
    all.push(
      () => this.#goesDown("kill"),
      () => this.#outage(),
      () => this.#loseDisk(rolling),
      () => this.#pauseAtTheEnd(),
      () => network.partition(),
      () => network.partial(),
      () => this.#manners(),
      () => this.draft.act("leave", { server: this.#someone() }),
      () => this.#procession(),
      () => network.deviceComesAndGoes(),
      () => this.#hurry(),
      () => this.#ail(),
      () => draft.act("freeze", { server: this.#someone(), for: draft.between(200, LONGEST_FREEZE_MS) }),
    );
    if (this.kind === "two-and-tie-breaker-and-fence") all.push(() => network.linkCut());
    return all;
  }

  #someone(): string {
    return this.random.pick(this.#servers);
  }

  #goesDown(what: "kill" | "crash"): void {
    const server = this.#someone();
    this.draft.act(what, { server });
    this.draft.act("start", { server }, this.draft.between(50, 4_000));
  }

  #pause(server: string, inMs = 0): void {
    const { random, draft } = this;
    const { pauseMs } = this.#timing;
    const ms = random.chance(0.3) ? pauseMs : draft.between(1, pauseMs);
    if (this.#suspends) return this.#suspend(server, Math.floor(ms), inMs);
    draft.act("pause", { server, for: Math.ceil(ms), "events-first": random.chance(0.5) || undefined }, inMs);
  }

  /**
   * Nothing on a machine that stands still can notice that a permit ends, so all that it is away while it stops counts as
   * one pause: the next comes when this one is long over.
   */
  #suspend(server: string, ms: number, inMs: number): void {
    const { draft } = this;
    if (draft.nowMs + inMs >= this.#standsStillUntilMs) {
      this.#standsStillUntilMs = draft.nowMs + inMs + this.#timing.takeoverMs;
      draft.act("suspend", { server, for: ms }, inMs);
    } else draft.act("step", { server: this.#someone(), by: draft.between(1, LONGEST_STEP_MS) }, inMs);
  }

  /** A server is cut off and then sleeps just when its permit ends. */
  #pauseAtTheEnd(): void {
    const server = this.#someone();
    this.#network.isolate(server);
    this.#pause(server, this.#timing.permitMs - this.draft.between(0, 400));
  }

  /** Some machines lose their power together and are soon back. */
  #outage(): void {
    const { random, draft } = this;
    const everybody = random.chance(0.3);
    for (const server of this.#servers) {
      if (!everybody && random.chance(0.5)) continue;
      draft.act("crash", { server });
      draft.act("start", { server }, draft.between(20, 800));
    }
  }

  /**
   * A machine comes back without its disk, once in a history. A tie-breaker remembers no epoch; with it that is not
   * expected to survive. Nor is an epoch that only that disk and a server now out of reach remembered: from then on epochs
   * may repeat. Carriers must not.
   */
  #loseDisk(rolling: boolean): void {
    // Of those who would have to be heard one may be gone for good.
    if (this.#diskLost || this.#tieBreaker || rolling) return;
    this.#diskLost = true;
    const server = this.#someone();
    this.draft.act("lose-disk", { server });
    this.draft.act("start", { server }, this.draft.between(20, 1_500));
  }

  /** One after the other leaves in order, and returns after a while. */
  #procession(): void {
    let atMs = 0;
    for (const server of this.#servers) {
      if (this.random.chance(0.3)) continue;
      this.draft.act("leave", { server }, atMs);
      atMs += this.draft.between(50, 900);
    }
  }

  /** Activations and deactivations that are slow, fail, or never end in time. */
  #manners(): void {
    const { random, draft } = this;
    draft.act("manners", {
      server: this.#someone(),
      activate: [1, draft.between(10, random.chance(0.1) ? 20_000 : 4_000)],
      "activate-fails": random.chance(0.5) ? undefined : draft.between(0, 0.7),
      deactivate: [1, draft.between(10, random.chance(0.1) ? 15_000 : 3_000)],
      "deactivate-fails": random.chance(0.7) ? undefined : draft.between(0, 0.5),
      fence: random.chance(0.8) ? [0.1, 0.95] : random.pick([[1.1, 1.3], [2, 4]] as const),
    });
  }

  #operator(inMs = 0): void {
    const { random, draft } = this;
    const op = random.pick(["start", "stop", "move"] as const);
    draft.act("ask", {
      server: this.#someone(),
      op,
      group: random.pick(this.#groups),
      to: op === "move" ? this.#someone() : undefined,
    }, inMs);
  }

  /** A service that fails on one server, or wherever it runs. */
  #ail(): void {
    const { random, draft } = this;
    draft.act("ail", {
      server: random.chance(0.3) ? "all" : this.#someone(),
      group: random.pick(this.#groups),
      finds: random.chance(0.8) ? "error" : "unknown",
      times: Math.round(draft.between(2, 25)),
    });
  }

  /** An operator who can't wait, while something else goes wrong. */
  #hurry(): void {
    const { random } = this;
    for (let asked = 0; asked < 4; asked++) this.#operator(random.between(0, 1_500));
    if (random.chance(0.5)) this.#goesDown(random.pick(["kill", "crash"]));
    else this.#pause(this.#someone(), random.between(0, 1_500));
  }

  /** The file of one server gets other times, and its agent is started again; in the end all have the same file. */
  #retime(): void {
    const { random, draft } = this;
    const server = this.#someone();
    draft.act("retime", { server, takeover: Math.round(draft.between(...OTHER_TIMES)) });
    draft.act(random.pick(["kill", "crash"]), { server });
    draft.act("start", { server }, draft.between(50, 1_000));
    if (random.chance(0.3)) draft.act("take-file", { server }, draft.between(3_000, 8_000));
  }

  /** A server more, or one less; the others are restarted one after the other. */
  #roll(): void {
    const { random, draft } = this;
    const growing = random.chance(0.5);
    // Who does not run yet is started first: a change of servers waits for everybody.
    draft.act("heal");
    draft.act("start", { server: "all" });
    const newcomer = `server${this.#servers.length + 1 + Math.floor(random.next() * 1_000)}`;
    draft.act(growing ? "grow" : "remove", { server: growing ? newcomer : this.#someone() }, 2_500);
    let atMs = 2_500;
    for (const server of [...this.#servers, ...(growing ? [newcomer] : [])]) {
      atMs += draft.between(20, random.chance(0.5) ? 400 : 3_000);
      draft.act("take-file", { server }, atMs);
    }
    if (random.chance(0.5)) this.#network.partition(random.between(2_500, atMs));
  }
}
