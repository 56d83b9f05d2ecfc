import os from "node:os";
import { createOs, SANDBOX_VARIABLE } from "../os/mod.ts";
import { watchPrograms } from "../os/programs.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { importsTypeScript } from "../plugin/strip_types.ts";
import { encodeFrame } from "./frames.ts";
import { failureOf } from "./failure.ts";
import { decisiveVariable, mayRun } from "./permissions.ts";
import type { Ask, FromHost, HostPermissions, ToHost } from "./protocol.ts";
import type { FromThread, ThreadStart, ToThread } from "./thread_messages.ts";

/** The plugins' thread is asked this often whether its event loop turns. In milliseconds. */
const PING_MS = 500;
/** It is stuck when it has not answered for so long. In milliseconds. */
const STUCK_MS = 3_000;
/** ... or has not heard of an abort for so long. In milliseconds. */
const DEAF_MS = 600;
/** Messages to the agent that may wait for the pipe. Lines of a log beyond that are lost; anything else ends the host. */
const MAX_UNSENT = 1_000;
/** How long the last words may take. In milliseconds. */
const LAST_WORDS_MS = 200;

/** The main thread of a host. */
export class HostMain {
  readonly #output = Deno.stdout.writable.getWriter();
  readonly #running = new SharedArrayBuffer(4);
  readonly #types = new Map<number, string>();
  readonly #environments = new Map<number, Record<string, string>>();
  /** Programs that are being run, by the question that wanted them. */
  readonly #programs = new Map<number, AbortController>();
  /** Aborts that the plugins' thread has not heard of yet. */
  readonly #aborting = new Map<number, ReturnType<typeof setTimeout>>();
  readonly #pids = new Set<number>();
  #permissions: HostPermissions = { net: false, run: false, read: [], write: [], env: false };
  #scratch = "";
  #thread: Worker | undefined;
  #port: MessagePort | undefined;
  #unsent = 0;
  #sent: Promise<void> = Promise.resolve();
  #pongMs = 0;
  #pinging: ReturnType<typeof setInterval> | undefined;
  #fallen = false;

  constructor(private readonly head: Uint8Array) {
    watchPrograms({
      begun: (pid) => {
        this.#pids.add(pid);
        this.#send({ t: "begun", pid });
      },
      ended: (pid) => {
        this.#pids.delete(pid);
        this.#send({ t: "ended", pid });
      },
    });
  }

  /** Takes a message of the agent. */
  hear(message: ToHost): void {
    switch (message.t) {
      case "hello":
        return this.#begin(message);
      case "load":
        this.#types.set(message.id, message.type);
        break;
      case "call":
        this.#types.set(message.id, message.type);
        if (message.facts?.environment) this.#environments.set(message.id, message.facts.environment);
        break;
      case "abort":
        this.#aborting.set(message.id, setTimeout(() => this.#stuck(DEAF_MS), DEAF_MS));
    }
    this.#tell(message);
  }

