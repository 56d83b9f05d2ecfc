import assert from "node:assert/strict";
import { Fences, type Shot } from "../../../core/agent/fences.ts";
import type { Reason } from "../../../core/cluster/reasons.ts";
import type { FenceConfig } from "../../../core/config/config.ts";
import type { FenceContext, FencePlugin } from "../../../core/plugin/contract.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { normal } from "../../../core/plugin/verdict.ts";
import { contextsOn, eventually, FakeOs, sleep } from "../../unit/agent/helpers.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

interface World {
  fences: Fences;
  shots: Shot[];
  reasons: Reason[];
}

function fence(plugin: Partial<FencePlugin>, more: Partial<FenceConfig> = {}): FenceConfig {
  return {
    type: "fake",
    plugin: {
      kind: "fence",
      description: "fake",
      options: {},
      ready: () => Promise.resolve(normal("would do")),
      stop: () => Promise.resolve("it is off"),
      ...plugin,
    },
    options: new Map([["server1", { instance: "i-1" }], ["server2", { instance: "i-2" }]]),
    timeoutMs: 1_000,
    intervalMs: 20,
    wait: "auto",
    ...more,
  };
}

async function withFences(
  config: FenceConfig | undefined,
  work: (world: World) => Promise<void>,
  noPower = false,
): Promise<void> {
  const contexts = contextsOn(new FakeOs());
  const shots: Shot[] = [];
  const reasons: Reason[] = [];
  const fences = new Fences(config, ["server2", "server3"], contexts, {
    shot: (shot) => void shots.push(shot),
    note: (more) => void reasons.push(...more),
  }, noPower);
  try {
    await work({ fences, shots, reasons });
  } finally {
    await fences.close();
    contexts.close();
  }
  const counts = [shots.length, reasons.length];
  await sleep(40);
  assert.deepEqual([shots.length, reasons.length], counts, "nothing is told after the end");
}

Deno.test("fences: one answer for each shot, with its number, and the options of both servers", async () => {
  const seen: FenceContext[] = [];
  const config = fence({
    stop: (context) => {
      seen.push(context);
      return Promise.resolve("i-2 is stopped");
    },
  });
  await withFences(config, async ({ fences, shots }) => {
    await fences.shoot("server2", 7);
    assert.deepEqual(shots, [{ server: "server2", request: 7, stopped: true, message: "i-2 is stopped" }]);
    const [{ server, target, options, targetOptions }] = seen as [FenceContext];
    assert.deepEqual([server, target, options, targetOptions], [
      "server1",
      "server2",
      { instance: "i-1" },
      { instance: "i-2" },
    ]);
  });
});

Deno.test("fences: a fault is the answer no, with its number and what to do", () =>
  withFences(
    fence({ stop: () => Promise.reject(new Fault(5, "not allowed", { remedy: "allow it" })) }),
    async ({ fences, shots }) => {
      await fences.shoot("server2", 1);
      assert.deepEqual(shots, [
        { server: "server2", request: 1, stopped: false, message: "not allowed; allow it", code: 5 },
      ]);
    },
  ));

Deno.test("fences: with --no-power nobody is stopped, whoever asks; whether one could be is looked at all the same", () => {
  const config = fence({ stop: () => assert.fail("it was stopped") });
  return withFences(config, async ({ fences, shots, reasons }) => {
    fences.start();
    await fences.shoot("server2", 1);
    assert.deepEqual([shots[0]?.stopped, shots[0]?.message], [false, "server2 is not stopped, because of --no-power"]);
    await eventually("it was looked at", () => reasons.some(({ code }) => code === "fence-ready"));
  }, true);
});

Deno.test("fences: what ends well without saying how it knows is no confirmation", async () => {
  for (const bad of [undefined, "", true, {}]) {
    await withFences(fence({ stop: () => Promise.resolve(bad as string) }), async ({ fences, shots }) => {
      await fences.shoot("server2", 1);
      assert.equal(shots[0]?.stopped, false);
      assert.match(shots[0]!.message, /did not say how it knows/);
    });
  }
  const throwing = fence({
    stop: () => {
      throw new Error("at once");
    },
  });
  await withFences(throwing, async ({ fences, shots }) => {
    await fences.shoot("server2", 1);
    assert.deepEqual([shots[0]?.stopped, shots[0]?.message], [false, "at once"]);
  });
});

Deno.test("fences: at its deadline an attempt has failed, also one that notices nothing and succeeds later", async () => {
  const late = Promise.withResolvers<string>();
  await withFences(fence({ stop: () => late.promise }, { timeoutMs: 60 }), async ({ fences, shots }) => {
    await fences.shoot("server2", 3);
    assert.deepEqual([shots.length, shots[0]?.stopped, shots[0]?.code], [1, false, 6]);
    late.resolve("too late");
    await sleep(10);
    assert.equal(shots.length, 1);
  });
});

