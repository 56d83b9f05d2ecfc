/** Where a group is, for those who can know it and for those who can't. */
import { strict as assert } from "node:assert";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";

function onThree(): {
  world: World;
  of: (server: string) => { carrier: string | null; known: boolean; last: string | undefined };
} {
  const world = new World(clusterOf("three", 1), 1);
  world.startAll();
  world.run(30_000);
  const of = (server: string) => {
    const { carrier, known, lastKnown } = world.machine(server).engine!.view().groups[0]!;
    return { carrier, known, last: lastKnown?.server };
  };
  return { world, of };
}

Deno.test("known carrier: a server that is cut off says that it does not know, and who had it; the majority knows", () => {
  const { world, of } = onThree();
  const carrier = of("server1").carrier!;
  const [lonely, other] = ["server1", "server2", "server3"].filter((server) => server !== carrier) as [string, string];
  for (const server of [carrier, other]) {
    world.cut(lonely, server);
    world.cut(server, lonely);
  }
  world.run(60_000);
  assert.deepEqual(of(lonely), { carrier: null, known: false, last: carrier });
  assert.deepEqual(
    [of(carrier), of(other)],
    [carrier, carrier].map((name) => ({ carrier: name, known: true, last: undefined })),
  );
});

Deno.test("known carrier: who has stopped it and sees a majority knows that it is nowhere; after the healing all do", () => {
  const { world, of } = onThree();
  const carrier = of("server1").carrier!;
  world.machine(carrier).deliver({ type: "operator", request: { op: "stop", group: "failover1", by: "alice" } });
  world.run(10_000);
  for (const server of ["server1", "server2", "server3"]) {
    assert.deepEqual(of(server), { carrier: null, known: true, last: undefined }, server);
  }
});
