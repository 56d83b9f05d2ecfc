/** What a preflight says of the service that systemd runs the agent as. */
import assert from "node:assert/strict";
import type { ClusterConfig } from "../../../core/config/config.ts";
import type { Os } from "../../../core/os/os.ts";
import { judgedUnit, unitFindings, type UnitProperties } from "../../../core/preflight/unit.ts";

const GOOD: UnitProperties = {
  LoadState: "loaded",
  User: "",
  KillMode: "process",
  OOMPolicy: "continue",
  TimeoutStopUSec: "10min",
  RuntimeMaxUSec: "infinity",
  Restart: "always",
  RestartPreventExitStatus: "3",
};
const judge = (more: UnitProperties, longestMs = 120_000) =>
  judgedUnit("baton.service", { ...GOOD, ...more }, longestMs);

Deno.test("unit: the one of the example is well, and a unit that is not there is none", () => {
  assert.deepEqual(judge({}).map(({ status }) => status), ["ok"]);
  assert.deepEqual(judge({ LoadState: "not-found" }), []);
  // Before systemd 243 there is no such property.
  assert.equal(judge({ OOMPolicy: undefined! })[0]!.status, "ok");
});

const cases: [UnitProperties, RegExp][] = [
  [
    { KillMode: "control-group" },
    /^KillMode=control-group: .*also ends the stop scripts.*KillMode=process in baton\.service/,
  ],
  [{ KillMode: "mixed" }, /^KillMode=mixed: .*left running is killed.*KillMode=process/],
  [{ OOMPolicy: "stop" }, /^OOMPolicy=stop: .*systemd stops the agent and all its groups.*OOMPolicy=continue/],
  [{ OOMPolicy: "kill" }, /^OOMPolicy=kill: .*the kernel ends the agent and all.*OOMPolicy=continue/],
  [{ TimeoutStopUSec: "1min 30s" }, /^TimeoutStopSec=1min 30s: a group may take 120 s.*TimeoutStopSec=180 in/],
  [{ RuntimeMaxUSec: "1d" }, /^RuntimeMaxSec=1d: .*RuntimeMaxSec=infinity/],
  [
    { RestartPreventExitStatus: "" },
    /^Restart=always: after the final action stop-service .*exit status 3.*for ever; RestartPreventExitStatus=3 in/,
  ],
  [{ RestartPreventExitStatus: "1 33", Restart: "on-failure" }, /^Restart=on-failure: .*RestartPreventExitStatus=3/],
  [{ User: "baton" }, /^User=baton: the dead man's switch can't leave the cgroup/],
];
for (const [properties, said] of cases) {
  Deno.test(`unit: ${Object.entries(properties)[0]!.join("=")} is a warning with what is right`, () => {
    const [finding, ...more] = judge(properties);
    assert.deepEqual([finding?.status, more.length], ["warning", 0]);
    assert.match(`${finding!.message}; ${finding!.remedy}`, said);
  });
}

Deno.test("unit: an agent that is started again by nobody, or by status 3 not, is well", () => {
  assert.equal(judge({ Restart: "no", RestartPreventExitStatus: "" })[0]!.status, "ok");
  assert.equal(judge({ RestartPreventExitStatus: "2 3 SIGABRT" })[0]!.status, "ok");
});

Deno.test("unit: a stop without an end is long enough", () => {
  assert.equal(judge({ TimeoutStopUSec: "infinity" }, 1e9)[0]!.status, "ok");
});

const config = {
  groups: [{ resources: [{ deactivateTimeoutMs: 90_000 }, { deactivateTimeoutMs: 60_000 }] }],
} as unknown as ClusterConfig;

async function ask(answer: { status: number; stdout: string; stderr: string }, systemd = "/", name = "linux") {
  const asked: string[][] = [];
  const exec = (command: readonly string[]) => {
    asked.push([...command]);
    return Promise.resolve(answer);
  };
  const bounded = <T>(_ms: number, work: (signal: AbortSignal) => Promise<T>) => work(AbortSignal.timeout(5_000));
  const findings = await unitFindings({ config, os: { name, exec } as unknown as Os, bounded }, systemd);
  return { asked, findings };
}

Deno.test("unit: systemctl is asked, and the groups say how long a stop may take", async () => {
  const stdout = "LoadState=loaded\nUser=\nKillMode=process\nOOMPolicy=continue\nTimeoutStopUSec=2min\n";
  const { asked, findings } = await ask({ status: 0, stdout, stderr: "" });
  assert.equal(asked[0]!.slice(0, 2).join(" "), "systemctl show");
  assert.match(findings[0]!.message, /a group may take 150 s/);
});

Deno.test("unit: what can't be found out is unknown; without systemd there is nothing to ask", async () => {
  const refused = { status: 1, stdout: "", stderr: "Failed to connect to bus\n" };
  const [finding] = (await ask(refused)).findings;
  assert.equal(finding!.status, "unknown");
  assert.match(finding!.message, /Failed to connect to bus/);
  assert.deepEqual(await ask(refused, "/nowhere"), { asked: [], findings: [] });
  assert.deepEqual(await ask(refused, "/", "simulated"), { asked: [], findings: [] });
});

Deno.test("unit: the example that users copy has what is asked for", async () => {
  const text = await Deno.readTextFile(new URL("../../../examples/baton.service", import.meta.url));
  const of = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  const properties = {
    KillMode: of("KillMode"),
    OOMPolicy: of("OOMPolicy"),
    TimeoutStopUSec: of("TimeoutStopSec"),
    Restart: of("Restart"),
    RestartPreventExitStatus: of("RestartPreventExitStatus"),
  };
  assert.ok(Object.values(properties).every((value) => value !== ""), JSON.stringify(properties));
  assert.deepEqual(judge({ ...properties, User: of("User") }).map(({ status }) => status), ["ok"]);
});