  /** Says that this host can't go on, once. */
  fell(reason: string, type?: string): void {
    if (this.#fallen) return;
    this.#fallen = true;
    this.#send({ t: "fell", reason, ...(type === undefined ? {} : { type }) });
  }

  /** Ends what plugins are running. */
  async end(): Promise<void> {
    clearInterval(this.#pinging);
    for (const pid of this.#pids) killGroup(pid);
    // An agent that was killed can't.
    if (this.#scratch !== "") await Deno.remove(this.#scratch, { recursive: true }).catch(() => {});
    const patience = new Promise<void>((resolve) => setTimeout(resolve, LAST_WORDS_MS));
    await Promise.race([this.#sent, patience]);
  }

  #begin({ permissions, scratch, nice }: Extract<ToHost, { t: "hello" }>): void {
    this.#permissions = permissions;
    this.#scratch = scratch;
    try {
      if (nice > 0) os.setPriority(nice);
      // When the machine has no memory left, a check and what it runs end before the agent and the service.
      if (nice > 0 && Deno.build.os === "linux") Deno.writeTextFileSync("/proc/self/oom_score_adj", "500");
    } catch {
      // Only a courtesy to the agent.
    }
    const options = {
      type: "module",
      name: "plugins",
      deno: { permissions: { ...permissions, sys: false, ffi: false, import: false } },
    };
    const thread = this.#thread = new Worker(threadUrl(), options as WorkerOptions);
    thread.addEventListener("error", (raised) => {
      raised.preventDefault();
      this.fell(`its thread ended: ${raised.message}`);
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<FromThread>) => this.#heard(data);
    const start: ThreadStart = {
      port: port2,
      running: this.#running,
      permissions,
      scratch,
      typescript: importsTypeScript(),
      machine: Deno.env.get(SANDBOX_VARIABLE) ?? "",
      hostname: createOs().hostname(),
    };
    thread.postMessage(start, [port2]);
  }

  #ping(): void {
    const silentMs = performance.now() - this.#pongMs;
    if (silentMs > STUCK_MS) this.#stuck(silentMs);
    this.#tell({ t: "ping" });
  }

  #stuck(silentMs: number): void {
    const type = this.#types.get(Atomics.load(new Int32Array(this.#running), 0));
    this.fell(`its code has not let the event loop turn for ${Math.round(silentMs)} ms`, type);
  }

  #tell(message: ToThread): void {
    this.#port?.postMessage(message);
  }

  /** Takes a message of the plugins' thread. A plugin may have found a way to send one, so what it can't be is dropped. */
  #heard(message: FromThread): void {
    switch (message.t) {
      case "ready":
        this.#pinging = setInterval(() => this.#ping(), PING_MS);
        this.#pongMs = performance.now();
        return;
      case "pong":
        this.#pongMs = performance.now();
        return;
      case "fell":
        return this.fell(message.reason, message.type);
      case "ask":
        if (message.what === "exec") return void this.#exec(message);
        break;
      case "unask":
        if (this.#programs.has(message.id)) {
          return this.#programs.get(message.id)!.abort(new DOMException("it is not wanted any more", "AbortError"));
        }
        break;
      case "aborting":
        clearTimeout(this.#aborting.get(message.id));
        this.#aborting.delete(message.id);
        break;
      case "done":
      case "loaded":
        this.#types.delete(message.id);
        this.#environments.delete(message.id);
        break;
      case "log":
        break;
      default:
        // Above all "begun": the agent kills what it hears of there.
        return;
    }
    this.#send(message);
  }

  async #exec({ id, call, args }: Ask): Promise<void> {
    const abort = new AbortController();
    this.#programs.set(id, abort);
    try {
      const [command, options] = args as [[string, ...string[]], { env?: Record<string, string>; stdin?: string }];
      if (!Array.isArray(command) || !command.every((each) => typeof each === "string") || command.length === 0) {
        throw new Fault(FAULT_CODES.internal, "exec takes a list of texts: the program and its arguments");
      }
      if (!mayRun(this.#permissions.run, command[0])) {
        throw new Fault(FAULT_CODES.internal, `it may not run ${command[0]}`, {
          remedy: `allow it in cluster.yaml: plugins: { TYPE: { allow: { run: [${command[0]}] } } }`,
          uncertain: true,
        });
      }
      const decisive = decisiveVariable(this.#permissions.run, options?.env ?? {});
      if (decisive !== undefined) {
        throw new Fault(FAULT_CODES.internal, `it may not give ${command[0]} the variable ${decisive}`, {
          remedy: "leave it out: with it, a program that is allowed could become any other",
          uncertain: true,
        });
      }
      const env = { ...this.#allowed(), ...options?.env, ...this.#environments.get(call) };
      const stdin = typeof options?.stdin === "string" ? { stdin: options.stdin } : {};
      const value = await createOs().exec(command, { env, ...stdin, signal: abort.signal });
      this.#send({ t: "ran", call, program: command[0], status: value.status, lines: value.lastLines ?? [] });
      this.#tell({ t: "reply", id, value });
    } catch (error) {
      this.#tell({ t: "reply", id, failure: failureOf(error) });
    } finally {
      this.#programs.delete(id);
    }
  }

  /** The variables that the plugins may read: what they may know, their programs may. */
  #allowed(): Record<string, string> {
    const { env } = this.#permissions;
    if (env === true) return Deno.env.toObject();
    const found = (env || []).map((name) => [name, Deno.env.get(name)] as const);
    return Object.fromEntries(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
  }

  #send(message: FromHost): void {
    if (this.#unsent >= MAX_UNSENT) {
      if (message.t !== "log") this.#fallen = true;
      return;
    }
    let frame: Uint8Array;
    try {
      frame = encodeFrame(message, this.head);
    } catch (error) {
      if (message.t === "ask") this.#tell({ t: "reply", id: message.id, failure: failureOf(error) });
      else if (message.t === "done") this.#send({ t: "done", id: message.id, failure: failureOf(error) });
      else if (message.t === "loaded") this.#send({ t: "loaded", id: message.id, failure: failureOf(error) });
      return;
    }
    this.#unsent += 1;
    this.#sent = this.#output.write(frame).then(
      () => void (this.#unsent -= 1),
      () => void (this.#unsent -= 1),
    );
  }
}

function threadUrl(): URL {
  // The bundler keeps the folders of its entries.
  if (Deno.build.standalone) return new URL("./core/host/worker.js", Deno.mainModule);
  return new URL("./worker.ts", import.meta.url);
}

function killGroup(pid: number): void {
  try {
    if (Deno.build.os === "windows") Deno.kill(pid);
    else Deno.kill(-pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}
