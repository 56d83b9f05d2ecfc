import assert from "node:assert/strict";
import type { PreflightContext, WitnessPlugin } from "../../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import type { ClusterConfig } from "../../../core/config/config.ts";
import { pluginFindings } from "../../../core/preflight/plugins.ts";
import type { PreflightParts } from "../../../core/preflight/parts.ts";
import { holderFindings } from "../../../core/preflight/witness_holder.ts";
import { witnessPreflight } from "../../../plugins/witness_preflight.ts";

/** A store in memory; `deaf` takes conditions and ignores them. */
function store(deaf: boolean) {
  const records = new Map<string, { version: string; text: string }>();
  let versions = 0;
  let writes = 0;
  const plugin: WitnessPlugin = {
    kind: "quorum",
    description: "a store",
    vote: "sound",
    options: {},
    read: (_context, key) => Promise.resolve(records.get(key) ?? null),
    write(_context, key, expected, text) {
      writes += 1;
      if (!deaf && (records.get(key)?.version ?? null) !== expected) return Promise.resolve("conflict");
      const version = String(++versions);
      records.set(key, { version, text });
      return Promise.resolve({ version });
    },
  };
  return { plugin, writes: () => writes };
}

const context = (thorough: boolean) =>
  ({ name: "votes", thorough, signal: new AbortController().signal }) as unknown as PreflightContext;

Deno.test("preflight of a witness: a record that a stranger holds is another cluster's of the same name", async () => {
  const { plugin } = store(false);
  const config = {
    cluster: "web",
    servers: [{ name: "server1" }, { name: "server2" }],
    witness: { name: "votes", plugin },
  } as unknown as ClusterConfig;
  const look = async (text: string) => {
    const found = await plugin.read(context(true), "web/g");
    await plugin.write(context(true), "web/g", found?.version ?? null, text);
    return await holderFindings(config, "g", context(true));
  };
  assert.deepEqual(await holderFindings(config, "g", context(true)), [], "there is no record yet");
  const [found] = await look('{"holder":"east1","released":false}');
  assert.deepEqual([found?.status, found?.code, found?.subject], ["error", 44, "votes"]);
  assert.match(found!.message, /^another cluster named web uses this record: east1, /);
  for (const text of ['{"holder":"server2","released":false}', '{"holder":"east1","released":true}', "7", "no JSON"]) {
    assert.deepEqual(await look(text), [], text);
  }
});

Deno.test("preflight: a stranger's record is found by the server's preflight, for the group whose record it is", async () => {
  const { plugin } = store(false);
  await plugin.write(context(true), "web/b", null, '{"holder":"east1","released":false}');
  const group = (name: string) => ({ name, servers: ["server1"], resources: [] });
  const found = await pluginFindings({
    config: {
      cluster: "web",
      servers: [{ name: "server1" }],
      groups: [group("a"), group("b")],
      monitors: [],
      quorum: [],
      witness: { name: "votes", plugin, options: new Map() },
    },
    server: "server1",
    context: () => context(false),
    bounded: (_ms: number, work: (signal: AbortSignal) => Promise<unknown>) => work(context(false).signal),
  } as unknown as PreflightParts);
  assert.deepEqual(found.map(({ group, subject, code }) => [group, subject, code]), [["b", "votes", 44]]);
});

Deno.test("preflight of a witness: a store that honours conditions is well", async () => {
  const { plugin } = store(false);
  const [found] = await witnessPreflight(plugin, context(true));
  assert.equal(found?.status, "ok");
});

Deno.test("preflight of a witness finds a store that ignores conditions, when somebody asks", async () => {
  const { plugin, writes } = store(true);
  const [found] = await witnessPreflight(plugin, context(true));
  assert.deepEqual([found?.status, found?.code, found?.subject], ["error", 49, "votes"]);
  assert.match(found!.message, /both sides of a partition/);
  const before = writes();
  const [quick] = await witnessPreflight(plugin, context(false));
  assert.equal(quick?.status, "ok");
  assert.equal(writes(), before, "on a schedule nothing is written");
});

Deno.test("preflight of a witness finds a store that is not reached", async () => {
  const silent = {
    ...store(false).plugin,
    read: () => Promise.reject(new Fault(FAULT_CODES.timeout, "silent", { uncertain: true })),
  };
  const [found] = await witnessPreflight(silent, context(false));
  assert.deepEqual([found?.status, found?.code], ["unknown", 6]);
});
