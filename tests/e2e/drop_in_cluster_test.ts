import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentView } from "../../core/agent/agent.ts";
import { freeTcpPort, freeUdpPort } from "../../sandbox/demo/wire.ts";
import { eventually } from "./drop_in_agent.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** A service as a drop-in: an address and a file. */
const RESOURCE = `export default {
  kind: "resource", description: "Carries.", options: { ip: { type: "address", required: true, description: "which" } },
  async activate({ os, options, signal }) { await os.addAddress("eth0", options.ip, signal); },
  async deactivate({ os, options, signal }) { await os.removeAddress(options.ip, signal); },
  async guard({ os, options }) { return [os.removeAddressCommand("eth0", options.ip)]; },
};
`;
const SPINNER = `export default {
  kind: "monitor", description: "Spins.", options: {}, defaults: { intervalMs: 300, timeoutMs: 300 },
  async check() { for (;;); },
};
`;
const FINE = `export default {
  kind: "monitor", description: "Is fine.", options: {}, defaults: { intervalMs: 300, timeoutMs: 3_000 },
  async check() { return { status: "normal", message: "fine", measurements: { answer: 42 } }; },
};
`;

interface Server {
  folder: string;
  port: number;
  process: Deno.ChildProcess;
}

/** Runs one server whose group is a drop-in, beside one drop-in that spins and one that does not. */
async function withServer(work: (server: Server) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const port = freeTcpPort();
  const files: Record<string, string> = {
    "plugins/carry.js": RESOURCE,
    "plugins/spinner.js": SPINNER,
    "plugins/fine.ts": FINE,
    "machine/hostname": "server1",
    "machine/nics/eth0/mac": "02:00:00:00:00:01",
    "baton.key": crypto.randomUUID(),
    "cluster.yaml": `cluster: drop-ins
key: baton.key
state: state
status: 127.0.0.1:${port}
timing: fast
servers:
  server1: { interconnect: 127.0.0.1:${await freeUdpPort()} }
groups:
  failover1: { resources: { carry1: { type: carry, ip: 10.0.0.8 } } }
monitors:
  spinner1: { type: spinner }
  fine1: { type: fine }
`,
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(join(folder, name, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, name), text, { mode: 0o600 });
  }
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", MAIN, "run", "--server", "server1"],
    cwd: folder,
    env: { BATON_SANDBOX: join(folder, "machine") },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await work({ folder, port, process });
  } finally {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await process.status;
    await Deno.remove(folder, { recursive: true });
  }
}

const viewOf = async ({ port }: Server): Promise<AgentView | undefined> => {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/status`)).json();
  } catch {
    return undefined;
  }
};

/** Waits until the group is carried and both monitors have said something; resolves with the processes of the hosts. */
async function settled(server: Server): Promise<number[]> {
  let view: AgentView | undefined;
  await eventually("the group is online, and both monitors were asked", async () => {
    view = await viewOf(server);
    return view?.view.groups[0]?.status === "online" && view.checks.fine1?.verdict.status === "normal" &&
      view.checks.spinner1?.verdict.status === "unknown";
  }, 20_000);
  assert.deepEqual(view!.checks.fine1?.verdict.measurements, { answer: 42 });
  assert.match(view!.checks.spinner1!.verdict.message, /no answer within 300 ms|was ended/);
  const pids = view!.dropIns!.map(({ pid }) => pid).filter((pid): pid is number => pid !== null);
  assert.ok(pids.length >= 2 && !pids.includes(server.process.pid));
  return pids;
}

const addresses = async ({ folder }: Server) =>
  (await Array.fromAsync(Deno.readDir(join(folder, "machine", "nics", "eth0", "addresses")))).map(({ name }) => name);
const gone = async (pids: number[]) =>
  (await Promise.all(pids.map((pid) => Deno.stat(`/proc/${pid}`).then(() => false, () => true)))).every(Boolean);

Deno.test("a group that is a drop-in starts and stops in order, whatever another drop-in does", async () => {
  await withServer(async (server) => {
    const pids = await settled(server);
    assert.deepEqual(await addresses(server), ["10.0.0.8"]);
    await eventually("the journal tells of the spinner", async () => {
      const view = await viewOf(server);
      return view!.reasons.some(({ code, text }) => code === "plugin" && text.includes("spinner"));
    });
    server.process.kill("SIGTERM");
    assert.equal((await server.process.status).code, 0);
    assert.deepEqual(await addresses(server), []);
    assert.ok(await gone(pids), "a host has outlived its agent");
  });
});

Deno.test("after kill -9 of the agent the dead man's switch takes a drop-in's address off, and no host is left", async () => {
  await withServer(async (server) => {
    const pids = await settled(server);
    server.process.kill("SIGKILL");
    await server.process.status;
    await eventually("the address is off", async () => (await addresses(server)).length === 0);
    await eventually("the hosts are gone", () => gone(pids));
  });
});
