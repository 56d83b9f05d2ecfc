/**
 * A real agent with the real types on a simulated machine, against the sandbox's EC2 and metadata service; and what
 * `baton explain` and `baton status` say of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
// Loaded before the clock of any call runs: on a busy machine loading the SDK takes longer than a call may.
import "../../../core/aws/sdk.ts";
import { Agent } from "../../../core/agent/agent.ts";
import type { Status } from "../../../core/cli/agent_client.ts";
import { renderExplanation } from "../../../core/cli/explain_text.ts";
import { renderStatus } from "../../../core/cli/status_text.ts";
import { styleFor } from "../../../core/cli/style.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { loadConfig } from "../../../core/config/load.ts";
import type { Explanation } from "../../../core/explain/explanation.ts";
import { explainName } from "../../../core/explain/subject.ts";
import type { DeadMansSwitch, Nic } from "../../../core/os/os.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { eipTopology, type Sandbox, startSandbox, type Topology, vipTopology } from "../../../sandbox/mod.ts";
import { freePorts, quiet } from "../../unit/agent/helpers.ts";
import { setEnv } from "../variables.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const SELF = "server1";
/** Nothing here takes that long. In milliseconds. */
const PATIENCE_MS = 120_000;

/** A machine without a real dead man's switch, whose interfaces a test may change. */
export class Machine extends SimulatedOs {
  /** What the interfaces look like, given what they are. */
  see: (nics: Nic[], signal: AbortSignal) => Nic[] | Promise<Nic[]> = (nics) => nics;

  override async nics(signal: AbortSignal): Promise<Nic[]> {
    return await this.see(await super.nics(signal), signal);
  }

  override deadMansSwitch(): Promise<DeadMansSwitch> {
    const ended = new Promise<void>(() => {});
    return Promise.resolve({ pid: 0, ended, alive: () => {}, hurry: () => {}, disarm: () => Promise.resolve() });
  }
}

/** What a test sees and changes. */
export interface GuideBench {
  sandbox: Sandbox;
  machine: Machine;
  status(): Status;
  /** The text of `baton explain NAME`. */
  explain(name: string): string;
  explanation(name: string): Explanation;
  /** Waits until both `baton status` and `baton explain NAME` have it; resolves with the text of the latter. */
  shows(name: string, message: RegExp): Promise<string>;
  until(what: string, met: () => boolean): Promise<void>;
}

/** The files of a test. */
export interface GuideSetting {
  topology: Topology;
  /** Groups and monitors. */
  yaml: string;
  env?: Record<string, string>;
  /** Before the agent starts. */
  prepare?: (bench: Pick<GuideBench, "sandbox" | "machine">) => void;
}

/** The guide's chapter 4: one virtual IP, whose start fails at once when it fails. */
export function vip(options: { ip?: string; vpc?: string; eni?: string; monitor?: string } = {}): GuideSetting {
  const { ip = "10.1.0.20", vpc = "vpc-1234abcd", eni = "eni-4bc00502", monitor = "" } = options;
  return {
    topology: vipTopology(),
    yaml: group("awsvip1", `type: aws-vip, ip: ${ip}, vpc: ${vpc}, eni: ${eni}`, monitor),
  };
}

/** The guide's chapter 5: one Elastic IP. */
export function eip(options: { allocation?: string; eni?: string; monitor?: string } = {}): GuideSetting {
  const { allocation = "eipalloc-1234abcd", eni = "eni-249f6c6d", monitor = "" } = options;
  return {
    topology: eipTopology(),
    yaml: group("awseip1", `type: aws-eip, allocation: ${allocation}, eni: ${eni}`, monitor),
  };
}

/** The monitor of the availability zone. */
export function az(zone: string, more = ""): GuideSetting {
  return {
    topology: vipTopology(),
    yaml: `groups: { failover1: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }
monitors: { awsazw1: { type: aws-az, zone: ${zone}, interval: 300ms, timeout: 2s, retries: 0${more} } }`,
  };
}

function group(name: string, options: string, monitor: string): string {
  // Recovery would repair at once what the monitor is to show.
  const settings = `interval: 300ms, timeout: 2s, retries: 0, recovery: { reactivations: 0, failovers: 0 }${monitor}`;
  return `groups:
  failover1:
    resources:
      ${name}: { ${options}, activation: { timeout: 2s, retries: 0 }, monitor: { ${settings} } }`;
}

/** Runs `work` on a bench, and cleans up. */
export async function onGuide(setting: GuideSetting, work: (bench: GuideBench) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  const sandbox = await startSandbox(setting.topology);
  const restore = setEnv({ ...sandbox.env(SELF), ...setting.env });
  let agent: Agent | undefined;
  try {
    const [self] = setting.topology.servers;
    await Deno.mkdir(join(dir, "nics", "eth0", "addresses"), { recursive: true });
    await Deno.writeTextFile(join(dir, "nics", "eth0", "mac"), self!.mac);
    const [port] = await freePorts(1);
    const path = join(dir, "cluster.yaml");
    await Deno.writeTextFile(
      path,
      `cluster: c\nstate: state\nselfFence: stop-service\ntiming: { detection: 1500ms }\naws: { timeout: 400ms }\n` +
        `servers: { ${SELF}: { interconnect: "127.0.0.1:${port}" } }\n${setting.yaml}\n`,
    );
    const machine = new Machine(dir, () => {});
    setting.prepare?.({ sandbox, machine });
    const config = await loadConfig(path, { plugins: pluginLoader({ builtIns, dropInDirs: [] }), server: SELF });
    const key = new TextEncoder().encode("k".repeat(64));
    agent = await Agent.start({
      config,
      server: SELF,
      keys: new KeyRing([key]),
      os: machine,
      onJournal: () => {},
      log: () => quiet,
    });
    await work(benchOf(agent, sandbox, machine));
  } finally {
    agent?.request({ op: "leave", by: "test" });
    const late = setTimeout(() => agent?.abandon("the test is over"), 3_000);
    await agent?.ended;
    clearTimeout(late);
    await sandbox.close();
    restore();
    await Deno.remove(dir, { recursive: true });
  }
}

function benchOf(agent: Agent, sandbox: Sandbox, machine: Machine): GuideBench {
  const style = styleFor(false);
  const status = () => ({ version: "1.2.3", ...agent.view() });
  const explanation = (name: string) => {
    const [found] = explainName(agent.view(), name, Date.now());
    assert.ok(found, name);
    return found;
  };
  const explain = (name: string) => renderExplanation(explanation(name), style);
  const until = async (what: string, met: () => boolean) => {
    for (const startedMs = performance.now(); !met();) {
      if (performance.now() - startedMs > PATIENCE_MS) {
        const names = ["failover1", "awsvip1", "awsvipw1", "awseip1", "awseipw1", "awsazw1"];
        const said = names.flatMap((name) => explainName(agent.view(), name, Date.now())).map((each) =>
          renderExplanation(each, style)
        );
        assert.fail(`not within ${PATIENCE_MS} ms: ${what}\n${said.join("\n\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    sandbox,
    machine,
    status,
    explain,
    explanation,
    until,
    async shows(name, message) {
      // Explanations are wrapped; a message is one line in the status.
      const flat = () => explain(name).replace(/\s+/g, " ");
      await until(
        `${name} shows ${message}`,
        () => message.test(renderStatus(status(), style)) && message.test(flat()),
      );
      return flat();
    },
  };
}
