/** Bytes to a status endpoint and what comes back, as a client that keeps no manners sends them. */

/** A connection. */
export class RawClient {
  /** Everything that has come so far. */
  text = "";
  /** Resolves when the other end has closed. */
  readonly closed: Promise<void>;
  over = false;

  private constructor(private readonly connection: Deno.TcpConn) {
    this.closed = this.#read();
  }

  static async open(url: string): Promise<RawClient> {
    return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) }));
  }

  /** Sends; false when the other end takes nothing any more. */
  async send(text: string | Uint8Array): Promise<boolean> {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    for (let sent = 0; sent < bytes.length;) {
      try {
        sent += await this.connection.write(bytes.subarray(sent));
      } catch {
        return false;
      }
    }
    return true;
  }

  close(): void {
    try {
      this.connection.close();
    } catch {
      // It is.
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(16_384);
    const decoder = new TextDecoder();
    try {
      for (let count; (count = await this.connection.read(buffer)) !== null;) {
        this.text += decoder.decode(buffer.subarray(0, count), { stream: true });
      }
    } catch {
      // Reset.
    }
    this.over = true;
    this.close();
  }
}