Deno.test("fences: attempts at one server run one after the other, at two servers side by side", async () => {
  let running = 0;
  let most = 0;
  const ran: string[] = [];
  const config = fence({
    stop: async ({ target }) => {
      most = Math.max(most, ++running);
      ran.push(target);
      await sleep(20);
      running -= 1;
      return "it is off";
    },
  });
  await withFences(config, async ({ fences, shots }) => {
    await Promise.all([fences.shoot("server2", 1), fences.shoot("server2", 2), fences.shoot("server2", 3)]);
    assert.deepEqual([most, shots.map(({ request }) => request)], [1, [1, 2, 3]]);
    await Promise.all([fences.shoot("server2", 4), fences.shoot("server3", 5)]);
    assert.equal(most, 2);
    assert.deepEqual(ran.slice(3).sort(), ["server2", "server3"]);
  });
});

Deno.test("fences: too many attempts at once are answered, not kept", async () => {
  const gate = Promise.withResolvers<string>();
  let begun = 0;
  const stop = () => {
    begun += 1;
    return gate.promise;
  };
  await withFences(fence({ stop }), async ({ fences, shots }) => {
    const all = Array.from({ length: 19 }, (_, request) => fences.shoot("server2", request));
    await eventually("the surplus is refused", () => shots.length >= 14);
    assert.ok(shots.every(({ stopped }) => !stopped));
    // Those that were refused have not made room, and have not let one run beside the first.
    all.push(fences.shoot("server2", 19));
    assert.equal(shots.length, 15);
    assert.equal(begun, 1);
    gate.resolve("it is off");
    await Promise.all(all);
    assert.deepEqual(
      shots.map(({ request }) => request).sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n),
    );
  });
});

Deno.test("fences: nobody, itself, and no fence at all are answered no", async () => {
  await withFences(fence({}), async ({ fences, shots }) => {
    await fences.shoot("server1", 1);
    await fences.shoot("nobody", 2);
    assert.deepEqual(shots.map(({ stopped }) => stopped), [false, false]);
    assert.match(shots[0]!.message, /server1 is no other server/);
  });
  await withFences(undefined, async ({ fences, shots }) => {
    fences.start();
    assert.equal(fences.state, null);
    await fences.shoot("server2", 1);
    assert.deepEqual([shots[0]?.stopped, shots[0]?.message], [false, "there is no fence in cluster.yaml"]);
  });
});

Deno.test("fences: the end calls an attempt off, and answers it", () =>
  withFences(
    fence({ stop: ({ signal }) => new Promise((_, reject) => signal.onabort = () => reject(signal.reason)) }),
    async ({ fences, shots }) => {
      const shot = fences.shoot("server2", 1);
      await eventually("it runs", () => fences.state!.targets[0]!.stopping);
      const watch = new Stopwatch();
      await fences.close();
      await shot;
      assert.ok(watch.ownMs < 500);
      assert.deepEqual(shots.map(({ stopped }) => stopped), [false]);
    },
  ));

Deno.test("fences: readiness is looked at again and again, told when it changes, and nothing is stopped", async () => {
  let allowed = true;
  let stops = 0;
  const prepared: string[] = [];
  const config = fence({
    prepare: ({ server }) => Promise.resolve(void prepared.push(server)),
    ready: ({ target }) => {
      if (target === "server3") return Promise.reject(new Fault(6, "no answer", { uncertain: true }));
      if (!allowed) return Promise.reject(new Fault(5, "not allowed", { remedy: "allow it" }));
      return Promise.resolve(normal("would do"));
    },
    stop: () => Promise.resolve(String(++stops)),
  });
  await withFences(config, async ({ fences, reasons }) => {
    assert.deepEqual(fences.state!.targets.map(({ ready, checkedAt }) => [ready, checkedAt]), [
      [null, null],
      [null, null],
    ]);
    fences.start();
    const readiness = () => fences.state!.targets.map(({ ready, code }) => [ready, code]);
    await eventually("both were looked at", () => readiness().every(([ready]) => ready !== null));
    assert.deepEqual(readiness(), [["normal", null], ["unknown", 106]]);
    allowed = false;
    await eventually("it is noticed", () => readiness()[0]![0] === "error");
    assert.equal(fences.state!.targets[0]!.message, "not allowed; allow it");
    await sleep(80);
    assert.deepEqual(reasons.map(({ level, text }) => [level, text]), [
      ["info", "The fence fake could stop server2: would do."],
      ["warning", "The fence fake may be unable to stop server3. (106 : no answer)"],
      ["error", "The fence fake can't stop server2. (5 : not allowed; allow it)"],
    ]);
    allowed = true;
    await eventually("that too", () => readiness()[0]![0] === "normal");
  });
  assert.deepEqual([stops, prepared], [0, ["server1"]]);
});

Deno.test("fences: a look that hangs, gives no verdict, or a preparation that fails is unknown, not the end", async () => {
  const bad: FencePlugin["ready"][] = [() => new Promise(() => {}), () => Promise.resolve(undefined as never)];
  for (const ready of bad) {
    const config = fence({ ready, prepare: () => Promise.reject(new Error("no way")) }, { timeoutMs: 30 });
    await withFences(config, async ({ fences }) => {
      fences.start();
      await eventually("looked at", () => fences.state!.targets.every((target) => target.ready === "unknown"));
    });
  }
});
