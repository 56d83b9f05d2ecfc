import { inspect } from "node:util";

type Level = "debug" | "info" | "warn";

/** Lines of one second that are kept; the others are counted. */
const MAX_LINES = 20;
const LEVELS = { debug: "debug", trace: "debug", log: "info", info: "info", warn: "warn", error: "warn" } as const;

/** Sends what plugins print to the log, at most {@linkcode MAX_LINES} lines a second. */
export function catchConsole(log: (level: Level, text: string) => void): void {
  let second = 0;
  let lines = 0;
  let lost = 0;
  const line = (level: Level, args: unknown[]) => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      if (lost > 0) log("warn", `${lost} printed lines were left out`);
      second = now;
      lines = 0;
      lost = 0;
    }
    lines += 1;
    if (lines > MAX_LINES) {
      lost += 1;
      return;
    }
    log(level, args.map((each) => typeof each === "string" ? each : inspect(each, { depth: 2 })).join(" "));
  };
  const functions = Object.entries(LEVELS).map(([name, level]) => [name, (...args: unknown[]) => line(level, args)]);
  Object.assign(globalThis["console"], Object.fromEntries(functions));
}
