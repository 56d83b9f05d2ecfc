/** Servers that do not understand each other, with a tie-breaker that both reach; and the change of a key, which is none of that. */
import assert from "node:assert/strict";
import { newKey } from "../../../core/agent/key.ts";
import { eventually, sleep } from "../../unit/agent/helpers.ts";
import { pair, type Server } from "./two_agents.ts";

const groupOf = ({ agent }: Server) => agent.view().view.groups[0]!;
const keysOf = ({ agent }: Server) => agent.view().keys!;

Deno.test("the key is changed over a cluster that runs: server after server, in two steps, and no group moves", async () => {
  const [old, next] = [newKey(), newKey()];
  await pair("6s", [old, old], async (one, two) => {
    await eventually("server1 carries", () => groupOf(one).status === "online");
    const { epoch } = groupOf(one);
    await one.write(next, old);
    await eventually("it waits for server2", () => keysOf(one).accepted === 2 && keysOf(one).waiting.length === 1);
    await two.write(next, old);
    await eventually("both accept both", () => [one, two].every((each) => keysOf(each).waiting.length === 0));
    assert.equal(keysOf(two).accepted, 2);
    await one.write(next);
    await eventually("server1 has the new one alone", () => keysOf(one).accepted === 1);
    await two.write(next);
    await eventually("server2 as well", () => keysOf(two).accepted === 1);
    // Also the hard way: out of the file on one before the other has the next one.
    const third = newKey();
    await one.write(third);
    await eventually("the former one stays for server2", () => keysOf(one).accepted === 2);
    assert.deepEqual(keysOf(one).waiting, ["server2"]);
    await two.write(third);
    await eventually("nobody needs it any more", () => [one, two].every((each) => keysOf(each).accepted === 1));
    assert.deepEqual([groupOf(one).status, groupOf(one).epoch], ["online", epoch], "no group has moved");
    const codes = [one, two].flatMap(({ agent }) => agent.view().reasons.map(({ code }) => code));
    for (const code of ["permit-lost", "peer-silent", "peer-unclear"]) assert.ok(!codes.includes(code as never), code);
  });
});

Deno.test("two servers with two keys and a tie-breaker: nobody carries, both say why, and one key ends it", async () => {
  const [ours, theirs] = [newKey(), newKey()];
  await pair("1500ms", [ours, theirs], async (one, two) => {
    const unclear = ({ agent }: Server) => agent.view().view.servers.find(({ unclear }) => unclear)?.unclear;
    await eventually("both know that the other one is there", () => unclear(one)?.cause === "key" && !!unclear(two));
    // Three detection times, in which both would have taken the other one for silent.
    for (let look = 0; look < 45; look++) {
      await sleep(100);
      assert.deepEqual([groupOf(one).status, groupOf(two).status], ["offline", "offline"]);
    }
    assert.match(groupOf(one).waiting ?? "", /server2, which is there but is not understood: .*another key/);
    assert.ok(one.agent.view().reasons.some(({ code, text }) => code === "peer-unclear" && /\(151 : /.test(text)));
    assert.match(one.agent.view().view.servers[1]!.unclear!.message, /127\.0\.0\.1/);
    await two.write(ours);
    await eventually("server1 carries", () => groupOf(one).status === "online");
    assert.equal(unclear(one), undefined);
  });
});

Deno.test("a path that loses large packets, and a tie-breaker: nobody carries, both name the cause, and a wide path ends it", async () => {
  const key = newKey();
  let most = 548;
  await pair("1500ms", [key, key], async (one, two) => {
    const unclear = ({ agent }: Server) => agent.view().view.servers.find(({ unclear }) => unclear)?.unclear;
    await eventually("both know that the other one is there", () => unclear(one)?.cause === "size" && !!unclear(two));
    for (let look = 0; look < 45; look++) {
      await sleep(100);
      assert.deepEqual([groupOf(one).status, groupOf(two).status], ["offline", "offline"]);
    }
    assert.match(groupOf(one).waiting ?? "", /server2, which is there but is not understood: .*MTU/);
    most = Infinity;
    await eventually("server1 carries", () => groupOf(one).status === "online");
    // From now on they have understood each other: the carrier goes on, the other one does not begin.
    const { epoch } = groupOf(one);
    most = 548;
    await eventually("both know it again", () => unclear(one)?.cause === "size" && unclear(two)?.cause === "size");
    for (let look = 0; look < 45; look++) {
      await sleep(100);
      assert.equal(groupOf(two).status, "offline");
    }
    assert.equal(groupOf(one).epoch, epoch);
  }, () => most);
});
