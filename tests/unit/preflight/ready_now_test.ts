import assert from "node:assert/strict";
import type { GroupView } from "../../../core/cluster/view.ts";
import { readyNow } from "../../../core/preflight/ready_now.ts";

type Server = Partial<GroupView["servers"][number]>;

const foreseen = { group: "web", server: "server1", ready: true, message: "server1 is ready to take web" };

function group(server: Server, carrier: string | null = null): GroupView {
  return {
    name: "web",
    carrier,
    servers: [{ name: "server1", ready: true, why: null, errors: 0, ...server }],
  } as GroupView;
}

Deno.test("ready now: a look ahead that found nothing, by a server that is heard and not resting; with its age", () => {
  assert.deepEqual(readyNow(foreseen, group({}), 40_400), {
    ...foreseen,
    message: "server1 is ready to take web (looked 40 s ago)",
  });
  const ages: [number, string][] = [[0, "0 s"], [119_000, "119 s"], [120_000, "2 min"], [7.2e6, "2 h"], [3e8, "3 d"]];
  for (const [ms, said] of ages) {
    assert.match(readyNow(foreseen, group({}), ms).message, new RegExp(`looked ${said} ago`));
  }
});

Deno.test("ready now: a dead, isolated or resting server is not ready, whatever its last look found", () => {
  for (const why of ["has been silent for 12 ms", "sees only server1", "failed to start it and waits 20 s"]) {
    const { ready, message } = readyNow(foreseen, group({ ready: false, why }), 1_000);
    assert.deepEqual([ready, message], [false, `server1 could not take web now: it ${why}`]);
    assert.equal(readyNow({ ...foreseen, ready: null }, group({ ready: false, why }), null).ready, false);
  }
});

Deno.test("ready now: what would fail is said first, and the carrier is called so", () => {
  const failing = { ...foreseen, ready: false, message: "server1 would fail to take web: db (5 : no)" };
  const silent = group({ ready: false, why: "has been silent for 12 ms" });
  assert.match(readyNow(failing, silent, 9_000).message, /would fail to take web.*looked 9 s ago/);
  assert.match(readyNow(foreseen, group({ ready: false, why: "x" }, "server1"), 1).message, /^server1 carries web; /);
  assert.deepEqual(readyNow(foreseen, undefined, null), foreseen);
});
