/** Signals that ask a process to stop; Windows has no SIGTERM and SIGHUP. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls `stop` for each such signal with how many have come so far. Returns what ends listening. */
export function onSignals(stop: (signal: Deno.Signal, count: number) => void): () => void {
  let count = 0;
  const listeners = SIGNALS.map((signal) => {
    const listener = () => stop(signal, ++count);
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}
