/** No claim about how long something takes: this machine may have much else to do. In milliseconds. */
const PATIENCE_MS = 60_000;

/** Asks again every 10 ms until the answer is not undefined; fails when that takes too long. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const startedMs = performance.now(); performance.now() - startedMs < PATIENCE_MS;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it did not happen within ${PATIENCE_MS} ms`);
}
