/** What listens on port 443 of the regional endpoint, as one server reaches it: it accepts and says nothing. */
export class RegionalEndpoint {
  readonly port: number;
  #listener: Deno.TcpListener | null;

  constructor() {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#serve(this.#listener);
  }

  /** From now on connections are refused, or accepted again. */
  listen(listening: boolean): void {
    if (listening === (this.#listener !== null)) return;
    if (!listening) {
      this.#listener?.close();
      this.#listener = null;
      return;
    }
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
    this.#serve(this.#listener);
  }

  close(): void {
    this.listen(false);
  }

  #serve(listener: Deno.TcpListener): void {
    (async () => {
      for await (const connection of listener) connection.close();
    })().catch(() => {});
  }
}
