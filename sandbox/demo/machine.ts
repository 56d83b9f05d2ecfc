/**
 * A server of the demo: a folder that stands for the machine, and a real agent process on it.
 */
import { join } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { askDirectly } from "./ask_directly.ts";

/** What a machine is made of. */
export interface MachineParts {
  name: string;
  /** Its folder; `cluster.yaml` lies in it. */
  folder: string;
  mac: string;
  /** Addresses that answer its pings. */
  reachable: readonly string[];
  statusPort: number;
  env: Record<string, string>;
  /** A compiled `baton` on this server; left out: the one from source. */
  executable?: string;
  /** The service's script; left out: the one of the demo. */
  app?: string;
  /** More options for its agent. */
  runOptions?: readonly string[];
}

/** The status of an agent as the demo needs it. */
export interface SeenStatus {
  view: {
    votes: { quorum: boolean };
    groups: {
      name: string;
      status: string;
      epoch: number;
      carrier: string | null;
      why: string;
      waiting: string | null;
      servers: { name: string; ready: boolean; why: string | null; status: string }[];
    }[];
    monitors: { name: string; status: string; message: string }[];
    servers: { name: string; status: string }[];
  };
  noPower: { withheld: { text: string }[] } | null;
  reasons: { time: string; code: string; text: string; group?: string; epoch?: number; monitor?: string }[];
}

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
/** The service of the demo. */
export const APP: string = fromFileUrl(new URL("./app.sh", import.meta.url));

/** One server. */
export class Machine {
  readonly name: string;
  #agent: { process: Deno.ChildProcess; logged: Promise<void> } | null = null;
  readonly #commands = new Set<number>();

  private constructor(private readonly parts: MachineParts) {
    this.name = parts.name;
  }

  static async make(parts: MachineParts): Promise<Machine> {
    const nic = join(parts.folder, "machine", "nics", "eth0");
    await Deno.mkdir(join(nic, "addresses"), { recursive: true });
    await Deno.mkdir(join(parts.folder, "machine", "reach"), { recursive: true });
    await Deno.mkdir(join(parts.folder, "machine", "services"), { recursive: true });
    await Deno.writeTextFile(join(nic, "mac"), parts.mac);
    await Deno.writeTextFile(join(parts.folder, "machine", "hostname"), parts.name);
    const machine = new Machine(parts);
    machine.reach(true);
    return machine;
  }

  get folder(): string {
    return this.parts.folder;
  }

  get statusUrl(): string {
    return `http://127.0.0.1:${this.parts.statusPort}`;
  }

  get pid(): number | undefined {
    return this.#agent?.process.pid;
  }

  /** Its agent and the commands that run on it. */
  get pids(): number[] {
    return [...this.pid === undefined ? [] : [this.pid], ...this.#commands];
  }

  /** The options of the service's `script` resource. */
  appCommand(action: "start" | "stop"): string[] {
    return ["sh", this.parts.app ?? APP, action, join(this.parts.folder, "app")];
  }

  /** Starts the agent, with these options besides its own. */
  start(...more: readonly string[]): void {
    const process = this.#command([
      "run",
      "-c",
      this.#config,
      "--server",
      this.name,
      ...this.parts.runOptions ?? [],
      ...more,
    ]).spawn();
    this.#agent = { process, logged: this.#keepLog(process) };
  }

  /** kill -9 of the agent, and of nothing else. Resolves when it is gone. */
  async kill(): Promise<void> {
    const agent = this.#agent;
    this.#agent = null;
    if (!agent) return;
    try {
      agent.process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await agent.process.status;
    await agent.logged;
  }

  /** The machine loses its power: the agent, its service and its addresses are gone at once. */
  async powerOff(): Promise<void> {
    const dying = this.kill();
    this.endApp();
    for (const ip of this.addresses()) Deno.removeSync(join(this.#addressFolder, ip));
    await dying;
  }

  /** SIGTERM, and the orderly end. Resolves with the exit status. */
  async stop(): Promise<number> {
    const agent = this.#agent;
    this.#agent = null;
    if (!agent) return 0;
    try {
      agent.process.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    const { code } = await agent.process.status;
    await agent.logged;
    return code;
  }

  /** Runs a command of `baton` on this server. */
  async baton(...args: string[]): Promise<{ status: number; text: string }> {
    const command = this.#command([...args, "-c", this.#config]).spawn();
    this.#commands.add(command.pid);
    const output = await command.output();
    this.#commands.delete(command.pid);
    const decoder = new TextDecoder();
    return { status: output.code, text: (decoder.decode(output.stdout) + decoder.decode(output.stderr)).trim() };
  }

  /** Its answer to GET /status; null when it gives none. */
  async status(): Promise<SeenStatus | null> {
    try {
      return await askDirectly(`${this.statusUrl}/status`, 1_000) as SeenStatus;
    } catch {
      // It does not run, or not yet.
      return null;
    }
  }

  /** Whether the addresses that answer pings do so for this server. */
  reach(reached: boolean): void {
    for (const ip of this.parts.reachable) {
      const path = join(this.parts.folder, "machine", "reach", ip);
      if (reached) Deno.writeTextFileSync(path, "1");
      else removeIfThere(path);
    }
  }

  /** Addresses on its NIC that are not its own. */
  addresses(): string[] {
    return [...Deno.readDirSync(this.#addressFolder)].map(({ name }) => name);
  }

  /** The service runs. */
  appRuns(): boolean {
    const pid = this.#appPid();
    if (pid === null) return false;
    try {
      Deno.kill(pid, "SIGCONT");
      return true;
    } catch {
      return false;
    }
  }

  endApp(): void {
    const pid = this.#appPid();
    if (pid === null) return;
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // Gone already.
    }
    removeIfThere(join(this.parts.folder, "app", "pid"));
  }

  get #config(): string {
    return join(this.parts.folder, "cluster.yaml");
  }

  get #addressFolder(): string {
    return join(this.parts.folder, "machine", "nics", "eth0", "addresses");
  }

  #appPid(): number | null {
    try {
      const pid = Number(Deno.readTextFileSync(join(this.parts.folder, "app", "pid")).trim());
      return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
    } catch {
      return null;
    }
  }

  #command(args: string[]): Deno.Command {
    const { executable, folder } = this.parts;
    const env = { ...this.parts.env, BATON_SANDBOX: join(folder, "machine"), NO_COLOR: "1" };
    return new Deno.Command(executable ?? Deno.execPath(), {
      // An executable has to get by with what a bare server has.
      ...(executable === undefined
        ? { args: ["run", "-A", "-q", MAIN, ...args], env }
        : { args, env: { ...env, PATH: "/usr/bin:/bin", HOME: "" }, clearEnv: true, cwd: folder }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  async #keepLog(process: Deno.ChildProcess): Promise<void> {
    const file = await Deno.open(join(this.parts.folder, "agent.log"), { append: true, create: true });
    await Promise.allSettled([
      process.stdout.pipeTo(new WritableStream({ write: () => {} })),
      process.stderr.pipeTo(file.writable),
    ]);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
