import assert from "node:assert/strict";
import { Background } from "../../../core/agent/background.ts";

Deno.test("work in the background that fails is told, and nothing of it rejects", async () => {
  const told: unknown[] = [];
  const background = new Background((thrown) => told.push(thrown));
  const failure = new Error("no");
  await background.spawn(Promise.reject(failure));
  await background.spawn(Promise.resolve(7));
  assert.deepEqual(told, [failure]);
});

Deno.test("settled waits for all that is under way, for what fails too, and for nothing that is over", async () => {
  const background = new Background(() => {});
  const [good, bad] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let settled = false;
  background.spawn(good.promise);
  background.spawn(bad.promise);
  const end = background.settled().then(() => settled = true);
  good.resolve();
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(settled, false);
  bad.reject(new Error("no"));
  await end;
  await background.settled();
});
