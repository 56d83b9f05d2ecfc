/**
 * The engine of one server: a step takes an event and the time, changes the state, and gives commands and reasons.
 *
 * It has no clock, no socket and no file. A driver (the agent, or the simulator) feeds it events with the time at which
 * they happened and carries out the {@linkcode Output} of each step at once: it begins to write `persist`, sends the beat,
 * carries out the commands. What has to wait for the disk waits here, see `disk.ts`. For every group only its latest `activate`, `deactivate` or `fence` counts: a new one cancels the
 * one before it, and only the latest is answered. `tick` is due at `wakeMs` at the latest, sooner does no harm.
 *
 * The first thing in every step, whatever the event, is to look whether a permit has ended while nothing ran here.
 *
 * @module
 */
import { Adoption } from "./adopt.ts";
import { Awakening } from "./awakening.ts";
import { Candidates } from "./candidates.ts";
import { Claims } from "./claims.ts";
import { copyOf } from "./copy.ts";
import { Device } from "./device.ts";
import { Disk } from "./disk.ts";
import type { DurableState } from "./durable.ts";
import { Ending } from "./ending.ts";
import type { Event, OperatorRequest, Output } from "./events.ts";
import { Fencing } from "./fencing.ts";
import { FinalActions } from "./final_actions.ts";
import { Glance } from "./glance.ts";
import { GroupRun } from "./group.ts";
import { Handover } from "./handover.ts";
import { Intents } from "./intents.ts";
import { Lateness } from "./lateness.ts";
import { Leave } from "./leave.ts";
import { Local } from "./local.ts";
import type { Beat } from "./message.ts";
import { Patience } from "./patience.ts";
import { Peers } from "./peers.ts";
import { Presence } from "./presence.ts";
import { error, info } from "./reasons.ts";
import { Recoveries } from "./recoveries.ts";
import { Rivals } from "./rivals.ts";
import { Roster } from "./roster.ts";
import type { ClusterSpec, GroupSpec } from "./spec.ts";
import { type View, view } from "./view.ts";
import { Voter } from "./voter.ts";
import { Votes } from "./votes.ts";
import { Witness } from "./witness.ts";

/** What an engine starts from. */
export interface EngineStart {
  spec: ClusterSpec;
  /** The name of this server; one of `spec.servers`. */
  me: string;
  /** Differs at every start. */
  incarnation: string;
  /** The durable memory of the run before. */
  durable: DurableState;
  /** False when there was none: a first start, or a lost disk. */
  remembers: boolean;
  /** Of a monotonic clock, in milliseconds. */
  nowMs: number;
  /** Of the random pauses between claims. */
  seed: number;
  /** Shutdowns and reboots by final actions within the last hour. Left out: none. */
  powerActions?: number;
  /** What ends a machine, this one or another, is only said. Left out: it is done. */
  noPower?: boolean;
}

/** The engine of one server. */
export class Engine {
  readonly #local: Local;
  readonly #disk: Disk;
  readonly #patience: Patience;
  readonly #peers: Peers;
  readonly #presence: Presence;
  readonly #roster: Roster;
  readonly #device: Device;
  readonly #voter: Voter;
  readonly #handover: Handover;
  readonly #witness: Witness;
  readonly #fencing: Fencing;
  readonly #lateness: Lateness;
  readonly #votes: Votes;
  readonly #candidates: Candidates;
  readonly #intents: Intents;
  readonly #rivals: Rivals;
  /** All parts hold the same list, which only grows. */
  readonly #groups: GroupRun[];
  readonly #awakening: Awakening;
  readonly #claims: Claims;
  readonly #recoveries: Recoveries;
  readonly #leave: Leave;
  readonly #finalActions: FinalActions;
  readonly #adoption: Adoption;
  readonly #ending: Ending;
  /** Single facts, for who asks often. */
  readonly glance: Glance;
  #nextBeatMs: number;
  #sequence = 0;

