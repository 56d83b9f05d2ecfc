/**
 * Applies a file to all servers, from the one where it was asked for: everybody prepares it or nobody has it.
 *
 * @module
 */
import { hasNext } from "../../cluster/numbers.ts";
import type { View } from "../../cluster/view.ts";
import type { Change, Reach } from "../../config/change.ts";
import { ConfigError } from "../../config/problem.ts";
import { elapsed } from "../bounded.ts";
import type { Applying } from "./applying.ts";
import type { Applied } from "./config_store.ts";
import { digestOf } from "./file_text.ts";
import { Busy } from "./hold.ts";
import { waitsForAbsent } from "./left_out.ts";

/** What is asked for. */
export interface ApplyRequest {
  text: string;
  /** Servers that are dead and get the file when they return. */
  without: readonly string[];
  /** Agents that carry groups may start again. */
  mayMove: boolean;
  by: string;
  /** A server could not start with the file that is in place: this is the one before. */
  back?: boolean;
}

/** What has come of it. */
export interface ApplyOutcome {
  generation: number;
  digest: string;
  reach: Reach;
  /** In which order agents start again. */
  order: string[];
  /** Servers that have prepared it but did not confirm that it counts, and why: they fetch it by themselves. */
  late: { server: string; why: string }[];
  warnings: string[];
}

/** The refusal of a file, a sentence. */
export class ApplyRefused extends Error {
  override name = "ApplyRefused";
}

/** Every server gets this time to check the file. In milliseconds. */
const PREPARE_MS = 20_000;
/** And this one to put it in place. In milliseconds. */
const COMMIT_MS = 10_000;
/** A server that was busy with another file is asked again after this. In milliseconds. */
const AGAIN_MS = 200;

/** Applies files, one at a time. */
export class Coordinator {
  /** Whose file is being applied. */
  #busy: string | null = null;

  constructor(private readonly applying: Applying) {}

  /** Resolves once the file counts; throws an {@linkcode ApplyRefused} when it does not. */
  async apply(request: ApplyRequest, signal: AbortSignal): Promise<ApplyOutcome> {
    if (this.#busy !== null) {
      throw new ApplyRefused(
        `this server is applying a file already, for ${this.#busy}; wait until it is through, and apply again`,
      );
    }
    this.#busy = request.by;
    try {
      return await this.#apply(request, signal);
    } finally {
      this.#busy = null;
    }
  }

  async #apply(request: ApplyRequest, signal: AbortSignal): Promise<ApplyOutcome> {
    const { applying } = this;
    const { host } = applying;
    const view = host.view();
    const latest = Math.max(applying.applied.generation, applying.board.generation);
    if (!hasNext(latest)) {
      throw new ApplyRefused(
        `the generation ${latest} of the file is at its end, so no newer one can be applied; something has damaged it: ` +
          "stop all agents, and remove applied.json from the state folder of each",
      );
    }
    const generation = latest + 1;
    const asked = participants(view, request.without);
    const applied: Applied = {
      generation,
      digest: await digestOf(request.text),
      order: inTurn(view, asked),
      mayMove: request.mayMove,
      by: request.by,
      ...(request.back ? { back: true } : {}),
    };
    let change: Change;
    try {
      change = await applying.prepare(host.server, applied, request.text);
    } catch (error) {
      throw new ApplyRefused(said(error));
    }
    applied.order = applied.order.filter((server) => !change.gone.includes(server));
    const others = asked.filter((server) => server !== host.server && !change.gone.includes(server));
    const question = { do: "prepare", applied, text: request.text };
    const abort = async () => {
      await applying.abort(applied.digest);
      await this.#askAll(others, { do: "abort", digest: applied.digest }, COMMIT_MS, signal);
    };
    const obstacles = [
      ...unheard(view, others),
      ...demands(view, change, request.mayMove),
      ...waitsForAbsent(view, change, request.without),
    ];
    if (obstacles.length > 0) {
      await applying.abort(applied.digest);
      throw new ApplyRefused(obstacles.join("; "));
    }
    const prepared = await this.#prepareAll(others, question, signal);
    if (prepared.size > 0 || signal.aborted) {
      await abort();
      throw new ApplyRefused(
        `nothing was changed: ${
          [...prepared].map(([server, why]) => `${server}: ${why}`).join("; ") || "it was ended"
        }`,
      );
    }
    // From here on it counts: whoever does not hear of it fetches it.
    try {
      await applying.commit(applied);
    } catch (error) {
      await abort();
      throw new ApplyRefused(`nothing was changed: the file can't be put in place here: ${said(error)}`);
    }
    const late = await this.#askAll(others, { do: "commit", applied }, COMMIT_MS, signal);
    return {
      generation,
      digest: applied.digest,
      reach: change.reach,
      order: applied.order,
      late: [...late].map(([server, why]) => ({ server, why })),
      warnings: change.warnings,
    };
  }

  /**
   * Asks all for their yes; resolves with those that refused or did not answer, and why. Of two servers that apply at the
   * same time each may have the yes of some. The one that comes later by name gives up, since the other does not say yes
   * to it either; so the earlier one asks again those that were busy with it.
   */
  async #prepareAll(servers: readonly string[], question: unknown, signal: AbortSignal): Promise<Map<string, string>> {
    const { host } = this.applying;
    const untilMs = performance.now() + PREPARE_MS;
    const failed = new Map<string, string>();
    for (let asked = servers; asked.length > 0;) {
      const again: string[] = [];
      const answers = await this.#ask(asked, question, Math.max(1, untilMs - performance.now()), signal);
      for (const [server, { why, answer }] of answers) {
        const by = busyWith(answer);
        if (why !== undefined) failed.set(server, why);
        else if (by !== undefined && host.server < by && performance.now() < untilMs) again.push(server);
        else if (by !== undefined) failed.set(server, new Busy(by).message);
      }
      if (failed.size > 0 || again.length === 0 || !await elapsed(AGAIN_MS, signal)) break;
      asked = again;
    }
    return failed;
  }

  /** Asks all of them at once; resolves with those that refused or did not answer, and why. */
  async #askAll(
    servers: readonly string[],
    question: unknown,
    ms: number,
    signal: AbortSignal,
  ): Promise<Map<string, string>> {
    const answers = await this.#ask(servers, question, ms, signal);
    return new Map([...answers].flatMap(([server, { why }]) => why === undefined ? [] : [[server, why] as const]));
  }

  /** Asks all of them at once; resolves with what each has answered, or why it has not. */
  async #ask(
    servers: readonly string[],
    question: unknown,
    ms: number,
    signal: AbortSignal,
  ): Promise<Map<string, { why?: string; answer?: unknown }>> {
    const answers = new Map<string, { why?: string; answer?: unknown }>();
    await Promise.all(servers.map(async (server) => {
      try {
        const within = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
        answers.set(server, { answer: await this.applying.host.ask(server, question, within) });
      } catch (error) {
        const silent = error instanceof DOMException && error.name === "TimeoutError";
        answers.set(server, { why: silent ? `it did not answer within ${Math.round(ms / 1_000)} s` : said(error) });
      }
    }));
    return answers;
  }
}

