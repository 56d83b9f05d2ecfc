/**
 * Deliberate faults in the engine, each a replacement of exactly one place. The simulator must notice every one of them:
 * a test that can't fail proves nothing.
 */

import type { Kind } from "./kinds.ts";
import { SLOW_MUTANTS } from "./slow_mutants.ts";
import { UNDERSTANDING } from "./mutants_understanding.ts";
import { MUTANTS_OF_LOAD } from "./mutants_of_load.ts";

/** One deliberate fault. */
export interface Mutant {
  name: string;
  /** Seeds, from 1, within which it must be noticed. */
  within: number;
  /** The kind of cluster in which it matters; any when left out. */
  kind?: Kind;
  /** Below `core/cluster`, or as `../simulation/...` a fault of what a driver does. */
  file: string;
  /** Occurs exactly once in the file. */
  from: string;
  to: string;
}

/** The most important rule of all: a voter gives a group away only after the holder's silence. */
export const CLAIM_RULE: Mutant = {
  name: "a voter does not wait for the holder's silence",
  within: 100,
  file: "voter.ts",
  from: "this.peers.silentMs(holder) >= this.local.spec.timing.takeoverMs;",
  to: "this.peers.silentMs(holder) >= 0;",
};

/** All of them. */
export const MUTANTS: readonly Mutant[] = [
  CLAIM_RULE,
  ...SLOW_MUTANTS,
  ...MUTANTS_OF_LOAD,
  ...UNDERSTANDING,
  {
    name: "a permit counts from the receipt of the answer",
    within: 200,
    file: "permit.ts",
    from: "this.#confirmed.set(vote, Math.max(ack.sentMs, this.#confirmed.get(vote) ?? -Infinity));",
    to: "this.#confirmed.set(vote, this.local.nowMs);",
  },
  {
    name: "a permit lasts twice as long as it may",
    within: 200,
    file: "permit.ts",
    from: "return (times[this.local.majority - 1] ?? -Infinity) + this.local.spec.timing.permitMs;",
    to: "return (times[this.local.majority - 1] ?? -Infinity) + 2 * this.local.spec.timing.permitMs;",
  },
  {
    name: "the end of a permit is not looked at",
    within: 200,
    file: "engine.ts",
    from: "if (this.#local.nowMs < untilMs) continue;",
    to: "continue;",
  },
  {
    name: "the end of a permit is looked at after the event instead of before",
    within: 3_000,
    file: "engine.ts",
    from:
      "    this.#watchPermits();\n    if (sleptMs !== undefined) this.#awakening.overslept(sleptMs);\n    this.#take(event);",
    to:
      "    this.#take(event);\n    this.#watchPermits();\n    if (sleptMs !== undefined) this.#awakening.overslept(sleptMs);",
  },
  {
    name: "half of the votes are a majority",
    within: 300,
    file: "local.ts",
    from: "return Math.floor(this.totalVotes / 2) + 1;",
    to: "return Math.ceil(this.totalVotes / 2);",
  },
  {
    name: "a confirmation of any epoch counts for this one",
    within: 200,
    file: "register.ts",
    from: "register.holder === server && register.epoch === epoch && register.under === undefined &&",
    to: "register.holder === server && epoch > 0 && register.under === undefined &&",
  },
  {
    name: "a claim may have an epoch that was used before",
    within: 200,
    file: "claims.ts",
    from: "return this.#latestEpoch(group) + 1;",
    to: "return Math.max(1, this.#latestEpoch(group));",
  },
  {
    name: "an answer that names somebody else is taken for a yes",
    within: 200,
    file: "permit.ts",
    from: "    if (!names(decided(news), this.local.me, this.epoch)) return;\n" +
      "    this.#promising.set(beat.from, Math.max(ack.sentMs, this.#promising.get(beat.from) ?? -Infinity));\n" +
      "    if (!names(news.register, this.local.me, this.epoch)) return;",
    to: "    this.#promising.set(beat.from, Math.max(ack.sentMs, this.#promising.get(beat.from) ?? -Infinity));",
  },
  {
    name: "a restarted voter forgets that it may have heard the holder just before",
    within: 500,
    file: "peers.ts",
    from: "heardMs: local.startedMs + patience.moreMs,",
    to: "heardMs: -Infinity,",
  },
  {
    name: "a group is released before its resources are down",
    within: 200,
    file: "group.ts",
    from: "if (this.raised > this.#floor && top) return this.#orderDown(top);",
    to: "if (this.raised > this.#floor && top) this.#orderDown(top);",
  },
  {
    name: "whoever has slept asks to be woken at once until everything is down",
    within: 1_000,
    file: "engine.ts",
    from: "const first = this.#awakening.groggy ? this.#awakening.untilMs : beatMs;",
    to: "const first = beatMs;",
  },
  {
    name: "what was said while nobody listened counts as silence",
    within: 30_000,
    kind: "two-and-tie-breaker",
    file: "engine.ts",
    from: "if (this.#awakening.groggy) this.#peers.overheard(event.beat);",
    to: "if (this.#awakening.groggy) return;",
  },
  {
    name: "the tie-breaker stands in for one that has started again and is deaf",
    within: 5_000,
    kind: "two-and-tie-breaker",
    file: "device.ts",
    from: "const knocking = this.local.others.find((server) => this.peers.knocking(server, takeoverMs));",
    to: "const knocking = this.local.others.find((server) => this.peers.knocking(server, 0));",
  },
  {
    name: "a holder that is heard counts as idle",
    within: 200,
    file: "voter.ts",
    from: "if (learnt.holder === beat.from && news.idle && knowing && !learnt.released) {",
    to: "if (learnt.holder === beat.from && knowing && !learnt.released) {",
  },
  {
    name: "a later epoch that never won is believed",
    within: 6_000,
    file: "register.ts",
    from: "theirs.holder === sender && theirs.won)",
    to: "theirs.holder === sender)",
  },
  {
    name: "a vote that is taken over does not bring what it promised",
    within: 200,
    file: "handover.ts",
    from: "if (!this.#inherit(beat, this.#bound)) return;",
    to: "this.local.remember();",
  },
  {
    name: "a vote that comes back does not bring what it promised",
    within: 2_000,
    file: "handover.ts",
    from: "if (!this.#inherit(beat, this.votes.length + back.length > 0)) return;",
    to: "this.local.remember();",
  },
  {
    name: "with a vote the silence of others does not start anew",
    within: 200,
    file: "handover.ts",
    from: "    this.peers.startAnew();\n    this.local.remember();\n",
    to: "    this.local.remember();\n",
  },
  {
    name: "a vote that was given away is still used",
    within: 200,
    file: "handover.ts",
    from: "const mine = given === null && this.#mayVote ? [this.local.me] : [];",
    to: "const mine = [this.local.me];",
  },
  {
    name: "a vote that was given back is taken again from a late message",
    within: 200,
    file: "handover.ts",
    from: "    state.closed[beat.from] = ask.serial;\n    this.local.remember();",
    to: "    this.local.remember();",
  },
  {
    name: "a vote that was passed on is taken again from a late message",
    within: 1_000,
    file: "handover.ts",
    from: "serial > (state.moved[server] ?? 0)\n",
    to: "true\n",
  },
  {
    name: "after a lost disk the serial numbers of a vote begin anew",
    within: 500,
    file: "handover.ts",
    from: "return this.#state.closed[this.local.me] !== undefined;",
    to: "return true;",
  },
  {
    name: "a voter that is too impatient counts",
    within: 15_000,
    kind: "three",
    file: "roster.ts",
    from: "const patient = beat.patienceMs >= this.#servesMs;",
    to: "const patient = beat.patienceMs > 0;",
  },
  {
    name: "the witness is asked with the times of the claimant alone",
    within: 6_000,
    kind: "two-and-witness",
    file: "witness.ts",
    from: "return Math.max(this.local.spec.timing.takeoverMs, record?.servesMs ?? 0);",
    to: "return Math.max(this.local.spec.timing.takeoverMs, 0 * (record?.servesMs ?? 0));",
  },
  {
    name: "the tie-breaker supports a claim right after it is reached again",
    within: 200,
    file: "device.ts",
    from: "if (reachedMs >= takeoverMs) return undefined;",
    to: "if (reachedMs >= 0) return undefined;",
  },
  {
    name: "the tie-breaker keeps a carrier active that its peer can't hear",
    within: 6_000,
    kind: "two-and-tie-breaker",
    file: "device.ts",
    from: "if (this.peers.left(server) || !this.peers.deaf(server, confirmedMs)) continue;",
    to: "if (confirmedMs !== null) continue;",
  },
  {
    name: "the tie-breaker keeps a carrier active whose peer has started again and can't hear it",
    within: 20_000,
    kind: "two-and-tie-breaker",
    file: "device.ts",
    from: "return Math.min(untilMs, this.#knockedAtMs());",
    to: "return Math.min(untilMs, this.#knockedAtMs() + Infinity);",
  },
  {
    name: "the end of a fence is not waited for",
    within: 200,
    file: "group.ts",
    from: '    this.local.order({ do: "fence", group: this.name',
    to: '    this.release(this.why);\n    this.local.order({ do: "fence", group: this.name',
  },
  {
    name: "a fence that does not end in time is not answered",
    within: 500,
    file: "group.ts",
    from: 'if (this.phase !== "fencing" || this.local.nowMs < deadlineMs) return;',
    to: "return;",
  },
  {
    name: "a dead man's switch never fires",
    within: 200,
    file: "../simulation/work.ts",
    from: "    if (!resources || resources.size === 0) return;\n",
    to: "    return;\n",
  },
  {
    name: "a takeover does not wait until the other server is off",
    within: 200,
    kind: "two-and-tie-breaker-and-fence",
    file: "fencing.ts",
    from: "if (!this.required) return undefined;",
    to: "return undefined;",
  },
  {
    name: "a shot that was not confirmed counts as a stop",
    within: 1_000,
    kind: "two-and-fence",
    file: "../simulation/fence.ts",
    from: "server, request, stopped, message }",
    to: "server, request, stopped: true, message }",
  },
  {
    name: "the witness does not wait for the holder's silence",
    within: 200,
    kind: "two-and-witness",
    file: "witness.ts",
    from: "|| silentMs >= limitMs) return undefined;",
    to: "|| silentMs >= 0) return undefined;",
  },
  {
    name: "a witness replaces a record whatever its version",
    within: 200,
    kind: "two-and-witness",
    file: "../simulation/witness_store.ts",
    from: 'if ((kept?.version ?? null) !== question.expected) return { kind: "conflict" };',
    to: "",
  },
  {
    name: "the silence of a witness is counted from before the question",
    within: 6_000,
    kind: "two-and-witness",
    file: "witness.ts",
    from: "if (version !== page.version) page.sinceMs = this.local.nowMs;",
    to: "if (version !== page.version) page.sinceMs = page.answeredMs - 500;",
  },
  {
    name: "anybody begins the lost record of a witness anew",
    within: 6_000,
    kind: "two-and-witness",
    file: "witness.ts",
    from: "if (unseen.length > 0) {",
    to: "if (unseen.length > 99) {",
  },
  {
    name: "a witness is told of a release before everything is down",
    within: 300,
    kind: "two-and-witness",
    file: "witness.ts",
    from: 'return mine && run.phase === "offline" ? { ...record, released: true } : undefined;',
    to: "return mine ? { ...record, released: true } : undefined;",
  },
  {
    name: "what a lost disk had of an earlier life is not released",
    within: 2_000,
    kind: "two-and-fence",
    file: "engine.ts",
    from: 'if (run.phase === "offline" && this.#voter.holds(run.name)) run.release(run.why);',
    to: ";",
  },
];

