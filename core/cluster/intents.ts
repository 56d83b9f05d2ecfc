/**
 * What operators want of the groups. An intent is a versioned register that every server passes on; the highest version
 * wins. A move is part of an intent and is served once: it never becomes a rule that somebody has to remember to remove.
 *
 * @module
 */
import type { OperatorRequest } from "./events.ts";
import type { Local } from "./local.ts";
import { type Beat, type Intent, overrules } from "./message.ts";
import { hasNext } from "./numbers.ts";
import type { Candidate } from "./placement.ts";
import { error, info } from "./reasons.ts";

/** Of groups that no operator has asked anything for. */
const BY_ITSELF: Intent = Object.freeze({ version: 0, run: true, by: "cluster.yaml" });
const NOT_BY_ITSELF: Intent = Object.freeze({ version: 0, run: false, by: "cluster.yaml" });

/** The intents of all groups, and which moves have been dealt with. */
export class Intents {
  /** Groups whose versions have come to their end, as the journal knows. */
  readonly #ended = new Set<string>();

  constructor(private readonly local: Local) {}

  of(group: string): Intent {
    const known = this.local.durable.intents[group];
    if (known) return known;
    const spec = this.local.spec.groups.find(({ name }) => name === group);
    return spec?.startup === "manual" ? NOT_BY_ITSELF : BY_ITSELF;
  }

  /** The latest version whose move has been dealt with, as far as this server knows. */
  served(group: string): number {
    return this.local.durable.served[group] ?? -1;
  }

  serve(group: string): void {
    this.#note(group, this.of(group).version);
  }

  /** Where an operator wants it and has not been served yet. */
  wanted(group: string): string | undefined {
    const intent = this.of(group);
    return intent.version > this.served(group) ? intent.to : undefined;
  }

  hear(beat: Beat): void {
    for (const { name } of this.local.spec.groups) {
      const news = beat.groups[name];
      const theirs = news?.intent;
      if (news) this.#note(name, news.served);
      if (!theirs || !overrules(theirs, this.of(name))) continue;
      this.local.durable.intents[name] = theirs;
      this.local.remember();
    }
  }

  #note(group: string, version: number): void {
    if (version <= this.served(group)) return;
    this.local.durable.served[group] = version;
    this.local.remember();
  }

  /** Notes a new intent of this server. Not when there is no later version: see `numbers.ts`. */
  want(group: string, change: Pick<Intent, "run" | "to" | "recovery">, by: string): void {
    if (!hasNext(this.of(group).version)) {
      if (!this.#ended.has(group)) this.local.say(error("operator", `${this.#end(group)}.`, { group }));
      this.#ended.add(group);
      return;
    }
    this.local.durable.intents[group] = { version: this.of(group).version + 1, by, ...change };
    this.local.remember();
  }

  /** Answers an operator. What can't be done now is refused with the reason rather than kept for later. */
  ask(request: Extract<OperatorRequest, { group: string }>, candidates: readonly Candidate[] | undefined): void {
    const { op, group, by } = request;
    if (!candidates) {
      this.local.refused = `There is no group ${group}; the groups are ${
        this.local.spec.groups.map(({ name }) => name).join(", ") || "none"
      }.`;
      return;
    }
    if (!hasNext(this.of(group).version)) {
      this.local.refused = `${this.#end(group)}.`;
      return;
    }
    if (op === "move") {
      const target = candidates.find(({ server }) => server === request.to);
      if (!target) {
        const known = this.local.spec.servers.includes(request.to);
        this.local.refused =
          `${known ? `${request.to} does not have ${group}` : `There is no server ${request.to}`}; ` +
          `the servers of ${group} are ${candidates.map(({ server }) => server).join(", ")}.`;
        return;
      }
      if (!target.alive || !target.ready || target.slow !== undefined) {
        this.local.refused = `${group} can't move to ${request.to}: it ${target.why ?? target.slow ?? "is not ready"}.`;
        return;
      }
      this.want(group, { run: true, to: request.to }, by);
      this.local.say(info("operator", `${by} moves ${group} to ${request.to}.`, { group }));
      return;
    }
    this.want(group, { run: op === "start" }, by);
    this.local.say(info("operator", `${by} ${op === "start" ? "starts" : "stops"} ${group}.`, { group }));
  }

  #end(group: string): string {
    return `The version ${this.of(group).version} of what is wanted of ${group} is at its end, so nothing new can be ` +
      "asked for; something has damaged it: stop all agents, and remove the state folder of each";
  }
}
