import assert from "node:assert/strict";
import type { Applying } from "../../../../core/agent/apply/applying.ts";
import { Coordinator } from "../../../../core/agent/apply/coordinator.ts";
import type { View } from "../../../../core/cluster/view.ts";
import type { Change } from "../../../../core/config/change.ts";

const TEXT = "the new file";

interface Facts {
  /** Votes in sight, of three servers. */
  visible?: string[];
  tieBreaker?: boolean;
  change?: Partial<Change>;
}

/** server1 applies a file without server3. Resolves with the refusal, or null and whether it counts. */
async function applied({ visible = ["server1", "server2"], tieBreaker = false, change }: Facts) {
  const third = tieBreaker ? 1 : 0;
  const view = {
    votes: { visible, total: 3 + third, majority: 2, quorum: true },
    tieBreaker: tieBreaker ? { reached: true, message: "", weak: true } : null,
    servers: ["server1", "server2", "server3"].map((name) => ({
      name,
      status: name === "server3" ? "offline" : "online",
      votes: [name],
    })),
    groups: [{ name: "g", carrier: null, status: "offline", intent: { version: 1, run: false, by: "test" } }],
  } as unknown as View;
  const whole: Change = {
    reach: "agent",
    monitors: [],
    groups: [],
    moves: [],
    devices: false,
    down: [],
    gone: [],
    added: [],
    refusals: [],
    bearable: true,
    warnings: [],
    ...change,
  };
  let committed = false;
  const applying = {
    applied: { generation: 1, digest: "old", order: [], mayMove: false, by: "" },
    board: { generation: 1 },
    host: { server: "server1", view: () => view, ask: () => Promise.resolve(null) },
    prepare: () => Promise.resolve(whole),
    commit: () => Promise.resolve(void (committed = true)),
    abort: () => Promise.resolve(),
  } as unknown as Applying;
  const request = { text: TEXT, without: ["server3"], mayMove: true, by: "test" };
  const refusal = await new Coordinator(applying).apply(request, AbortSignal.timeout(5_000))
    .then(() => null, (error: Error) => error.message);
  assert.equal(committed, refusal === null);
  return refusal;
}

const LASTING: Partial<Change> = { down: [{ groups: ["g"], why: "another timing needs quiet", lasts: true }] };

Deno.test("left out: a server that is dead would come back with the old timing or witness, so these wait for it", async () => {
  assert.match(await applied({ change: LASTING }) ?? "", /needs quiet, and server3 would come back with the old file/);
});

Deno.test("left out: what is taken out with the same file does not come back, and a lesser change waits for nobody", async () => {
  assert.equal(await applied({ change: { ...LASTING, gone: ["server3"] } }), null);
  assert.equal(await applied({ change: { down: [{ groups: ["g"], why: "it is taken out", lasts: false }] } }), null);
  assert.equal(await applied({}), null);
});

Deno.test("left out: a new server is not added when those in sight would be no majority of the larger cluster", async () => {
  const added = { change: { added: ["server4"] } };
  assert.match(
    await applied(added) ?? "",
    /server4 can't vote before it has heard server3, and of the 3 of 4 votes that would be needed only 2 are in sight/,
  );
  // server3 left in order, and its vote is held by another.
  assert.equal(await applied({ ...added, visible: ["server1", "server2", "server3"] }), null);
  // Of four votes with a tie-breaker and five then, the new server's is one after the detection time.
  assert.equal(await applied({ ...added, tieBreaker: true }), null);
});
