/**
 * An etcd of its own for each test: one member on loopback, on ports that were free, with its data in a temporary folder.
 *
 * @module
 */
import { join } from "node:path";
import { freeTcpPort } from "../../sandbox/demo/wire.ts";

/** How clients must prove who they are, in PEM files. */
export interface EtcdTls {
  certFile: string;
  keyFile: string;
  clientCaFile: string;
}

/** It is up after about 1 s on an idle machine. In milliseconds. */
const START_MS = 60_000;
/** Between two looks whether it is up, in milliseconds. */
const LOOK_PAUSE_MS = 50;
/** Somebody may take a port in between; not three times. */
const STARTS = 3;

/** A running etcd. Dispose of it with `await using`. */
export class Etcd implements AsyncDisposable {
  #process: Deno.ChildProcess;

  private constructor(private readonly folder: string, readonly port: number, private readonly tls?: EtcdTls) {
    this.#process = this.#spawn();
  }

  /** Starts one and waits until it answers. */
  static async start(tls?: EtcdTls): Promise<Etcd> {
    for (let start = 1;; start++) {
      const folder = await Deno.makeTempDir({ prefix: "baton-etcd-" });
      const etcd = new Etcd(folder, freeTcpPort(), tls);
      if (await etcd.#answers()) return etcd;
      await etcd[Symbol.asyncDispose]();
      if (start === STARTS) throw new Error(`etcd did not start within ${START_MS / 1_000} s`);
    }
  }

  get url(): string {
    // The certificates of the tests are for this name.
    return this.tls ? `https://localhost:${this.port}` : `http://127.0.0.1:${this.port}`;
  }

  /** Ends it and starts it again with the same data, as a reboot of its machine does. */
  async restart(): Promise<void> {
    await this.#kill();
    this.#process = this.#spawn();
    if (!await this.#answers()) throw new Error("etcd did not start again");
  }

  /** A request to its JSON gateway that must succeed. Only without TLS. */
  async ask(path: string, body: unknown, token?: string): Promise<Record<string, unknown>> {
    const response = await fetch(this.url + path, {
      method: "POST",
      body: JSON.stringify(body),
      ...(token === undefined ? {} : { headers: { Authorization: token } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`etcd answered ${path} with ${response.status}: ${text}`);
    return JSON.parse(text);
  }

  /** Turns authentication on, with `root` and a user `baton` that may use the keys under `prefix`. */
  async lock(passwords: { root: string; baton: string }, prefix: string): Promise<void> {
    const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    await this.ask("/v3/auth/user/add", { name: "root", password: passwords.root });
    await this.ask("/v3/auth/role/add", { name: "root" });
    await this.ask("/v3/auth/user/grant", { user: "root", role: "root" });
    await this.ask("/v3/auth/user/add", { name: "baton", password: passwords.baton });
    await this.ask("/v3/auth/role/add", { name: "votes" });
    const perm = { permType: "READWRITE", key: btoa(prefix), range_end: btoa(end) };
    await this.ask("/v3/auth/role/grant", { name: "votes", perm });
    await this.ask("/v3/auth/user/grant", { user: "baton", role: "votes" });
    await this.ask("/v3/auth/enable", {});
  }

  #spawn(): Deno.ChildProcess {
    const clients = `${this.tls ? "https" : "http"}://127.0.0.1:${this.port}`;
    const peers = `http://127.0.0.1:${freeTcpPort()}`;
    const args = [
      ...["--data-dir", join(this.folder, "data"), "--logger", "zap"],
      ...["--listen-client-urls", clients, "--advertise-client-urls", clients],
      ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers],
      ...["--initial-cluster", `default=${peers}`],
      ...(this.tls
        ? ["--cert-file", this.tls.certFile, "--key-file", this.tls.keyFile, "--client-cert-auth"].concat(
          ["--trusted-ca-file", this.tls.clientCaFile],
        )
        : []),
    ];
    try {
      return new Deno.Command("etcd", { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw new Error("there is no etcd: install Debian's etcd-server");
      throw error;
    }
  }

  /** True once it listens; false when it has ended or does not in time. */
  async #answers(): Promise<boolean> {
    let ended = false;
    const status = this.#process.status.then(() => ended = true);
    for (const startedMs = performance.now(); performance.now() - startedMs < START_MS && !ended;) {
      try {
        if (this.tls) {
          (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
          return true;
        }
        await this.ask("/v3/kv/range", { key: btoa("up") });
        return true;
      } catch (error) {
        // With authentication on, it answers that there is no user.
        if (error instanceof Error && /user name is empty/.test(error.message)) return true;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
    }
    if (ended) await status;
    return false;
  }

  async #kill(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kill();
    await Deno.remove(this.folder, { recursive: true });
  }
}
