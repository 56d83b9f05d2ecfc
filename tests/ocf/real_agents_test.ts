/** Agents of the package resource-agents, with their effect. Needs root for the network namespace. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { activateContext, createContext, deactivateContext } from "../../core/plugin/context.ts";
import type { ResourcePlugin } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { parseOptions } from "../../core/plugin/option_values.ts";
import { loadPlugin } from "../../core/plugin/registry.ts";
import { createOs } from "../../core/os/mod.ts";
import { builtIns, families } from "../../plugins/mod.ts";
import { ocfTypes } from "../../plugins/ocf/family.ts";

const os = createOs();
const sources = { builtIns, dropInDirs: [], families: families(os) };
const signal = () => AbortSignal.timeout(20_000);
const refuse = () => Promise.reject(new Error("nobody asks AWS here"));

/** A context with options as they are written in the file. */
function contextOf(plugin: Pick<ResourcePlugin, "options">, name: string, written: Record<string, unknown>) {
  const { values, problems } = parseOptions(plugin.options, written, { baseDir: "/" });
  assert.deepEqual(problems, []);
  const log = { debug: () => {}, info: () => {}, warn: () => {} };
  return createContext({
    options: values,
    name,
    server: "server1",
    group: "group1",
    signal: signal(),
    log,
    os,
    ec2: refuse,
    imds: { instanceId: refuse, region: refuse, availabilityZone: refuse },
  });
}

/** Starts, asks and stops, each twice, and asks whether it is there in another way than the agent's. */
async function drive(type: string, options: Record<string, unknown>, isActive: () => Promise<boolean>): Promise<void> {
  const resource = await loadPlugin(type, "resource", sources);
  const monitor = await loadPlugin(type, "monitor", sources);
  const context = contextOf(resource, "thing1", options);
  const companion = resource.companion!(context.options, "thing1");
  const check = () => monitor.check(contextOf(monitor, "thingw1", companion.options));
  await resource.deactivate(deactivateContext(context, "sweep"));
  const before = await check();
  assert.deepEqual([before.status, before.code], ["error", FAULT_CODES.program], before.message);
  assert.match(before.message, /not running/);
  const guard = await resource.guard!(context);
  for (let round = 0; round < 2; round++) {
    await resource.activate(activateContext(context, "start", 1));
    assert.ok(await isActive());
    const verdict = await check();
    assert.equal(verdict.status, "normal", verdict.message);
  }
  for (let round = 0; round < 2; round++) {
    await resource.deactivate(deactivateContext(context, "stop"));
    assert.equal(await isActive(), false);
  }
  // The same by the dead man's switch, without the agent.
  await resource.activate(activateContext(context, "start", 2));
  for (const command of guard) assert.equal((await os.exec(command, { signal: signal() })).status, 0);
  assert.equal(await isActive(), false);
}

Deno.test("every agent that is installed has meta-data that can be used", async () => {
  const types = await ocfTypes();
  assert.ok(types.length > 20, "the package resource-agents is needed");
  const broken: string[] = [];
  for (const type of types) {
    await loadPlugin(type, "resource", sources).catch((error) => broken.push(`${type}: ${error.message}`));
  }
  assert.deepEqual(broken, []);
});

Deno.test("Dummy: start, monitor, stop and the switch", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-ocf-" });
  const state = join(folder, "state");
  try {
    await drive("ocf:heartbeat:Dummy", { state }, () => Deno.stat(state).then(() => true, () => false));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("IPaddr2: an address in a network namespace", async () => {
  const namespace = `baton-ocf-${crypto.randomUUID().slice(0, 8)}`;
  const ip = async (...args: string[]) => {
    const result = await os.exec(["ip", ...args], { signal: signal() });
    assert.equal(result.status, 0, `ip ${args.join(" ")}: ${result.stderr}`);
    return result.stdout;
  };
  await ip("netns", "add", namespace);
  try {
    await ip("-n", namespace, "link", "add", "inside0", "type", "veth", "peer", "name", "outside0");
    await ip("-n", namespace, "link", "set", "outside0", "up");
    await ip("-n", namespace, "address", "add", "10.77.0.1/24", "dev", "inside0");
    await ip("-n", namespace, "link", "set", "inside0", "up");
    const options = { ip: "10.77.0.20", cidr_netmask: "24", nic: "inside0", network_namespace: namespace };
    await drive(
      "ocf:heartbeat:IPaddr2",
      options,
      async () => (await ip("-n", namespace, "-4", "address", "show", "dev", "inside0")).includes("10.77.0.20/"),
    );
  } finally {
    await ip("netns", "delete", namespace);
  }
});

Deno.test("IPaddr2: what it can't do is told with its own words, before and when it bites", async () => {
  const resource = await loadPlugin("ocf:heartbeat:IPaddr2", "resource", sources);
  const context = contextOf(resource, "thing1", { ip: "10.77.0.20", nic: "nosuchnic0" });
  const preflight = { ...context, everywhere: new Map(), thorough: false, inspect: refuse };
  const findings = await resource.preflight!(preflight);
  assert.ok(findings.some(({ status }) => status === "error"), JSON.stringify(findings));
  await assert.rejects(
    resource.activate(activateContext(context, "start", 1)),
    (error: Error) => /^start: the OCF agent IPaddr2 ended with not configured: \[findif\] failed$/.test(error.message),
  );
});
