/**
 * A relay on loopback between a client and a server, one request for each connection: it passes all on, loses the answer,
 * swallows it, or takes lines out of the head of the request.
 *
 * @module
 */

/**
 * `pass` everything; `lose`: the request arrives, its answer comes back and the connection is closed instead; `hang`: the
 * request arrives, the answer never comes; `refuse`: closed before anything was passed on.
 */
export type RelayMode = "pass" | "lose" | "hang" | "refuse";

/** A relay. Dispose of it with `await using`. */
export class Relay implements AsyncDisposable {
  mode: RelayMode = "pass";
  /** Lines of the head of a request that do not arrive. */
  strip: RegExp | null = null;
  /** Answers of the server so far. */
  answers = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #work: Promise<unknown>[] = [];
  readonly #accepting: Promise<void>;

  constructor(private readonly target: { hostname: string; port: number }) {
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) this.#work.push(this.#serve(client).catch(() => {}));
    } catch {
      // Closed.
    }
  }

  async #serve(client: Deno.Conn): Promise<void> {
    const { mode } = this;
    this.#open.add(client);
    if (mode === "refuse") return this.#close(client);
    const server = await Deno.connect(this.target);
    this.#open.add(server);
    await Promise.all([
      this.#pump(client, server, this.strip === null ? undefined : withoutLines(this.strip)),
      this.#back(server, client, mode),
    ].map((direction) => direction.catch(() => {})));
    this.#close(client);
    this.#close(server);
  }

  async #back(server: Deno.Conn, client: Deno.Conn, mode: RelayMode): Promise<void> {
    if (mode === "pass") {
      await this.#pump(server, client);
      return this.#close(client);
    }
    const part = new Uint8Array(65_536);
    while (await server.read(part) !== null) {
      this.answers += 1;
      if (mode === "lose") return this.#close(client);
    }
  }

  async #pump(from: Deno.Conn, to: Deno.Conn, change?: (part: Uint8Array) => Uint8Array | null): Promise<void> {
    const part = new Uint8Array(65_536);
    for (let read = await from.read(part); read !== null; read = await from.read(part)) {
      const got = part.slice(0, read);
      const passed = change ? change(got) : got;
      for (let at = 0; passed !== null && at < passed.length;) at += await to.write(passed.subarray(at));
    }
  }

  #close(connection: Deno.Conn): void {
    if (!this.#open.delete(connection)) return;
    connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) this.#close(connection);
    await this.#accepting;
    await Promise.all(this.#work);
  }
}

/** Holds the head back until it is whole, takes the lines out, and passes the rest on as it is. */
function withoutLines(lines: RegExp): (part: Uint8Array) => Uint8Array | null {
  let head = "";
  let passed = false;
  const binary = new TextDecoder("latin1");
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  return (part) => {
    if (passed) return part;
    head += binary.decode(part);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return null;
    passed = true;
    const kept = head.slice(0, end).split("\r\n").filter((line) => !lines.test(line)).join("\r\n");
    return bytes(kept + head.slice(end));
  };
}
