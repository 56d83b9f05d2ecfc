import assert from "node:assert/strict";
import { join } from "node:path";
import { buildExecutable, type Built, runBare } from "./executable.ts";
import { failOver } from "./failover.ts";
import { describeMemory } from "./memory.ts";
import { startAlone } from "./alone.ts";

/** Resident memory above this is a fault of the bundle or a leak, in megabytes. */
const MAX_AWS_MB = 220;
/** The same without AWS resources: the SDK must not be loaded. */
const MAX_PLAIN_MB = 90;
/** From the start of the process to its first heartbeat, in milliseconds; a machine that does other things is slow. */
const MAX_FIRST_BEAT_MS = 3_000;

let built: Built;

Deno.test.beforeAll(async () => {
  built = await buildExecutable();
  console.log(`${built.said}size: ${((await Deno.stat(built.path)).size / 1e6).toFixed(1)} MB`);
});

Deno.test.afterAll(async () => {
  await built?.remove();
});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const kind of ["vip", "eip"] as const) {
  Deno.test(`${kind}: two copies of the executable hand the group over`, () =>
    inFolder(async (folder) => {
      const { took, memory: [carrier, standby] } = await failOver(kind, built.path, folder);
      for (const [what, ms] of took) console.log(`${kind}: ${what}: ${Math.round(ms)} ms`);
      console.log(
        `${kind}: with AWS resources: carrier ${describeMemory(carrier)}; standby ${describeMemory(standby)}`,
      );
      assert.equal(took.size, kind === "eip" ? 6 : 5);
      assert.ok(carrier.rssMb < MAX_AWS_MB && standby.rssMb < MAX_AWS_MB);
      assert.ok((await Deno.readTextFile(join(folder, "server1", "cluster.yaml"))).includes("key: baton.key"));
    }));
}

Deno.test("whoever reads only the beginning of a result ends it quietly", async () => {
  const child = new Deno.Command(built.path, { args: ["explain", "--json"], stdout: "piped", stderr: "piped" }).spawn();
  await child.stdout.cancel();
  const [{ code }, said] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assert.deepEqual([code, said], [0, ""]);
});

Deno.test("it answers like the one from source, with the same exit statuses", () =>
  inFolder(async (folder) => {
    const version = await runBare(built.path, ["version"], folder);
    assert.equal(version.status, 0);
    assert.match(version.out, /^baton \d+\.\d+\.\d+ \(.*, deno \d+\.\d+\.\d+.*\)\n$/);
    assert.equal((await runBare(built.path, [], folder)).status, 2);
    const typo = await runBare(built.path, ["staus"], folder);
    assert.equal(typo.status, 2);
    assert.match(typo.err, /did you mean status\?/);
    const missing = await runBare(built.path, ["check"], folder);
    assert.equal(missing.status, 2);
    assert.match(missing.err, /there is no cluster\.yaml/);
    const silent = await runBare(built.path, ["status", "--url", "http://127.0.0.1:9"], folder);
    assert.equal(silent.status, 1);
    const key = await runBare(built.path, ["key"], folder);
    assert.match(key.out, /^[0-9a-f]{64}\n$/);
    const schema = await runBare(built.path, ["schema"], folder);
    assert.ok(JSON.parse(schema.out).properties.cluster);
    for (const name of ["run", "status", "check"]) {
      assert.match((await runBare(built.path, ["help", name], folder)).out, new RegExp(`^baton ${name}`));
    }
  }));

Deno.test("an agent without AWS resources is soon heard, and does not load the SDK", () =>
  inFolder(async (folder) => {
    const firstBeatsMs: number[] = [];
    for (let run = 0; run < 5; run++) {
      const { firstBeatMs, memory, second } = await startAlone(built.path, join(folder, String(run)));
      firstBeatsMs.push(firstBeatMs);
      assert.equal(second.status, 1);
      assert.match(second.err, /another agent is running with the state folder/);
      if (run === 4) console.log(`without AWS resources: ${describeMemory(memory)}`);
      assert.ok(memory.rssMb < MAX_PLAIN_MB, describeMemory(memory));
    }
    firstBeatsMs.sort((a, b) => a - b);
    console.log(`start to first heartbeat: ${firstBeatsMs.map(Math.round).join(", ")} ms`);
    assert.ok(firstBeatsMs[2]! < MAX_FIRST_BEAT_MS);
  }));
