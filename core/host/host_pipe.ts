/**
 * The process of a host and its pipes: messages in both directions, what plugins write past them, and the end of it all.
 *
 * @module
 */
import { childEnvironment } from "../os/environment.ts";
import { killMarked, MARK_VARIABLE } from "../os/marked_processes.ts";
import { startOrdinary } from "../os/priority.ts";
import { programBegun } from "../os/programs.ts";
import { encodeFrame, FrameReader, HEAD_BYTES } from "./frames.ts";
import { Flow } from "./flow.ts";
import { plainText } from "../plugin/plain_text.ts";
import type { FromHost, HostPermissions, ToHost } from "./protocol.ts";

/** What a host is made of. */
export interface HostPipeParts {
  /** Program and arguments. */
  command: readonly [string, ...string[]];
  permissions: HostPermissions;
  /** Folder for what it needs while it loads; removed when it has ended. */
  scratch: string;
  memoryMb: number;
  /** Added to its priority: the agent goes first. */
  nice: number;
  /** The dead man's switch ends it first: it must change nothing while its agent is frozen. */
  guarded: boolean;
  take(message: FromHost): void;
  /** It does not keep to the rules, or has ended. */
  broke(reason: string): void;
  /** A line that somebody wrote past the messages. */
  line(text: string): void;
}

/** Messages that may wait for the pipe. */
const MAX_UNSENT = 500;
/** What a host may send in a second: bytes, and messages. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGES = 4_000;
/** What plugins may write past the messages in ten seconds, in bytes. */
const MAX_STRAY = 512 * 1024;
/** Lines of that in ten seconds that come into the log. */
const MAX_STRAY_LINES = 20;
/** How long a host may take to end by itself. In milliseconds. */
const CLOSE_MS = 500;
/** How long what it wrote before its end may take to arrive. In milliseconds. */
const LAST_WORDS_MS = 100;
/** How long it may take until all that it has started is gone. In milliseconds. */
const SWEEP_MS = 2_000;

/** The process of a host. */
export class HostPipe {
  readonly pid: number;
  /** Resolves when the process and all that it has started are gone, and its folder is removed. */
  readonly ended: Promise<void>;
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  readonly #errors: ReadableStreamDefaultReader<Uint8Array>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #mark = `plugin-host:${crypto.randomUUID()}`;
  readonly #hasEnded: () => void;
  readonly #programs = new Map<number, () => void>();
  readonly #bytes = new Flow(MAX_BYTES, 1_000);
  readonly #messages = new Flow(MAX_MESSAGES, 1_000);
  readonly #stray = new Flow(MAX_STRAY, 10_000);
  readonly #lines = new Flow(MAX_STRAY_LINES, 10_000);
  #unsent = 0;
  #over = false;

  constructor(private readonly parts: HostPipeParts) {
    const [program, ...args] = parts.command;
    const child = new Deno.Command(program, {
      args,
      env: hostEnvironment(parts.permissions.env, {
        [MARK_VARIABLE]: this.#mark,
        DENO_V8_FLAGS: `--max-old-space-size=${parts.memoryMb}`,
        NO_COLOR: "1",
      }),
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // A group of its own is what is killed.
      detached: Deno.build.os !== "windows",
    });
    this.#child = startOrdinary(() => child.spawn());
    this.pid = this.#child.pid;
    this.#hasEnded = parts.guarded ? programBegun(this.pid) : () => {};
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(() => {});
    this.#output = this.#child.stdout.getReader();
    this.#errors = this.#child.stderr.getReader();
    const head = crypto.getRandomValues(new Uint8Array(HEAD_BYTES));
    void this.#write(head);
    this.send({ t: "hello", permissions: parts.permissions, scratch: parts.scratch, nice: parts.nice });
    this.ended = this.#end(Promise.all([this.#readMessages(head), this.#readErrors()]));
  }

