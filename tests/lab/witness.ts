/**
 * The witness of the lab: one real etcd on a host of its own. It keeps its data when it is killed, as it must.
 *
 * @module
 */
import { join } from "node:path";
import { signalTo, sleep } from "./commands.ts";
import { WITNESS } from "./kinds.ts";
import type { Network } from "./network.ts";

const PORT = 2379;
/** It is up about a second after its start, on an idle machine. In milliseconds. */
const START_MS = 20_000;
/** A question that takes longer was not answered. In milliseconds. */
const ANSWER_MS = 300;
const LOOK_PAUSE_MS = 20;

/** The client URL of the witness. */
export const WITNESS_URL = `http://${WITNESS.ip}:${PORT}`;

/** The etcd of one network. */
export class LabWitness {
  #process: Deno.ChildProcess | null = null;
  /** Its end has been noticed. */
  #status: Promise<void> = Promise.resolve();

  constructor(private readonly network: Network, private readonly folder: string) {}

  /** Starts it unless it runs, and waits until it answers. */
  async start(): Promise<void> {
    if (await this.#ended()) this.#spawn();
    for (const startedMs = performance.now(); performance.now() - startedMs < START_MS;) {
      if (await this.answers()) return;
      if (await this.#ended()) throw new Error(`etcd ended at its start: see ${this.#log}`);
      await sleep(LOOK_PAUSE_MS);
    }
    throw new Error(`etcd did not answer ${START_MS / 1_000} s after its start: see ${this.#log}`);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    if (!this.#process) return;
    signalTo(this.#process.pid, "SIGKILL");
    await this.#status;
  }

  /** SIGSTOP. */
  pause(): void {
    if (this.#process) signalTo(this.#process.pid, "SIGSTOP");
  }

  /** SIGCONT, and waits until it answers. */
  async resume(): Promise<void> {
    if (this.#process) signalTo(this.#process.pid, "SIGCONT");
    await this.start();
  }

  /** It takes part: a read through its consensus is answered. Asked from where no cut gets in the way. */
  async answers(): Promise<boolean> {
    try {
      const response = await fetch(`${WITNESS_URL}/v3/kv/range`, {
        method: "POST",
        body: JSON.stringify({ key: btoa("up") }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  get #log(): string {
    return join(this.folder, "etcd.log");
  }

  /** Also when the power of its host has failed. */
  async #ended(): Promise<boolean> {
    // What has ended a moment ago is known in the next turn of the event loop.
    await sleep(0);
    return this.#process === null;
  }

  #spawn(): void {
    const peers = "http://127.0.0.1:2380";
    const log = Deno.openSync(this.#log, { append: true, create: true });
    const etcd = this.#process = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", this.network.namespace(WITNESS.name), "etcd"],
        ...["--data-dir", join(this.folder, "etcd"), "--logger", "zap"],
        ...["--listen-client-urls", WITNESS_URL, "--advertise-client-urls", WITNESS_URL],
        ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers],
        ...["--initial-cluster", `default=${peers}`],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    etcd.stderr.pipeTo(log.writable).catch(() => {});
    this.#status = etcd.status.then(() => {
      this.#process = null;
    });
  }
}
