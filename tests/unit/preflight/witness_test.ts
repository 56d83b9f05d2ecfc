import assert from "node:assert/strict";
import type { PreflightContext, WitnessPlugin } from "../../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
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
