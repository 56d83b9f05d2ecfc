import assert from "node:assert/strict";

/** How soon after its signal a call has to end, in milliseconds. Generous: test machines are slow at times. */
export const PROMPT_MS = 1_500;

/** Aborts `call` after `afterMs` milliseconds and asserts that it ends promptly; returns how it ended. */
export async function endsPromptly(
  afterMs: number,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<{ threw: boolean; error?: unknown }> {
  const controller = new AbortController();
  let abortedAt = 0;
  const timer = setTimeout(() => {
    abortedAt = performance.now();
    controller.abort(new DOMException("the deadline of the call", "TimeoutError"));
  }, afterMs);
  try {
    await call(controller.signal);
    return { threw: false };
  } catch (error) {
    return { threw: true, error };
  } finally {
    clearTimeout(timer);
    if (abortedAt > 0) {
      const lateMs = performance.now() - abortedAt;
      assert.ok(lateMs < PROMPT_MS, `the call went on for ${Math.round(lateMs)} ms after its signal`);
    }
  }
}
