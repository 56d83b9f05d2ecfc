import assert from "node:assert/strict";
import { every, guarded, later, onAbort, soon } from "../../../core/plugin/callbacks.ts";

/** What is told as uncaught while `work` runs. */
async function told(work: () => Promise<void>): Promise<string[]> {
  const said: string[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    said.push(event.error.message);
  };
  globalThis.addEventListener("error", listener);
  try {
    await work();
  } finally {
    globalThis.removeEventListener("error", listener);
  }
  return said;
}

const fail = (text: string) => () => {
  throw new Error(text);
};
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("callbacks: what a timer, a signal or a callback throws is told with its name, and goes no further", async () => {
  const abort = new AbortController();
  const said = await told(async () => {
    guarded("a packet", fail("one"));
    later("a timer", 1, fail("two"));
    soon("an answer", fail("three"));
    onAbort("a deadline", abort.signal, fail("four"));
    abort.abort();
    await sleep(20);
  });
  assert.deepEqual(said.toSorted(), [
    "in a deadline: four",
    "in a packet: one",
    "in a timer: two",
    "in an answer: three",
  ]);
});

Deno.test("callbacks: an interval goes on after it has thrown, and all of them can be called off", async () => {
  let times = 0;
  let late = 0;
  const abort = new AbortController();
  const said = await told(async () => {
    const interval = every("a look", 2, () => {
      if (++times < 3) throw new Error("not yet");
    });
    clearTimeout(later("a timer", 1, () => late++));
    onAbort("a deadline", abort.signal, () => late++)();
    abort.abort();
    for (let looks = 0; times < 5 && looks < 500; looks++) await sleep(5);
    clearInterval(interval);
  });
  assert.deepEqual(said, ["in a look: not yet", "in a look: not yet"]);
  assert.ok(times >= 5);
  assert.equal(late, 0);
});
