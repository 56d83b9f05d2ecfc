/**
 * What it means that an agent gives no answer: none runs, or one that does not go on. The system takes connections for a
 * process that is stopped, so a time-out alone does not tell them apart, and the one needs a start where the other needs
 * to be let go on.
 *
 * @module
 */
import { tcpConnect } from "../plugin/tcp.ts";

/** Whether somebody listens is known after this. In milliseconds. */
const CONNECT_MS = 1_000;

/** What was asked. */
export interface Asked {
  /** For how long an answer was waited for, in milliseconds. */
  waitedMs: number;
  /** It would have changed something. */
  changes: boolean;
}

/** Why nothing came from `url`, with what to do: a sentence without its full stop. `thrown` is what `fetch` threw. */
export async function silence(url: string, thrown: unknown, { waitedMs, changes }: Asked): Promise<string> {
  const timedOut = thrown instanceof DOMException && thrown.name === "TimeoutError";
  if (!timedOut || !await listens(url)) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    return `no agent answers at ${url} (${said}); is \`baton run\` running there?`;
  }
  return `something listens at ${url} but did not answer within ${waitedMs / 1_000} s` +
    `${changes ? ", so whether it was done is not known" : ""}; if it is an agent that was stopped (\`ps\` shows it ` +
    "with T) let it go on with `kill -CONT` and its number, if it hangs start it again; its groups go down when their " +
    "permits end, and another server may carry them";
}

async function listens(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const number = port !== "" ? Number(port) : protocol === "https:" ? 443 : 80;
  try {
    await tcpConnect(host, number, AbortSignal.timeout(CONNECT_MS));
    return true;
  } catch {
    return false;
  }
}
