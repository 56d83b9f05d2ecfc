import assert from "node:assert/strict";
import { fileWith, withServers } from "./servers.ts";

/** Mode and owner of a file. */
async function rightsOf(path: string): Promise<{ mode: number; uid: number | null; gid: number | null }> {
  const { mode, uid, gid } = await Deno.stat(path);
  return { mode: mode! & 0o7777, uid, gid };
}

Deno.test({
  name: "apply keeps the mode and the owner of the file on every server, and of the version before",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withServers(async (servers) => {
      const root = Deno.uid() === 0;
      const modes = [0o644, 0o640, 0o600];
      for (const [at, { path }] of servers.entries()) {
        await Deno.chmod(path, modes[at]!);
        // Only root can give files away.
        if (root) await Deno.chown(path, 12_345, 23_456);
      }
      const before = await Promise.all(servers.map(({ path }) => rightsOf(path)));
      const request = { text: fileWith(2), without: [], mayMove: false, by: "test" };
      await servers[1]!.coordinator.apply(request, AbortSignal.timeout(20_000));
      for (const [at, { path }] of servers.entries()) {
        assert.equal(await Deno.readTextFile(path), fileWith(2));
        assert.deepEqual(await rightsOf(path), before[at], path);
        assert.deepEqual(await rightsOf(`${path}.before`), before[at], `${path}.before`);
        assert.equal(before[at]!.mode, modes[at]);
        if (root) assert.deepEqual([before[at]!.uid, before[at]!.gid], [12_345, 23_456]);
      }
    }),
});