  /** Sends a message. Returns why it could not be. */
  send(message: ToHost): "too-long" | "unread" | undefined {
    if (this.#over) return undefined;
    if (this.#unsent >= MAX_UNSENT) return "unread";
    let frame: Uint8Array;
    try {
      frame = encodeFrame(message);
    } catch {
      return "too-long";
    }
    void this.#write(frame);
    return undefined;
  }

  /** Ends it and the programs that it is running. */
  kill(): void {
    this.#over = true;
    killGroup(this.pid);
    for (const [pid, ended] of this.#programs) {
      killGroup(pid);
      ended();
    }
    this.#programs.clear();
  }

  /** Tells it to end, and waits a moment. */
  async close(): Promise<void> {
    this.#over = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSE_MS));
    await Promise.race([this.#input.close().catch(() => {}).then(() => this.#child.status), patience]);
    clearTimeout(timer);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#unsent += 1;
    try {
      await this.#input.write(bytes);
    } catch {
      // It has ended: `ended` tells.
    } finally {
      this.#unsent -= 1;
    }
  }

  async #readMessages(head: Uint8Array): Promise<void> {
    const frames = new FrameReader(head, (bytes) => this.#strayed(bytes));
    for await (const chunk of chunksOf(this.#output)) {
      if (this.#over) continue;
      if (!this.#bytes.take(chunk.length)) return this.#broke("it floods its agent with messages");
      try {
        for (const message of frames.add(chunk)) {
          if (!this.#messages.take(1)) return this.#broke("it floods its agent with messages");
          this.#take(message as FromHost);
        }
      } catch (error) {
        return this.#broke(`what it says can't be understood: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  async #readErrors(): Promise<void> {
    for await (const chunk of chunksOf(this.#errors)) if (!this.#over) this.#strayed(chunk);
  }

  #strayed(bytes: Uint8Array): void {
    if (!this.#stray.take(bytes.length)) return this.#broke("it writes without end to its standard output or error");
    const text = new TextDecoder().decode(bytes.subarray(0, 4_096));
    for (const line of text.split("\n")) {
      if (line.trim() === "" || !this.#lines.take(1)) continue;
      this.parts.line(plainText(line, 500));
    }
  }

  #take(message: FromHost): void {
    if (this.#over) return;
    if (message.t === "begun" && Number.isSafeInteger(message.pid) && message.pid > 1) {
      this.#programs.set(message.pid, programBegun(message.pid));
    } else if (message.t === "ended") {
      this.#programs.get(message.pid)?.();
      this.#programs.delete(message.pid);
    } else this.parts.take(message);
  }

  #broke(reason: string): void {
    if (!this.#over) this.parts.broke(reason);
  }

  async #end(read: Promise<unknown>): Promise<void> {
    const { code, signal } = await this.#child.status;
    this.#hasEnded();
    // Its last words say more than its status. What it has started may hold the pipes open for ever.
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([read, new Promise<void>((resolve) => timer = setTimeout(resolve, LAST_WORDS_MS))]).catch(
      () => {},
    );
    clearTimeout(timer);
    if (!this.#over) {
      const how = signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`;
      const why = code === 133 || signal === "SIGTRAP" || signal === "SIGILL" ? ", as when memory is used up" : "";
      this.#broke(how + why);
    }
    this.kill();
    await this.#input.abort().catch(() => {});
    if (this.parts.permissions.run !== false && Deno.build.os === "linux") {
      await killMarked(this.#mark, AbortSignal.timeout(SWEEP_MS)).catch(() => {});
    }
    await Promise.all([this.#output.cancel().catch(() => {}), this.#errors.cancel().catch(() => {})]);
    await read.catch(() => {});
    await Deno.remove(this.parts.scratch, { recursive: true }).catch(() => {});
  }
}

/** What a runtime needs besides, and the simulated machine. */
const RUNTIME =
  /^(?:DENO_(?!AUTH_TOKENS)[A-Z_]+|XDG_CACHE_HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR)|BATON_SANDBOX)$/;
/** How the plugins' own requests leave the machine. */
const PROXY = /^(?:https?|all|no)_proxy$/i;

/** The environment of a host: the agent's own may hold credentials, and its programs inherit from it. */
function hostEnvironment(allowed: HostPermissions["env"], more: Record<string, string>): Record<string, string> {
  const own = Deno.env.toObject();
  if (allowed === true) return { ...own, ...more };
  const wanted = Object.entries(own).filter(([name]) =>
    RUNTIME.test(name) || PROXY.test(name) || (allowed || []).includes(name)
  );
  return childEnvironment({ ...Object.fromEntries(wanted), ...more }, own);
}

/** The chunks of a stream up to its end, however that comes. */
async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true as const, value: undefined }));
    if (done) return;
    yield value;
  }
}

/** Kills the leader of a process group with everything in the group. */
function killGroup(pid: number): void {
  try {
    if (Deno.build.os === "windows") Deno.kill(pid);
    else Deno.kill(-pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}
