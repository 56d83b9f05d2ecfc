/** Drop-ins that do what no drop-in should, and what an operator is to read about each. */
import type { PluginSettings } from "../../core/plugin/settings.ts";

/** A drop-in that does wrong. */
export interface Hostile {
  /** What it does. */
  does: string;
  /** The body of its check, which sees `context`. */
  check: string;
  /** Before its default export. */
  before?: string;
  settings?: Partial<PluginSettings>;
  code: number;
  reason: RegExp;
}

const NEVER = "await new Promise(() => setInterval(() => {}, 1_000));";
const late = /no answer within \d+ ms|was ended/;

/** The collection. */
export const HOSTILE: readonly Hostile[] = [
  { does: "spins", check: "for (;;);", code: 6, reason: late },
  { does: "spins in microtasks", check: "for (;;) await null;", code: 6, reason: late },
  {
    does: "spins in a timer, after its check has begun to wait",
    check: `setTimeout(() => { for (;;); }, 10); ${NEVER}`,
    code: 6,
    reason: late,
  },
  {
    does: "leaks objects",
    check:
      "const kept = []; for (;;) { for (let i = 0; i < 1e5; i++) kept.push({ i }); await new Promise((r) => setTimeout(r, 0)); }",
    settings: { memoryMb: 160 },
    code: 99,
    reason: /was ended: (it uses \d+ MiB of memory, of 160 allowed|it (ended with|was ended by) .*memory is used up)/,
  },
  {
    does: "leaks buffers",
    check:
      "const kept = []; for (;;) { kept.push(new Uint8Array(4e6).fill(1)); await new Promise((r) => setTimeout(r, 5)); }",
    settings: { memoryMb: 200 },
    code: 99,
    reason: /was ended: it uses \d+ MiB of memory, of 200 allowed/,
  },
  {
    does: "throws from a timer",
    check: `setTimeout(() => { throw new Error("surprise"); }, 5); ${NEVER}`,
    code: 99,
    reason: /an error that nobody caught: surprise/,
  },
  {
    does: "rejects without anybody to catch it",
    check: `void Promise.reject(new Error("nobody")); ${NEVER}`,
    code: 99,
    reason: /a rejection that nobody caught: nobody/,
  },
  { does: "never answers", check: NEVER, code: 6, reason: /did not end when it was told to/ },
  {
    does: "ignores the abort and answers much later",
    check: "await new Promise((r) => setTimeout(r, 2_500)); return { status: 'normal', message: 'late' };",
    code: 6,
    reason: /did not end when it was told to/,
  },
  { does: "calls Deno.exit", check: `Deno.exit(0); ${NEVER}`, code: 99, reason: /called exit\(0\)/ },
  {
    does: "calls process.exit",
    before: 'import process from "node:process";',
    check: `process.exit(3); ${NEVER}`,
    code: 99,
    reason: /called exit\(3\)/,
  },
  {
    does: "prints megabytes to standard output",
    check:
      `const block = new Uint8Array(65_536).fill(65); for (let i = 0; i < 500; i++) Deno.stdout.writeSync(block); ${NEVER}`,
    code: 99,
    reason: /writes without end to its standard output or error/,
  },
  {
    does: "prints megabytes to standard error",
    check:
      `const block = new Uint8Array(65_536).fill(65); for (let i = 0; i < 500; i++) Deno.stderr.writeSync(block); ${NEVER}`,
    code: 99,
    reason: /writes without end to its standard output or error/,
  },
  {
    does: "prints lines for ever",
    check:
      'for (;;) { for (let i = 0; i < 1_000; i++) console.log("line", i); await new Promise((r) => setTimeout(r, 0)); }',
    code: 6,
    reason: /did not end when it was told to/,
  },
  {
    does: "starts a million timers",
    check: `for (let i = 0; i < 1e6; i++) setInterval(() => {}, 1_000); ${NEVER}`,
    settings: { memoryMb: 2_048 },
    code: 6,
    reason: late,
  },
  {
    does: "starts programs and leaves them",
    check: `new Deno.Command("sh", { args: ["-c", "sleep 4321.25 & sleep 4321.25"] }).spawn(); ${NEVER}`,
    settings: { allow: { run: ["sh"] } },
    code: 6,
    reason: /did not end when it was told to/,
  },
  {
    does: "closes its standard input",
    before: 'import { closeSync } from "node:fs";',
    check: `Deno.stdin.close(); try { closeSync(0); } catch {} ${NEVER}`,
    code: 6,
    reason: late,
  },
  {
    does: "reads its standard input",
    check: "const bytes = new Uint8Array(10); for (;;) Deno.stdin.readSync(bytes);",
    code: 6,
    reason: late,
  },
  {
    does: "writes garbage to file descriptor 1",
    check: `for (let i = 0; i < 50; i++) Deno.stdout.writeSync(crypto.getRandomValues(new Uint8Array(999))); ${NEVER}`,
    code: 6,
    reason: /did not end when it was told to/,
  },
  {
    does: "answers with a huge object",
    check: "return { status: 'normal', message: 'x'.repeat(5e6) };",
    code: 99,
    reason: /answered with \d+ characters of JSON; at most 65536/,
  },
  {
    does: "answers with a deep object",
    check:
      "let deep = {}; for (let i = 0; i < 1e5; i++) deep = { deep }; return { status: 'normal', message: 'x', deep };",
    code: 99,
    reason: /the check itself failed: .*(stack|answered with)/,
  },
  {
    does: "changes what all objects inherit",
    check: "Object.prototype.status = 'normal'; Object.prototype.message = 'polluted'; " + NEVER,
    code: 6,
    reason: /did not end when it was told to/,
  },
  { does: "recurses without end", check: "const f = () => f() + 1; return f();", code: 99, reason: /call stack/ },
  {
    does: "changes its folder and its environment",
    before: 'import process from "node:process";',
    check: "try { Deno.chdir('/'); } catch {} try { process.chdir('/'); } catch {} Deno.env.set('PATH', '/nowhere'); " +
      "return { status: 'normal', message: 'x' };",
    code: 99,
    reason: /Requires env access/,
  },
  { does: "answers nothing that is a verdict", check: "return 7;", code: 99, reason: /no verdict with a status/ },
];

/** The file of a drop-in that does wrong when it is asked to, and is fine otherwise. */
export function fileOf({ before = "", check }: Hostile): string {
  return `${before}
export default {
  kind: "monitor",
  description: "Does wrong.",
  options: { good: { type: "boolean", description: "behaves" } },
  async check(context) {
    if (context.options.good) return { status: "normal", message: "fine" };
    ${check}
  },
};
`;
}
