/** A proxy that only remembers what it was asked, and an environment that names it in every spelling there is. */

/** The proxy. */
export class RecordingProxy {
  /** The first line and the headers of each request. */
  readonly heard: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #ended = this.#serve();

  get env(): Record<string, string> {
    const url = `http://127.0.0.1:${this.#listener.addr.port}`;
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
    return {
      ...Object.fromEntries(names.map((name) => [name, url])),
      NO_PROXY: "",
      no_proxy: "",
      NODE_USE_ENV_PROXY: "1",
    };
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) {
      const bytes = new Uint8Array(8_192);
      const length = await connection.read(bytes) ?? 0;
      // Whoever asks a proxy says something; the port may have been another test's before.
      if (length > 0) this.heard.push(new TextDecoder().decode(bytes.subarray(0, length)));
      await connection.write(new TextEncoder().encode("HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n")).catch(() => {});
      connection.close();
    }
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.#ended;
  }
}