  constructor(start: EngineStart) {
    const { spec, me, seed, noPower } = start;
    if (!spec.servers.includes(me)) throw new Error(`${me} is not one of the servers ${spec.servers.join(", ")}`);
    const durable = copyOf(start.durable);
    // A memory that may be older than the latest vote (a copy, after a torn file) is none: it is asked for again.
    if (!start.remembers) {
      delete durable.handover.closed[me];
      // They may have been given back since; whose they are asks for them.
      durable.handover.held = {};
    }
    const local = new Local(spec, me, start.incarnation, durable, start.remembers, start.nowMs, seed, noPower);
    this.#local = local;
    // Before anything is changed in what was read.
    this.#disk = new Disk(local);
    this.#roster = new Roster(local);
    this.#patience = new Patience(local);
    this.#peers = new Peers(local, this.#roster, this.#patience);
    this.#presence = new Presence(local, this.#peers);
    this.#device = new Device(local, this.#peers, this.#roster, this.#presence);
    this.#voter = new Voter(local, this.#peers);
    this.#handover = new Handover(local, this.#peers, this.#voter, this.#patience, this.#disk);
    const runOf = (group: GroupSpec) => new GroupRun(group, local, () => this.#finalActions);
    this.#groups = spec.groups.map(runOf);
    this.#awakening = new Awakening(local, this.#peers, this.#groups);
    this.#intents = new Intents(local);
    this.#rivals = new Rivals(local, this.#voter, this.#intents, this.#groups);
    this.#witness = new Witness(local, this.#disk, this.#peers, this.#voter);
    this.#fencing = new Fencing(local, this.#peers, this.#roster, this.#presence, this.#groups);
    this.#votes = new Votes(
      local,
      this.#peers,
      this.#device,
      this.#witness,
      this.#fencing,
      this.#voter,
      this.#handover,
    );
    this.#lateness = new Lateness(local, this.#peers, this.#handover, this.#device, this.#witness);
    this.#candidates = new Candidates(
      local,
      () => this.#lateness.slow === undefined ? this.#disk : { slow: this.#lateness.slow, hangs: true },
      this.#peers,
      this.#voter,
      this.#votes,
      this.#intents,
      this.#groups,
      () => this.#recoveries.monitors,
    );
    this.#claims = new Claims(
      local,
      this.#disk,
      this.#peers,
      this.#device,
      this.#witness,
      this.#fencing,
      this.#voter,
      this.#handover,
      this.#intents,
      this.#votes,
      this.#candidates,
      this.#groups,
    );
    this.#leave = new Leave(
      local,
      this.#peers,
      this.#handover,
      this.#claims.dependencies,
      this.#groups,
    );
    this.#finalActions = new FinalActions(
      local,
      this.#peers,
      this.#candidates,
      this.#intents,
      this.#leave,
      this.#groups,
      (group) => this.permitUntilMs(group),
    );
    this.#finalActions.counted(start.powerActions ?? 0);
    this.#recoveries = new Recoveries(local, this.#groups, this.#claims, this.#leave, this.#finalActions);
    this.#adoption = new Adoption(local, this.#groups, runOf, this.#witness, this.#recoveries);
    this.#ending = new Ending(local, this.#disk, this.#groups);
    this.glance = new Glance(this.#handover, this.#intents, this.#groups);
    this.#nextBeatMs = start.nowMs;
    local.say(info("started", `${me} starts${start.remembers ? "" : " without memory of earlier votes"}.`));
  }

  /** Takes in one event. `nowMs` never goes back. */
  step(event: Event, nowMs: number): Output {
    const local = this.#local;
    local.nowMs = Math.max(local.nowMs, nowMs);
    const sleptMs = this.#awakening.step(event.type === "suspended");
    this.#claims.starts.stepped();
    this.#watchPermits();
    if (sleptMs !== undefined) this.#awakening.overslept(sleptMs);
    this.#take(event);
    this.#disk.watch();
    this.#lateness.watch();
    this.#patience.watch();
    this.#peers.watch((server) => this.#presence.there(server));
    this.#claims.watch();
    this.#decide();
    // A claim that needs no more votes than are here already is won at once.
    this.#claims.watch();
    return this.#output();
  }

  /** When the permit of a group ends on the clock of `nowMs`; -Infinity when there is none. */
  permitUntilMs(group: string): number {
    const run = this.#groups.find(({ name }) => name === group);
    return run ? this.#claims.permitUntilMs(run) : -Infinity;
  }

  /** All there is to know, for the status. */
  view(): View {
    return view({
      local: this.#local,
      disk: this.#disk,
      peers: this.#peers,
      presence: this.#presence,
      device: this.#device,
      voter: this.#voter,
      handover: this.#handover,
      intents: this.#intents,
      groups: this.#groups,
      claims: this.#claims,
      candidates: this.#candidates,
      votes: this.#votes,
      witness: this.#witness,
      fencing: this.#fencing,
      recoveries: this.#recoveries,
      leaving: this.#leave.leaving,
    });
  }

  #take(event: Event): void {
    switch (event.type) {
      case "tick":
        return;
      case "beat":
        if (this.#awakening.groggy) this.#peers.overheard(event.beat);
        else this.#hear(event.beat);
        return;
      case "unclear":
        return this.#presence.note(event);
      case "written":
        return this.#disk.ended(event.number);
      case "device":
        return this.#device.observe(event.startedMs, event.reached, event.message);
      case "operator":
        return this.#requested(event.request);
      case "file":
        if (event.devices) this.#device.anew();
        return this.#adoption.adopt(event.spec);
      case "suspended":
        return this.#awakening.suspended(event.forMs);
      case "verdict":
        return this.#recoveries.judge(event.monitor, event.verdict);
      case "script-done":
        return this.#recoveries.ran(event.monitor, event.request, event.failure);
      case "power-actions":
        return this.#finalActions.counted(event.count);
      case "witness": {
        const run = this.#groups.find(({ name }) => name === event.group);
        const news = this.#witness.answered(event, run?.permit ?? null);
        if (news) this.#voter.read(event.group, news);
        return;
      }
      case "shot":
        return this.#fencing.answered(event);
      default:
        return this.#answered(event);
    }
  }

  #requested(request: OperatorRequest): void {
    switch (request.op) {
      case "leave":
        return this.#leave.begin(`${request.by} asked for it`);
      case "confirm-stopped":
        this.#local.refused = this.#fencing.confirm(request.server, request.by);
        return;
      case "fail-monitor":
        this.#local.refused = this.#recoveries.force(request.monitor, request.clear, request.by);
        return;
      default:
        return this.#intents.ask(request, this.#candidates.of(request.group));
    }
  }

  #answered(event: Extract<Event, { type: "swept" | "activated" | "deactivated" | "fenced" }>): void {
    const run = this.#groups.find(({ name }) => name === event.group);
    if (!run) return;
    if (event.type === "swept") return run.swept(event.failure);
    if (event.type === "activated") return run.activated(event.resource, event.epoch, event.failure);
    if (event.type === "deactivated") return run.deactivated(event.resource, event.epoch, event.failure);
    return run.fenced(event.epoch, event.failure);
  }

  #hear(received: Beat): void {
    const beat = received.from === this.#local.me ? undefined : this.#peers.hear(received);
    if (!beat) return;
    this.#presence.heard(beat);
    this.#fencing.heard(beat.from);
    // A voter without memory learns before it is said to know: see `voter.ts`.
    this.#voter.learn(beat);
    this.#handover.hear(beat);
    // Without a vote there is nothing to promise.
    if (this.#handover.votes.length > 0 && !this.#leave.left) this.#voter.answer(beat);
    this.#intents.hear(beat);
    this.#claims.hear(beat);
    this.#rivals.hear(beat);
  }

  #watchPermits(): void {
    for (const run of this.#groups) {
      run.watchFence();
      if (!run.active || run.phase === "fencing" || run.lost) continue;
      const untilMs = this.#claims.permitUntilMs(run);
      if (this.#local.nowMs < untilMs) continue;
      const why = `the permit of ${run.name} has ended: ${this.#votes.explain(run.permit)}`;
      if (run.permit) this.#lateness.lost(run.permit, untilMs - this.#local.spec.timing.permitMs);
      this.#local.say(error("permit-lost", `Self-fencing: ${why}.`, { group: run.name, epoch: run.epoch }));
      run.fence(why);
    }
  }

  #decide(): void {
    this.#leave.proceed();
    // After a lost disk others may remember an earlier life of this server as the holder: that one is over.
    for (const run of this.#groups) if (run.phase === "offline" && this.#voter.holds(run.name)) run.release(run.why);
    for (const run of this.#groups) this.#claims.decide(run, this.#leave.leaving);
    this.#recoveries.follow(this.#leave.leaving);
    if (!this.#leave.leaving) this.#fencing.defend();
    for (const run of this.#groups) this.#witness.proceed(run, this.#handover.votes);
    this.#voter.watch(this.#groups);
  }

  #output(): Output {
    const local = this.#local;
    const output: Output = { commands: this.#ending.ripe(local.commands), reasons: local.reasons, wakeMs: 0 };
    const write = this.#disk.next();
    if (write) output.persist = write;
    const due = local.urgent || local.nowMs >= this.#nextBeatMs;
    if (due && !this.#awakening.groggy && !this.#disk.brief) {
      // Before the first write there is no promise to wait, and so nothing that a beat could count for.
      if (this.#disk.written.patienceMs >= local.spec.timing.takeoverMs) output.beat = this.#beat();
      this.#nextBeatMs = local.nowMs + local.spec.timing.intervalMs;
    }
    local.urgent &&= this.#disk.brief;
    if (local.refused !== undefined) output.refused = local.refused;
    output.wakeMs = this.#wakeMs();
    this.#claims.starts.due(output.wakeMs);
    local.commands = [];
    local.reasons = [];
    local.refused = undefined;
    return output;
  }

  #wakeMs(): number {
    const { nowMs, startedMs, spec } = this.#local;
    const beatMs = this.#disk.brief ? this.#disk.wakeMs : this.#nextBeatMs;
    const times = [startedMs + spec.timing.takeoverMs, this.#device.supportsAtMs, this.#witness.wakeMs()];
    times.push(this.#fencing.wakeMs(), this.#disk.wakeMs);
    for (const run of this.#groups) {
      times.push(this.#voter.opensAtMs(run.name), run.nextClaimMs, run.fenceDeadlineMs);
      if (run.permit) times.push(this.#claims.permitUntilMs(run));
    }
    const first = this.#awakening.groggy ? this.#awakening.untilMs : beatMs;
    return times.reduce((wakeMs, ms) => ms > nowMs && ms < wakeMs ? ms : wakeMs, first);
  }

  #beat(): Beat {
    const local = this.#local;
    this.#device.sent();
    local.sentMs = local.nowMs;
    const acks: Beat["acks"] = {};
    for (const server of local.others) {
      const ack = this.#peers.ack(server);
      if (ack) acks[server] = ack;
    }
    const groups: Beat["groups"] = {};
    for (const run of this.#groups) groups[run.name] = this.#claims.news(run);
    return {
      from: local.me,
      incarnation: local.incarnation,
      sequence: ++this.#sequence,
      sentMs: local.nowMs,
      acks,
      votes: this.#disk.votes(this.#handover.votes),
      roster: this.#roster.votes,
      groups,
      leaving: this.#leave.leaving,
      left: this.#leave.left,
      handover: this.#handover.news(),
      third: this.#votes.third,
      patienceMs: local.spec.timing.takeoverMs,
      signs: this.#presence.news(),
      ...(local.noPower ? { noPower: true } : {}),
    };
  }
}
