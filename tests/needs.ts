/**
 * What some tests need and not every machine has: there they don't run, and say so. With `BATON_TEST_ALL=1`, as `.ci/run`
 * has it, everything is there, or the run fails.
 *
 * @module
 */

/** Whether a test is left out: what it needs is not here. Prints which one, and why. */
export function lacks(test: string, need: string, here: boolean): boolean {
  if (here) return false;
  if (Deno.env.get("BATON_TEST_ALL") === "1") throw new Error(`BATON_TEST_ALL: "${test}" needs ${need}`);
  console.log(`left out, for it needs ${need}: ${test}`);
  return true;
}
