/**
 * From the file that an agent runs to the one on its disk: in the agent that goes on when that is enough, after the
 * groups that change have left this server when they have to, and else by starting again, each when it is its turn.
 *
 * @module
 */
import { info, type Reason, sentence, warning } from "../../cluster/reasons.ts";
import type { View } from "../../cluster/view.ts";
import { type Change, changeOf } from "../../config/change.ts";
import type { ClusterConfig } from "../../config/config.ts";
import { downGroups } from "../agent_view.ts";
import type { Applied, ConfigStore } from "./config_store.ts";
import type { FileNewsBoard } from "./file_news.ts";
import { shortDigest } from "./file_text.ts";
import type { ReadFile } from "./read_file.ts";
import { READY_MS, settledElsewhere, takerOf, type TurnFacts, waitsFor } from "./turn.ts";

/** What the agent does for it. */
export interface TakeUpHost {
  server: string;
  /** The configuration with which the agent runs now. */
  running(): ClusterConfig;
  view(): View;
  note(reasons: readonly Reason[]): void;
  /** Goes on with all of it; rejects with a sentence when that can't be done now. */
  swap(config: ClusterConfig): Promise<void>;
  /** Moves a group in order. Returns why it can't; undefined when it does. */
  move(group: string, to: string, by: string): string | undefined;
  /** Leaves in order and starts again with it. */
  restart(config: ClusterConfig, by: string): void;
}

/** Takes up the files of one agent. */
export class TakeUp {
  /** It has been told to start again; nothing more is to be done in this agent. */
  restarting = false;
  #waitingSinceMs: number | null = null;
  /** Groups that were asked to leave for the file on disk: each once, or one that fails elsewhere would come and go. */
  readonly #moved = new Map<string, string>();
  #movedMs = -Infinity;

  constructor(
    private readonly host: TakeUpHost,
    private readonly store: Pick<ConfigStore, "passed">,
    private readonly read: Pick<ReadFile, "keep">,
    private readonly board: FileNewsBoard,
  ) {}

  /** Another file is on disk: what was done for the one before counts no more. */
  replaced(): void {
    this.#waitingSinceMs = null;
    this.#moved.clear();
  }

  /** Does what can be done now for the file on disk. Resolves with what it waits for; null: it runs the file. */
  async next(config: ClusterConfig, applied: Applied): Promise<string | null> {
    const { server: me } = this.host;
    const change = changeOf(this.host.running(), config);
    const { reach } = change;
    const view = this.host.view();
    const down = downGroups(view);
    const leave = reach === "agent" ? view.groups.map(({ name }) => name) : change.moves;
    const up = leave.filter((name) => !down.includes(name));
    if (reach !== "live" && reach !== "nothing" && up.length === 0) {
      const pending = [...this.#moved].find(([name]) => !settledElsewhere(view, name, me));
      if (pending && performance.now() - this.#movedMs < READY_MS) {
        return `it waits until ${pending[0]} is online elsewhere, so that it can come back as it was if it fails there`;
      }
    }
    if (reach !== "agent" && up.length === 0) {
      await this.#goOn(config, change);
      return null;
    }
    const nowMs = performance.now();
    const facts: TurnFacts = {
      me,
      applied,
      view,
      board: this.board,
      waitedMs: this.#waitingSinceMs === null ? 0 : nowMs - this.#waitingSinceMs,
      ...(reach === "groups" ? { groups: up } : {}),
      still: change.down.some(({ lasts }) => lasts),
    };
    const waiting = waitsFor(facts);
    this.#waitingSinceMs = waiting?.patient ? this.#waitingSinceMs ?? nowMs : null;
    if (waiting) return waiting.why;
    // A group leaves while this server still votes for whoever takes it, and can come back. Where nobody can take one of
    // them the agent starts again all the same, which needs nobody.
    if (up.length > 0 && up.every((name) => this.#moved.has(name) || takerOf(name, facts) !== undefined)) {
      return this.#moveAway(up, facts);
    }
    this.restarting = true;
    this.host.note([info("file", `The agent starts again with the file ${shortDigest(config.digest)}.`)]);
    this.host.restart(config, applied.by);
    return "it starts again";
  }

  /** The agent that runs takes the file up. */
  async #goOn(config: ClusterConfig, change: Change): Promise<void> {
    const before = this.host.running();
    await this.host.swap(config);
    await this.store.passed();
    await this.read.keep(config.digest);
    const what = told(before, change) || "nothing had to change";
    this.host.note([
      info("file", `The agent goes on with the file ${shortDigest(config.digest)}: ${what}.`),
      // An agent that starts tells them; this one does not start, and whoever applied the file may sit elsewhere.
      ...config.warnings.map((text) => warning("file", sentence(`${config.path}: ${text}`))),
    ]);
  }

  /** The groups that the file changes leave this server, so that it can take it up in the agent that runs. */
  #moveAway(groups: readonly string[], facts: TurnFacts): string {
    for (const name of groups) {
      if (this.#moved.has(name)) continue;
      const to = takerOf(name, facts)!;
      const refusal = this.host.move(name, to, `baton apply (${facts.applied.by})`);
      if (refusal !== undefined) throw new Error(refusal);
      this.#moved.set(name, to);
      this.#movedMs = performance.now();
    }
    const moves = groups.map((name) => `${name} to ${this.#moved.get(name)}`).join(", ");
    return `it has to be without ${
      groups.join(", ")
    } for that, and moves ${moves}; where that does not succeed, move it ` +
      "by hand or apply another file";
  }
}

/** What a running agent has taken up. */
function told({ groups: before }: ClusterConfig, { monitors, groups, moves, devices }: Change): string {
  const fresh = groups.filter((name) => !before.some((group) => group.name === name));
  const ruled = groups.filter((name) => !fresh.includes(name) && !moves.includes(name));
  return [
    ...monitors.length === 0 ? [] : [`other checks or rules of ${monitors.join(", ")}`],
    ...moves.length === 0 ? [] : [`other options of ${moves.join(", ")}`],
    ...ruled.length === 0 ? [] : [`other rules of ${ruled.join(", ")}`],
    ...fresh.length === 0 ? [] : [`the new group${fresh.length === 1 ? "" : "s"} ${fresh.join(", ")}`],
    ...devices ? ["other acknowledgement devices"] : [],
  ].join(", ");
}
