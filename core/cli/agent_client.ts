/**
 * A running agent, from the command line.
 *
 * @module
 */
import type { AgentView } from "../agent/agent.ts";
import type { ApplyOutcome } from "../agent/apply/coordinator.ts";
import type { PreflightState } from "../agent/preflight_runner.ts";
import { tokenPath } from "../http/operator_token.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { plainValue } from "../plugin/plain_text.ts";
import { ConfigError } from "../config/problem.ts";
import { type AgentAnswer, type AgentQuestion, askAgent, BROKEN_OFF } from "./agent_request.ts";
import { type AgentPlace, placeIn } from "./broken_file.ts";
import { tell, UsageError, WorkError } from "./command.ts";
import { configPath, openConfig } from "./config_file.ts";
import type { Options } from "./options.ts";
import { silence } from "./silent_agent.ts";

/** An answer takes at most this long. In milliseconds. */
const TIMEOUT_MS = 5_000;
/** Unless all servers have to check a file first. In milliseconds. */
const APPLY_MS = 60_000;
/** Or all servers have to look at everything. In milliseconds. */
const PREFLIGHT_MS = 90_000;

/** Of an answer that is not what was asked for, so much is shown. In characters. */
const MAX_SHOWN = 500;

/** The status of an agent. */
export type Status = AgentView & { version: string };

/** An agent's status endpoint. */
export class AgentClient {
  /** Wall clock time since when it is asked, ISO 8601. */
  readonly since = new Date().toISOString();
  /** It was there, and is not any more. */
  gone = false;
  #answered = false;

  private constructor(readonly url: string, readonly stateDir: string | undefined) {}

  /** The agent that `--url` names, or the one of the configuration on this server. */
  static async find(options: Options): Promise<AgentClient> {
    const url = options.string("url");
    if (url !== undefined) {
      if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
        throw new UsageError(`--url ${url}: write it as http://127.0.0.1:7711`);
      }
      // With a file as well, the operator's token is known.
      const named = options.string("config");
      const at = url.replace(/\/+$/, "");
      const dir = named === undefined ? undefined : (await AgentClient.#place(named, at)).stateDir;
      return new AgentClient(at, dir);
    }
    const { url: at, stateDir } = await AgentClient.#place(options.string("config"));
    return new AgentClient(at, stateDir);
  }

  /** Where the agent of a file is, also of one that can't be read any more, if an agent answers there. */
  static async #place(named: string | undefined, at?: string): Promise<AgentPlace> {
    const path = await configPath(named);
    try {
      const { status, stateDir } = await openConfig(path);
      const host = status.host.includes(":") ? `[${status.host}]` : status.host;
      return { url: `http://${host}:${status.port}`, stateDir };
    } catch (broken) {
      if (!(broken instanceof ConfigError)) throw broken;
      const place = placeIn(await Deno.readTextFile(path).catch(() => ""), path);
      const url = at ?? place.url;
      await new AgentClient(url, undefined).status().catch(() => {
        throw broken;
      });
      tell(
        `warning: ${
          broken.toString().split("\n")[0]
        }; the agent at ${url} still runs with what it has read before, but ` +
          "could not start again: mend the file",
      );
      return { url, stateDir: place.stateDir };
    }
  }

  async status(): Promise<Status> {
    const { status, text } = await this.#ask("/status", { method: "GET" });
    const seen = parsed(text);
    if (status !== 200 || seen === undefined) {
      const said = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} ...` : text;
      throw new WorkError(`the agent at ${this.url} answered ${status}: ${said}`, FAULT_CODES.noAgent);
    }
    return seen as unknown as Status;
  }

  /** Asks for an operation; throws a {@linkcode WorkError} with the reason when it is refused. */
  async operate(path: string): Promise<void> {
    await this.#post(path);
  }

  /** Hands a file to the agent, which applies it to all servers; throws a {@linkcode WorkError} with the refusal. */
  async apply(text: string, without: readonly string[], mayMove: boolean): Promise<ApplyOutcome> {
    const query = new URLSearchParams();
    if (without.length > 0) query.set("without", without.join(","));
    if (mayMove) query.set("restart", "allow");
    const answer = await this.#post(`/file?${query}`, { body: text, timeoutMs: APPLY_MS });
    return (answer as { outcome: ApplyOutcome }).outcome;
  }

  /** A preflight now, of the agent's server or of all; throws a {@linkcode WorkError}. */
  async preflight(all: boolean): Promise<PreflightState> {
    return await this.#post(`/preflight?all=${all}`, { timeoutMs: PREFLIGHT_MS }) as PreflightState;
  }

  async #post(path: string, more: { body?: string; timeoutMs?: number } = {}): Promise<unknown> {
    const by = Deno.env.get("SUDO_USER") ?? Deno.env.get("USER") ?? Deno.env.get("USERNAME") ?? "operator";
    const url = `${path}${path.includes("?") ? "&" : "?"}by=${encodeURIComponent(by)}`;
    const { status, text } = await this.#ask(url, {
      method: "POST",
      headers: { Authorization: `Bearer ${await this.#token()}` },
      ...more,
    });
    const answer = parsed(text);
    if (status === 200 && answer !== undefined) return answer;
    const said = answer?.["error"];
    throw new WorkError(typeof said === "string" ? said : `the agent at ${this.url} answered ${status}`);
  }

  async #token(): Promise<string> {
    if (this.stateDir === undefined) {
      throw new UsageError(
        "an operation needs -c FILE on the server itself, where the operator's token lies; --url only reads",
      );
    }
    const path = tokenPath(this.stateDir);
    try {
      return (await Deno.readTextFile(path)).trim();
    } catch (error) {
      // An agent writes it when it starts, so where none was ever started there is none: that is what has to be said.
      await this.status();
      throw new WorkError(
        `the operator's token ${path} can't be read (${(error as Error).message}); ` +
          "is the agent running here, and are you its user or root?",
        FAULT_CODES.noAgent,
      );
    }
  }

  async #ask(path: string, question: Omit<AgentQuestion, "timeoutMs"> & { timeoutMs?: number }): Promise<AgentAnswer> {
    const { timeoutMs = TIMEOUT_MS } = question;
    try {
      const answer = await askAgent(`${this.url}${path}`, { ...question, timeoutMs });
      this.#answered = true;
      return answer;
    } catch (error) {
      const changes = question.method === "POST";
      this.gone = isClosed(error) || (this.#answered && isRefused(error));
      throw new WorkError(await silence(this.url, error, { waitedMs: timeoutMs, changes }), FAULT_CODES.noAgent);
    }
  }
}

/** It was closed from the other end, in the middle. */
function isClosed(error: unknown): boolean {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return code === "ECONNRESET" || code === "EPIPE" || message === BROKEN_OFF;
}

function isRefused(error: unknown): boolean {
  return (error as { code?: string }).code === "ECONNREFUSED";
}

/** The object that a text is; undefined when it is none. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    // Whoever listens there may be another server, or none of ours; what it says goes to a terminal.
    const value: unknown = plainValue(JSON.parse(text));
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
