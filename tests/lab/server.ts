/**
 * A server of the lab: its namespace, the folder with its `cluster.yaml`, and its agent.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SeenStatus } from "../../sandbox/demo/machine.ts";
import { tokenPath } from "../../core/http/operator_token.ts";
import { run, signalTo } from "./commands.ts";
import type { Network } from "./network.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const APP = fileURLToPath(new URL("./app.pl", import.meta.url));
/** An agent that was told to stop has at most this long. In milliseconds. */
const STOP_MS = 15_000;

/** The service's port. */
export const APP_PORT = 7000;
export const STATUS_PORT = 7711;
/** What must never reach the machine that the lab runs on. */
const POWER_PROGRAMS = ["systemctl", "poweroff", "reboot", "shutdown"];

/** What an agent that runs may be running at any moment. */
const PASSING = /^(?:\S*\/)?(?:ping|ip) /;

/** What an agent says of itself. */
export type LabStatus = SeenStatus & {
  view: { votes: { visible: string[]; total: number }; witness: { reached: boolean | null } | null };
};

/** What a server is made of. */
export interface ServerParts {
  name: string;
  ip: string;
  folder: string;
  env: Record<string, string>;
  /** The executable; left out: Baton from source. */
  executable?: string;
}

/** One server. */
export class LabServer {
  readonly name: string;
  readonly ip: string;
  #agent: Deno.ChildProcess | null = null;
  #agentEnded = false;
  /** Notes the end of the latest agent. */
  #ending: Promise<void> = Promise.resolve();

  private constructor(private readonly parts: ServerParts, private readonly network: Network) {
    this.name = parts.name;
    this.ip = parts.ip;
  }

  static async make(parts: ServerParts, network: Network, yaml: string): Promise<LabServer> {
    const { folder } = parts;
    await Deno.mkdir(join(folder, "bin"), { recursive: true });
    await Deno.writeTextFile(join(folder, "cluster.yaml"), yaml);
    for (const program of POWER_PROGRAMS) {
      const text = `#!/bin/sh\necho "${program} $*" >>${folder}/power\n`;
      await Deno.writeTextFile(join(folder, "bin", program), text, { mode: 0o755 });
    }
    return new LabServer(parts, network);
  }

  /** The process id of its agent. */
  get pid(): number | undefined {
    return this.#agent?.pid;
  }

  /** Starts the agent. */
  start(): void {
    if (this.#agent) throw new Error(`the agent of ${this.name} runs already`);
    const log = Deno.openSync(join(this.parts.folder, "agent.log"), { append: true, create: true });
    const agent = this.#agent = this.#command(["run", "-c", this.#config, "--server", this.name], "piped").spawn();
    agent.stderr.pipeTo(log.writable).catch(() => {});
    this.#agentEnded = false;
    this.#ending = agent.status.then(() => {
      if (this.#agent === agent) this.#agentEnded = true;
    });
  }