/** Whose file a server is busy with, by its answer. */
function busyWith(answer: unknown): string | undefined {
  const { busy } = (answer ?? {}) as { busy?: unknown };
  return typeof busy === "string" ? busy : undefined;
}

/** Who has to have the file before it counts: all but those that are known to be dead, and those must be a majority. */
function participants(view: View, without: readonly string[]): string[] {
  for (const server of without) {
    const seen = view.servers.find(({ name }) => name === server);
    if (!seen) throw new ApplyRefused(`--without ${server}: the cluster has no such server`);
    if (seen.status === "online") throw new ApplyRefused(`--without ${server}: it is heard, so it can take part`);
  }
  if (!view.votes.quorum) throw new ApplyRefused("no majority of votes is in sight from here");
  return view.servers.map(({ name }) => name).filter((name) => !without.includes(name));
}

/** Standbys first, those that carry groups last. */
function inTurn(view: View, servers: readonly string[]): string[] {
  const carriers = new Set(view.groups.map(({ carrier }) => carrier));
  return [...servers.filter((name) => !carriers.has(name)), ...servers.filter((name) => carriers.has(name))];
}

function unheard(view: View, servers: readonly string[]): string[] {
  return view.servers.filter(({ name, status }) => servers.includes(name) && status !== "online").map(({ name }) =>
    `${name} is not heard: start it, or leave it out with --without ${name} if it is dead`
  );
}

/** What has to be so before the change can be made. */
function demands(view: View, change: Change, mayMove: boolean): string[] {
  const found: string[] = [];
  for (const { groups, why } of change.down) {
    const up = view.groups.filter(({ name, carrier, intent }) =>
      groups.includes(name) && (carrier !== null || intent.run)
    );
    if (up.length > 0) found.push(`${why}: \`baton stop ${up.map(({ name }) => name).join("`, `baton stop ")}\``);
  }
  for (const server of change.gone) {
    if (view.servers.find(({ name }) => name === server)?.status !== "online") continue;
    found.push(`${server} is taken out but still runs: stop its agent first`);
  }
  const all = change.reach === "agent";
  const carried = view.groups.filter(({ name, carrier }) => carrier !== null && (all || change.moves.includes(name)));
  if ((all || change.reach === "groups") && carried.length > 0 && !mayMove) {
    const list = carried.map(({ name, carrier }) => `${name} on ${carrier}`).join(", ");
    const what = all ? "agents that carry groups have to start again" : "groups that change have to move";
    found.push(`${what} (${list}): allow it with --allow-restart`);
  }
  return found;
}

function said(error: unknown): string {
  if (error instanceof ConfigError) return error.toString();
  return error instanceof Error ? error.message : String(error);
}
