/** Signals that ask a process to stop; Windows has no SIGTERM and SIGHUP. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls `stop` for each such signal with how many have come so far. Returns what ends listening. */
export function onSignals(stop: (signal: Deno.Signal, count: number) => void): () => void {
  let count = 0;
  const ignored = hangupIgnored();
  const listeners = SIGNALS.map((signal) => {
    // Without a listener of its own it would end the process: the runtime catches it along with the others.
    const listener = signal === "SIGHUP" && ignored ? () => {} : () => stop(signal, ++count);
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}

/**
 * Whoever started this process wants it to outlive the terminal (`nohup`). Where that can't be told the answer is no. To
 * be asked before the first listener: the runtime then catches what was ignored.
 */
function hangupIgnored(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
    // SIGHUP is the first signal, so the lowest bit.
    return Number.parseInt(mask.at(-1) ?? "0", 16) % 2 === 1;
  } catch {
    return false;
  }
}