/** Faults that no history shows, and why. */
export const HARMLESS: readonly { name: string; why: string }[] = [
  {
    name: "the holder on the disk is confirmed though the memory has gone on",
    why:
      "a voter goes on when the holder has released the group or its permit has ended, and a permit that has ended is " +
      "not extended: a second lock. Not in 600 histories of three servers",
  },
  {
    name: "votes, or votes on the move, are told before they are on the disk; a group is won before its claim is",
    why: "power would have to fail between two heartbeats of a handover, or of a claim by one vote. The laws are in " +
      "tests/unit/cluster/handover_test.ts and tests/unit/cluster/disk_test.ts",
  },
  {
    name: "a voter without memory does not abstain",
    why: "its vote counts for nobody anyway before everybody was heard. The law itself is in " +
      "tests/unit/cluster/memory_test.ts",
  },
  {
    name: "a vote without memory counts before it is known where it is",
    why: "its vote has to be away, its disk lost, and only one of the others heard: not in 12,000 histories. " +
      "tests/scenarios/histories/vote_used_before_it_is_known_where_it_is.txt is it",
  },
  {
    name: "whoever has forgotten giving its vote away uses it",
    why: "a disk has to be lost while its vote is away, and then everybody heard: not in 12,000 histories. " +
      "tests/scenarios/histories/vote_in_two_hands_after_the_giver_forgot.txt is it",
  },
  {
    name: "an earlier promise to wait longer is forgotten at a restart",
    why: "a majority would have to take shorter times just when a carrier is cut off: not in 15,000 histories. " +
      "tests/unit/cluster/patience_test.ts does it",
  },
  {
    name: "whoever may have forgotten passing a vote on says that it never came",
    why:
      "a vote has to be passed on twice, the disk in the middle lost, and its owner cut off from who has it, in this " +
      "order: not in 20,000 histories. tests/scenarios/histories/vote_in_two_hands_after_its_taker_forgot.txt is it",
  },
  {
    name: "the tie-breaker speaks for a carrier whose permit has ended",
    why: "one of some 4,000 histories shows it. tie_breaker_that_changes_sides_while_the_carrier_cannot_stop.txt and " +
      "tie_breaker_reached_in_a_moment_too_short_for_a_heartbeat.txt in tests/scenarios/histories are two",
  },
  {
    name: "late packets of a process that is gone are believed",
    why:
      "it takes 19,526 histories to show, since nothing that a late packet says releases a later claim: without that " +
      "rule it shows in the sixth. The law itself is in tests/unit/cluster/peers_test.ts",
  },
  {
    name: "of two orders at the same time neither overrules the other",
    why: "each history ends with an operator who starts every group, and that is a later order. The law itself is a " +
      "property in tests/unit/cluster/intent_test.ts",
  },
  {
    name: "whoever has slept speaks before everything is down",
    why:
      "with a tie-breaker a healthy successor stops until an operator starts the group, and there is one at the end. " +
      "tests/scenarios/pause_longer_than_the_detection_time.txt has it",
  },
  {
    name: "the tie-breaker supports a claim against servers that are heard",
    why:
      "a claim waits before that for a carrier that is heard, and a server that is heard and carries nothing agrees " +
      "by itself: the rule is a second lock on a door that is locked",
  },
  {
    name: "a vote is taken over though it was promised to somebody else",
    why: "two claims would have to be under way at different servers while one of their voters hands its vote to " +
      "another; a claim that has found no majority ends sooner than its voter can leave. The law itself is a property in " +
      "tests/unit/cluster/inherit_test.ts",
  },
];
