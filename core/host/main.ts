/**
 * The host process of drop-ins: the executable itself, started again by the agent. Its main thread runs no plugin, so it
 * always answers, kills what plugins have started, and ends when the agent is gone.
 *
 * @module
 */
import { FrameReader, HEAD_BYTES } from "./frames.ts";
import { HostMain } from "./host_main.ts";
import type { ToHost } from "./protocol.ts";

/** Runs until standard input ends: then the agent is gone, or wants nothing more. Resolves with the exit status. */
export async function main(): Promise<number> {
  const input = Deno.stdin.readable.getReader();
  let host: HostMain | undefined;
  try {
    let first: Uint8Array = new Uint8Array(0);
    while (first.length < HEAD_BYTES) {
      const { done, value } = await input.read();
      if (done) return 2;
      const longer = new Uint8Array(first.length + value.length);
      longer.set(first);
      longer.set(value, first.length);
      first = longer;
    }
    host = new HostMain(first.slice(0, HEAD_BYTES));
    const frames = new FrameReader(new Uint8Array(0), () => {});
    for (let chunk: Uint8Array | undefined = first.subarray(HEAD_BYTES); chunk !== undefined;) {
      for (const message of frames.add(chunk)) host.hear(message as ToHost);
      const { done, value } = await input.read();
      chunk = done ? undefined : value;
    }
    return 0;
  } catch (error) {
    // A plugin has closed or read what only this thread may read.
    host?.fell(`its standard input can't be read: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await host?.end();
  }
}

if (import.meta.main) Deno.exit(await main());
