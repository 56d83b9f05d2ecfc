/**
 * A moto server of its own for each test: on loopback, on a port that was free, ended by its process.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { freeTcpPort } from "../../sandbox/demo/wire.ts";
import { pythonEnv } from "./python_env.ts";

/** A running moto. */
export interface Moto extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The environment of a client of the AWS SDK or CLI; moto takes any credentials. */
  readonly env: Record<string, string>;
}

export const REGION = "ap-northeast-1";

/** It is up after about 2 s on an idle machine. In milliseconds. */
const START_MS = 60_000;
/** Between two looks whether it is up, in milliseconds. */
const LOOK_PAUSE_MS = 50;
/** Somebody may take the port in between; not three times. */
const STARTS = 3;
const SERVER = fileURLToPath(new URL("./moto_server.py", import.meta.url));
/** How much of what it says last is kept for the error, in characters. */
const KEPT = 2_000;

/** Starts moto and waits until it answers. `env`: for `moto_server.py`. */
export async function startMoto(env: Readonly<Record<string, string>> = {}): Promise<Moto> {
  const { python } = await pythonEnv();
  let said = "";
  for (let start = 0; start < STARTS; start++) {
    const port = freeTcpPort();
    const server = new MotoProcess(python, port, env);
    if (await server.answers()) return server;
    await server[Symbol.asyncDispose]();
    said = server.said;
  }
  throw new Error(`moto did not start within ${START_MS / 1_000} s; it said: ${said.trim()}`);
}

class MotoProcess implements Moto {
  readonly url: string;
  readonly env: Record<string, string>;
  said = "";
  readonly #process: Deno.ChildProcess;
  readonly #heard: Promise<void>;
  #ended = false;

  constructor(python: string, port: number, env: Readonly<Record<string, string>>) {
    this.url = `http://127.0.0.1:${port}`;
    this.env = clientEnv(this.url);
    this.#process = new Deno.Command(python, {
      args: [SERVER, "-H", "127.0.0.1", "-p", String(port)],
      // Its images of machines are 60 % of its start, and nobody asks for them.
      env: { MOTO_EC2_LOAD_DEFAULT_AMIS: "false", PYTHONUNBUFFERED: "1", ...env },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#heard = this.#listen();
  }

  /** True once it answers; false when it has ended or does not answer in time. */
  async answers(): Promise<boolean> {
    for (const startedMs = performance.now(); performance.now() - startedMs < START_MS && !this.#ended;) {
      try {
        const response = await fetch(`${this.url}/moto-api/data.json`, { signal: AbortSignal.timeout(5_000) });
        await response.body?.cancel();
        if (response.ok) return true;
      } catch {
        // Not yet.
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
    }
    return false;
  }

  async #listen(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.said = (this.said + text).slice(-KEPT);
    }
    this.#ended = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
    await this.#heard;
  }
}

/** The environment of a client of `endpoint` with made-up keys, in which nothing of the user's own AWS is left. */
export function clientEnv(endpoint: string): Record<string, string> {
  const nothing = Deno.build.os === "windows" ? "NUL" : "/dev/null";
  return {
    AWS_ENDPOINT_URL_EC2: endpoint,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: "AKIAINDEPENDENTTEST",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
    AWS_SESSION_TOKEN: "",
    AWS_PROFILE: "",
    AWS_CONFIG_FILE: nothing,
    AWS_SHARED_CREDENTIALS_FILE: nothing,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
