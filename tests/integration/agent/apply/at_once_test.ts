import assert from "node:assert/strict";
import { Busy, Hold } from "../../../../core/agent/apply/hold.ts";
import { fileWith, withServers } from "./servers.ts";

function request(interval: number, by: string) {
  return { text: fileWith(interval), without: [], mayMove: false, by };
}

Deno.test("applies on several servers at once: exactly one wins everywhere, and the others say whose file it was", async () => {
  for (let round = 0; round < 12; round++) {
    await withServers(async (servers) => {
      const applying = servers.slice(0, round % 2 === 0 ? 2 : 3);
      const results = await Promise.allSettled(applying.map(async ({ coordinator, name }, at) => {
        // Who is first differs from round to round.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        return await coordinator.apply(request(at + 2, name), AbortSignal.timeout(20_000));
      }));
      const won = results.flatMap((result, at) => result.status === "fulfilled" ? [at] : []);
      const said = results.flatMap((result) => result.status === "rejected" ? [String(result.reason)] : []);
      assert.equal(won.length, 1, `round ${round}: ${won.length} have won; ${said.join(" | ")}`);
      const winner = applying[won[0]!]!;
      for (const text of said) {
        // A file that came a moment later finds the next generation already.
        assert.match(text, /server\d is applying another file at this moment|has generation \d+ already/);
      }
      for (const { name, path } of servers) {
        assert.equal(await Deno.readTextFile(path), fileWith(won[0]! + 2), `${name} after ${winner.name} has won`);
      }
    }, 20);
  }
});

Deno.test("two applies on one server: the second says for whom the first is", () =>
  withServers(async ([server1]) => {
    const first = server1!.coordinator.apply(request(2, "alice"), AbortSignal.timeout(20_000));
    await assert.rejects(
      server1!.coordinator.apply(request(3, "bob"), AbortSignal.timeout(20_000)),
      /this server is applying a file already, for alice; wait until it is through/,
    );
    assert.equal((await first).generation, 1);
  }, 20));

Deno.test("the door is held before anything is awaited, for one file, and not for ever", () => {
  let nowMs = 0;
  const hold = new Hold(() => nowMs);
  const first = hold.take("server1", "a");
  assert.throws(() => hold.take("server2", "b"), Busy);
  assert.equal(hold.release("b"), false);
  assert.equal(hold.has(first), true);
  // The same server gives another one: what it gave before is over.
  const second = hold.take("server1", "c");
  assert.equal(hold.release(first), false);
  assert.equal(hold.has(second), true);
  assert.equal(hold.commitComes, true);
  nowMs = 5_000;
  assert.equal(hold.commitComes, false);
  assert.throws(() => hold.take("server2", "b"), Busy);
  nowMs = 45_000;
  hold.take("server2", "b");
  assert.equal(hold.release("b"), true);
  hold.take("server3", "d");
});