  /** Sends its agent a signal. */
  signal(signal: Deno.Signal): void {
    if (this.#agent) signalTo(this.#agent.pid, signal);
  }

  /** Waits for the end of the agent; null when that does not come in time. */
  async ended(): Promise<number | null> {
    const agent = this.#agent;
    if (!agent) return 0;
    const patience = Promise.withResolvers<null>();
    const timer = setTimeout(() => patience.resolve(null), STOP_MS);
    const status = await Promise.race([agent.status.then(({ code }) => code), patience.promise]);
    clearTimeout(timer);
    if (status !== null) {
      await this.#ending;
      this.#agent = null;
    }
    return status;
  }

  /** kill -9 of the agent, and of nothing else. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  /** The agent ended although nobody asked it to. */
  get died(): boolean {
    return this.#agent === null || this.#agentEnded;
  }

  /** Its answer to GET /status; null when it gives none. */
  async status(): Promise<LabStatus | null> {
    try {
      const response = await fetch(`http://${this.ip}:${STATUS_PORT}/status`, { signal: AbortSignal.timeout(500) });
      if (response.ok) return await response.json();
      await response.body?.cancel();
    } catch {
      // It does not run, or is cut off.
    }
    return null;
  }

  /** Asks the agent to move the group, as `baton move` does; for those who can't wait for a program to start. */
  async move(group: string, to: string): Promise<void> {
    const token = (await Deno.readTextFile(tokenPath(join(this.parts.folder, "state")))).trim();
    const response = await fetch(`http://${this.ip}:${STATUS_PORT}/groups/${group}/move?to=${to}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(1_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the move was refused: ${text}`);
  }

  /** Runs a command of `baton` on this server, as an operator would. */
  async baton(...args: string[]): Promise<void> {
    const { code, stderr } = await this.#command([...args, "-c", this.#config], "piped").output();
    if (code !== 0) throw new Error(`baton ${args.join(" ")} on ${this.name}: ${new TextDecoder().decode(stderr)}`);
  }

  /** Processes of the group that nobody needs any more: all but the agent, its switches, and what it has just begun. */
  async orphans(): Promise<string[]> {
    const found: string[] = [];
    for (const pid of await this.network.processes(this.name)) {
      if (pid === this.#agent?.pid) continue;
      const line = (await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "")).replaceAll("\0", " ").trim();
      if (line === "" || (this.#agent && PASSING.test(line))) continue;
      found.push(`${pid} ${line.replaceAll("\n", " ").slice(0, 60)}`);
    }
    return found;
  }

  /** What an agent without another way out did to turn its machine off. */
  async power(): Promise<string> {
    const path = join(this.parts.folder, "power");
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text !== "") await run(["rm", "-f", path]);
    return text.trim();
  }

  /** What its journal says from `fromMs` to `toMs` (Unix time), a line each, with milliseconds since `sinceMs`. */
  async journal(fromMs: number, toMs: number, sinceMs: number): Promise<string[]> {
    const text = await Deno.readTextFile(join(this.parts.folder, "state", "journal.jsonl")).catch(() => "");
    return text.split("\n").flatMap((line) => {
      if (line === "") return [];
      const { time, code, text } = entryOf(line);
      const atMs = Date.parse(time);
      return !(atMs >= fromMs && atMs <= toMs)
        ? []
        : [`${Math.round(atMs - sinceMs)} ms ${this.name} ${code}: ${text}`];
    });
  }

  /** The last lines of the agent's log. */
  async log(lines: number): Promise<string> {
    const text = await Deno.readTextFile(join(this.parts.folder, "agent.log")).catch(() => "no log");
    return text.trim().split("\n").slice(-lines).join("\n");
  }

  get #config(): string {
    return join(this.parts.folder, "cluster.yaml");
  }

  #command(args: string[], stderr: "piped" | "null"): Deno.Command {
    const baton = this.parts.executable === undefined
      ? [Deno.execPath(), "run", "-A", "-q", MAIN]
      : [this.parts.executable];
    return new Deno.Command("ip", {
      args: ["netns", "exec", this.network.namespace(this.name), ...baton, ...args],
      env: {
        ...this.parts.env,
        NO_COLOR: "1",
        PATH: `${join(this.parts.folder, "bin")}:${Deno.env.get("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin"}`,
      },
      stdin: "null",
      stdout: "null",
      stderr,
    });
  }
}

/** The last line of an agent that was killed may be half a line. */
function entryOf(line: string): { time: string; code?: string; text?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return { time: "" };
  }
}

/** Where `app.pl` writes the process id of the service. */
export function appPidFile(folder: string): string {
  return join(folder, "app.pid");
}

/** The option of the service's `script` resource. */
export function appCommand(action: "start" | "stop", folder: string, name: string): string[] {
  return ["perl", APP, action, folder, name, String(APP_PORT)];
}
