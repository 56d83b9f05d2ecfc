import type { Endpoint } from "../plugin/options.ts";
import { createApp, type StatusSource } from "./app.ts";

/** A running status endpoint. */
export interface StatusServer {
  /** Where it really listens (port 0 asks for any). */
  url: string;
  close(): Promise<void>;
}

/** Requests that are under way at the end get this much time. In milliseconds. */
const CLOSE_MS = 500;

/** A problem with the status endpoint that keeps the agent from starting. */
export class StatusError extends Error {
  override name = "StatusError";
}

/** Serves the status endpoint. Throws a {@linkcode StatusError} when the address can't be bound. */
export function serveStatus(at: Endpoint, agent: StatusSource, token: string, version: string): StatusServer {
  const app = createApp(agent, token, version);
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({ hostname: at.host, port: at.port, onListen: () => {} }, app.fetch);
  } catch (error) {
    throw new StatusError(
      `the status endpoint ${at.host}:${at.port} can't be bound (${(error as Error).message}); ` +
        "set another `status` in cluster.yaml",
    );
  }
  return {
    url: `http://${at.host.includes(":") ? `[${at.host}]` : at.host}:${server.addr.port}`,
    close: () => close(server),
  };
}

/** A client that never finishes its request must not keep the agent from ending: it is not waited for. */
async function close(server: Deno.HttpServer<Deno.NetAddr>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSE_MS));
  try {
    await Promise.race([server.shutdown(), patience]);
  } finally {
    clearTimeout(timer);
  }
}
