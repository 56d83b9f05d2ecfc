/**
 * Real agents on disks that can be made slow: their syncs go through `slow_sync.c`, which has to be compiled (cc, or what
 * CC names). A group is a file in the folder of whoever carries it.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../unit/agent/helpers.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const SOURCE = fileURLToPath(new URL("./slow_sync.c", import.meta.url));
/** Between two looks at who carries, in milliseconds. */
const LOOK_MS = 20;
/** An agent comes up within this, on a busy machine too. In milliseconds. */
const START_MS = 120_000;

/** What was seen of the group for a while. */
export interface Seen {
  /** Milliseconds until it was up elsewhere than at the beginning; null: never. */
  movedAfterMs: number | null;
  /** Where it was up at the end. */
  carrier: string | null;
  /** Share of the looks that found it nowhere. */
  downShare: number;
}

/** Some servers, each with an agent and a disk. */
export class SlowCluster {
  readonly #agents: Deno.ChildProcess[] = [];
  /** Looks that found it on two servers. */
  overlaps = 0;

  private constructor(private readonly folder: string, readonly servers: readonly string[]) {}

  /** Starts them and waits until one carries. `tieBreaker`: the port of a device that answers. */
  static async start(
    count: number,
    timing: "fast" | "standard",
    tieBreaker?: number,
  ): Promise<SlowCluster> {
    const folder = await Deno.makeTempDir({ prefix: "baton-slow-" });
    const servers = Array.from({ length: count }, (_, index) => `server${index + 1}`);
    const cluster = new SlowCluster(folder, servers);
    try {
      await cluster.#compile();
      await cluster.#spawnAll(timing, tieBreaker);
      await cluster.#until("one carries", () => cluster.carriers().length === 1, START_MS);
    } catch (thrown) {
      await cluster.close();
      throw thrown;
    }
    return cluster;
  }

  /** Each sync of `server` takes so long from here on. */
  async disk(server: string, ms: number): Promise<void> {
    await Deno.writeTextFile(join(this.folder, server, "sync-ms"), String(ms));
  }

  /** The service is not well on `server`, or well again: its monitor looks each half second. */
  async ail(server: string, ill: boolean): Promise<void> {
    const path = join(this.folder, server, "ill");
    if (ill) await Deno.writeTextFile(path, "");
    else await Deno.remove(path);
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  async pause(server: string, ms: number): Promise<void> {
    const { pid } = this.#agents[this.servers.indexOf(server)]!;
    Deno.kill(pid, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, ms));
    Deno.kill(pid, "SIGCONT");
  }

  /** Where the group is up. */
  carriers(): string[] {
    return this.servers.filter((server) => {
      try {
        Deno.lstatSync(join(this.folder, server, "up"));
        return true;
      } catch {
        return false;
      }
    });
  }

  /** Looks for `ms`, or until the group has moved when `move` is asked for. */
  async watch(ms: number, move = false): Promise<Seen> {
    const startedMs = performance.now();
    const [from] = this.carriers();
    const seen: Seen = { movedAfterMs: null, carrier: null, downShare: 0 };
    let looks = 0;
    let down = 0;
    while (performance.now() - startedMs < ms && !(move && seen.movedAfterMs !== null)) {
      const carriers = this.carriers();
      looks += 1;
      if (carriers.length === 0) down += 1;
      if (carriers.length > 1) this.overlaps += 1;
      seen.carrier = carriers[0] ?? null;
      if (seen.carrier !== null && seen.carrier !== from) {
        seen.movedAfterMs ??= Math.round(performance.now() - startedMs);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return { ...seen, downShare: down / looks };
  }

  /** The journals, for a failure. */
  async story(): Promise<string> {
    const texts = await Promise.all(this.servers.map(async (server) => {
      const text = await Deno.readTextFile(join(this.folder, server, "state", "journal.jsonl")).catch(() => "");
      return text.trim().split("\n").slice(-40).map((line) => `${server} ${line}`);
    }));
    return texts.flat().join("\n");
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) {
      try {
        agent.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await agent.status;
    }
    await Deno.remove(this.folder, { recursive: true });
  }

  async #compile(): Promise<void> {
    const { success, stderr } = await new Deno.Command(Deno.env.get("CC") ?? "cc", {
      args: ["-shared", "-fPIC", "-O2", "-o", join(this.folder, "slow_sync.so"), SOURCE, "-ldl"],
    }).output();
    assert.ok(success, `slow_sync.c could not be compiled: ${new TextDecoder().decode(stderr)}`);
  }

  async #spawnAll(timing: string, tieBreaker: number | undefined): Promise<void> {
    const ports = await freePorts(this.servers.length);
    const listeners = this.servers.map(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
    const status = listeners.map(({ addr }) => addr.port);
    for (const listener of listeners) listener.close();
    await Deno.writeTextFile(join(this.folder, "baton.key"), "0123456789abcdef".repeat(4), { mode: 0o600 });
    for (const [index, server] of this.servers.entries()) {
      const home = join(this.folder, server);
      for (const part of ["nics/eth0/addresses", "reach", "services"]) {
        await Deno.mkdir(join(home, "machine", part), { recursive: true });
      }
      await Deno.writeTextFile(join(home, "machine/nics/eth0/mac"), "02:00:00:00:00:01");
      await Deno.writeTextFile(join(home, "machine/hostname"), server);
      await Deno.writeTextFile(
        join(home, "cluster.yaml"),
        `status: 127.0.0.1:${status[index]}\n${this.#file(home, timing, ports, tieBreaker)}`,
      );
      this.#agents.push(
        new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--no-check", "-q", MAIN, "run", "-c", join(home, "cluster.yaml"), "--server", server],
          env: {
            BATON_SANDBOX: join(home, "machine"),
            LD_PRELOAD: join(this.folder, "slow_sync.so"),
            SLOW_SYNC: join(home, "sync-ms"),
            NO_COLOR: "1",
          },
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn(),
      );
    }
  }

  #file(home: string, timing: string, ports: readonly number[], tieBreaker: number | undefined): string {
    const shell = (line: string) => JSON.stringify(["sh", "-c", line, home]);
    return `cluster: slow
key: ${join(dirname(home), "baton.key")}
state: state
timing: ${timing}
selfFence: stop-service
servers:
${ports.map((port, index) => `  server${index + 1}: { interconnect: "127.0.0.1:${port}" }`).join("\n")}
${tieBreaker === undefined ? "" : `quorum:\n  device: { type: tcp, host: 127.0.0.1, port: ${tieBreaker} }\n`}
groups:
  failover1:
    resources:
      app:
        type: script
        start: ${shell('touch "$0/up"')}
        stop: ${shell('rm -f "$0/up"')}
        deactivation: { finalAction: stop-service }
monitors:
  look:
    type: script
    command: ${shell('test ! -e "$0/ill"')}
    timing: active
    interval: 500ms
    timeout: 5s
    retries: 0
    recovery: { target: failover1, reactivations: 0, failovers: 9, finalAction: none }
`;
  }

  async #until(what: string, met: () => boolean, withinMs: number): Promise<void> {
    const startedMs = performance.now();
    while (!met()) {
      if (performance.now() - startedMs > withinMs) {
        assert.fail(`not within ${withinMs} ms: ${what}\n${await this.story()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}
