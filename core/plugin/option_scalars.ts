import { isAbsolute, resolve } from "node:path";
import { canonicalIp } from "./ip_address.ts";
import type { Endpoint, OptionSpec, ParsedOption, ParseOptionContext } from "./options.ts";

/** Parses a value that is not a list. See `parseOption`. */
export function parseScalar(spec: OptionSpec, value: unknown, context: ParseOptionContext): ParsedOption {
  const parsed = parseByType(spec, value, context);
  return parsed.ok ? checkLimits(spec, value, parsed.value) : parsed;
}

function parseByType(spec: OptionSpec, value: unknown, context: ParseOptionContext): ParsedOption {
  switch (spec.type) {
    case "boolean":
      return typeof value === "boolean" ? ok(value) : wrong(spec, value, "must be true or false");
    case "integer":
      return Number.isSafeInteger(value) ? ok(value) : wrong(spec, value, "must be a whole number");
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? ok(value) : wrong(spec, value, "must be a number");
    case "duration":
      return parseDuration(spec, value);
  }
  if (typeof value !== "string") {
    const quoted = typeof value === "number" || typeof value === "boolean" ? ": put quotes around it" : "";
    return wrong(spec, value, `must be text${quoted}`);
  }
  if (value === "") return problem("is empty: give a value or leave the option out");
  if (value.includes("\0")) return problem("contains a NUL character, which no program can take: remove it");
  switch (spec.type) {
    case "address":
      return parseAddress(spec, value);
    case "endpoint":
      return parseEndpoint(spec, value);
    case "path":
      return ok(isAbsolute(value) ? value : resolve(context.baseDir, value));
    default:
      return ok(value);
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function parseDuration(spec: OptionSpec, value: unknown): ParsedOption {
  const example = "write a number with its unit, like 500ms, 5s or 2m";
  if (typeof value === "number") return wrong(spec, value, `has no unit: ${example}`);
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(value.trim()) : null;
  const unitMs = UNIT_MS[match?.[2] ?? ""];
  if (match === null || unitMs === undefined) return wrong(spec, value, `is no duration: ${example}`);
  return ok(Math.round(Number(match[1]) * unitMs));
}

function parseAddress(spec: OptionSpec, value: string): ParsedOption {
  const [bare = "", prefix] = value.split("/", 2);
  const ip = canonicalIp(bare);
  if (ip === undefined) return wrong(spec, value, "is no IP address: write one like 10.1.0.20 or fd00::20");
  if (prefix !== undefined) return problem(`write the address without its prefix: ${ip}`);
  return ok(ip);
}

function parseEndpoint(spec: OptionSpec, value: string): ParsedOption {
  const match = /^(?:\[([^\]]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(value);
  if (match === null) {
    return wrong(spec, value, "is no endpoint: write host:port, like 10.0.0.1:443 or [fd00::1]:443");
  }
  const [, v6, host, portText] = match;
  const port = Number(portText);
  if (port < 1 || port > 65_535) return wrong(spec, value, "has no valid port: it must be from 1 to 65535");
  if (v6 !== undefined && !canonicalIp(v6)?.includes(":")) {
    return wrong(spec, value, "has no IPv6 address between its brackets: write one like [fd00::1]:443");
  }
  return ok({ host: v6 === undefined ? host ?? "" : canonicalIp(v6) ?? "", port } satisfies Endpoint);
}

function checkLimits(spec: OptionSpec, written: unknown, value: unknown): ParsedOption {
  if (typeof value === "number") {
    const unit = spec.type === "duration" ? " ms" : "";
    if (spec.min !== undefined && value < spec.min) return wrong(spec, written, `is less than ${spec.min}${unit}`);
    if (spec.max !== undefined && value > spec.max) return wrong(spec, written, `is more than ${spec.max}${unit}`);
  }
  if (spec.oneOf !== undefined && !spec.oneOf.includes(value as string | number)) {
    return wrong(spec, written, `must be one of ${spec.oneOf.join(", ")}`);
  }
  if (spec.pattern !== undefined && typeof written === "string") {
    // A sticky or global expression remembers where it stopped; a declaration must judge each value afresh.
    spec.pattern.test.lastIndex = 0;
    if (!spec.pattern.test.test(written)) return wrong(spec, written, `must be ${spec.pattern.expected}`);
  }
  return ok(value);
}

function ok(value: unknown): ParsedOption {
  return { ok: true, value };
}

function problem(sentence: string): ParsedOption {
  return { ok: false, problem: sentence };
}

/** A problem that shows what was written, except where that is a secret. */
function wrong(spec: OptionSpec, value: unknown, sentence: string): ParsedOption {
  if (spec.secret) return problem(sentence);
  const shown = (JSON.stringify(value) ?? String(value)).slice(0, 80);
  return problem(`${sentence} (it is ${shown})`);
}
