/**
 * What the agents tell each other for their preflights: what the latest one found, what each hears, and what time it has.
 *
 * @module
 */
import * as z from "zod/mini";
import { MAX_COUNT } from "../cluster/numbers.ts";
import type { HeardPath } from "../preflight/peers.ts";
import type { PreflightReport } from "../preflight/report.ts";
import { clockMs, count } from "./schemas.ts";

/** The question. `fresh`: somebody waits for a new preflight; who is asked begins one and answers with the latest. */
export interface PreflightQuestion {
  do: "preflight";
  fresh: boolean;
}

/** What one agent tells another. */
export interface PeerState {
  version: string;
  digest: string;
  paths: HeardPath[];
  /** Null until there was one. */
  report: PreflightReport | null;
}

/** An answer, and how the clocks differ. */
export interface PeerReply extends PeerState {
  /** Their wall clock against ours, in milliseconds; positive: it is ahead. */
  offsetMs: number;
  uncertaintyMs: number;
}

/** Findings that are sent, and the length of their texts. */
const MAX_FINDINGS = 300;
const MAX_TEXT = 600;

const text = z.string().check(z.maxLength(4_096));
/** A number that `baton explain` takes, or a drop-in's own. */
const code = z.int().check(z.minimum(-MAX_COUNT), z.maximum(MAX_COUNT));
const stateSchema: z.ZodMiniType<PeerState> = z.object({
  version: text,
  digest: text,
  paths: z.array(z.object({ server: text, path: count, address: text, silentMs: z.nullable(clockMs) })).check(
    z.maxLength(1_000),
  ),
  report: z.nullable(z.object({
    server: text,
    version: text,
    digest: text,
    run: count,
    at: text,
    elapsedMs: clockMs,
    findings: z.array(z.object({
      status: z.enum(["ok", "warning", "error", "unknown"]),
      code: z.nullable(code),
      subject: text,
      message: text,
      remedy: text,
      group: z.nullable(text),
    })).check(z.maxLength(1_000)),
  })),
});

const answerSchema = z.object({ wallMs: clockMs, state: stateSchema });

/** True for a question of this kind; others are about the file. */
export function isPreflightQuestion(value: unknown): value is PreflightQuestion {
  const { do: what, fresh } = (value ?? {}) as Partial<PreflightQuestion>;
  return what === "preflight" && typeof fresh === "boolean";
}

/** The answer to a question, with the wall clock of now. */
export function preflightAnswer(state: PeerState): unknown {
  return { wallMs: Date.now(), state: shortened(state) };
}

/**
 * Asks with `ask`. Resolves with undefined when no answer came, or none of this version of Baton. The clocks are compared
 * by the time between question and answer, in which the other one was read.
 */
export async function askPreflight(
  ask: (question: PreflightQuestion) => Promise<unknown>,
  fresh: boolean,
): Promise<PeerReply | undefined> {
  const askedMs = performance.now();
  let answer: unknown;
  try {
    answer = await ask({ do: "preflight", fresh });
  } catch {
    return undefined;
  }
  const tripMs = performance.now() - askedMs;
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) return undefined;
  const { wallMs, state } = parsed.data;
  const offsetMs = Math.round(wallMs - (Date.now() - tripMs / 2));
  return { ...state, offsetMs, uncertaintyMs: Math.ceil(tripMs / 2) };
}

/** What is too much is cut, the worst findings first: reports are sorted. */
function shortened(state: PeerState): PeerState {
  if (state.report === null) return state;
  const cut = (long: string) => long.length > MAX_TEXT ? `${long.slice(0, MAX_TEXT - 3)}...` : long;
  const findings = state.report.findings.slice(0, MAX_FINDINGS).map((finding) => ({
    ...finding,
    subject: cut(finding.subject),
    message: cut(finding.message),
    remedy: cut(finding.remedy),
  }));
  return { ...state, report: { ...state.report, findings } };
}
