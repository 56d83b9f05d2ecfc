/**
 * A slow disk in real processes: `deno task test:slow` (Linux, a C compiler). Each prints what it has measured.
 */
import assert from "node:assert/strict";
import { TIMING_PRESETS } from "../../core/cluster/timing.ts";
import { SlowCluster } from "./slow_cluster.ts";

/** Who hears everybody, and has looked ahead, before something is done to it. In milliseconds. */
const SETTLE_MS = 12_000;

async function withCluster(
  servers: number,
  timing: "fast" | "standard",
  work: (cluster: SlowCluster) => Promise<void>,
): Promise<void> {
  const device = servers === 2 ? Deno.listen({ hostname: "127.0.0.1", port: 0 }) : undefined;
  const accepting = (async () => {
    for await (const connection of device ?? []) connection.close();
  })();
  const cluster = await SlowCluster.start(servers, timing, device?.addr.port);
  try {
    await cluster.watch(SETTLE_MS);
    await work(cluster);
    assert.equal(cluster.overlaps, 0);
  } catch (thrown) {
    console.log(await cluster.story());
    throw thrown;
  } finally {
    await cluster.close();
    device?.close();
    await accepting;
  }
}

for (const [timing, ms] of [["standard", 1_500], ["fast", 400], ["fast", 30_000]] as const) {
  Deno.test(`two servers and a tie-breaker at ${timing}: the carrier's sync takes ${ms} ms, and its group has to move`, () =>
    withCluster(2, timing, async (cluster) => {
      const [carrier] = cluster.carriers();
      await cluster.disk(carrier!, ms);
      await cluster.ail(carrier!, true);
      const seen = await cluster.watch(25_000, true);
      console.log(`figure slow carrier, ${timing}, ${ms} ms: moved after ${seen.movedAfterMs} ms`);
      assert.ok(seen.movedAfterMs !== null, "nobody carries");
      assert.ok(seen.movedAfterMs < 2 * TIMING_PRESETS[timing].takeoverMs + 3_000, `${seen.movedAfterMs} ms`);
    }));
}

Deno.test("two servers and a tie-breaker at fast: the standby's sync takes 4 s, and the carrier pauses: it carries on", () =>
  withCluster(2, "fast", async (cluster) => {
    const [carrier] = cluster.carriers();
    await cluster.disk(cluster.servers.find((server) => server !== carrier)!, 4_000);
    await cluster.pause(carrier!, 1_300);
    const seen = await cluster.watch(40_000);
    console.log(`figure slow standby, fast, 4000 ms: down in ${(100 * seen.downShare).toFixed(1)} % of all looks`);
    // A pause that is longer than a permit ends in a fence; from then on it carries.
    assert.ok(seen.downShare < 0.1, `down in ${seen.downShare} of all looks`);
    assert.ok(seen.carrier !== null);
  }));

Deno.test("three servers at standard: the preferred standby's sync takes 3 s, and a monitor asks for a failover", () =>
  withCluster(3, "standard", async (cluster) => {
    const [carrier] = cluster.carriers();
    const [preferred, third] = cluster.servers.filter((server) => server !== carrier);
    await cluster.disk(preferred!, 3_000);
    await cluster.ail(carrier!, true);
    const seen = await cluster.watch(40_000, true);
    console.log(
      `figure slow standby of three, standard, 3000 ms: moved after ${seen.movedAfterMs} ms to ${seen.carrier}`,
    );
    assert.equal(seen.carrier, third);
    assert.ok(seen.movedAfterMs! < 12_000, `${seen.movedAfterMs} ms`);
  }));
