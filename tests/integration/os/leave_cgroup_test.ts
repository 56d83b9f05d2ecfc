import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CgroupParts, leaveCgroup, unitOf } from "../../../core/os/leave_cgroup.ts";
import { until } from "./until.ts";
import { lacks } from "../../needs.ts";

const AGENT = fileURLToPath(new URL("./guarded_agent.ts", import.meta.url));
const PID = 4_711;

/** A folder that looks like /proc and /sys/fs/cgroup, with this process and the switch in one service. */
interface Machine {
  root: string;
  parts: CgroupParts;
  /** What was written into the file of a cgroup. */
  procs(cgroup: string): Promise<string>;
}

async function withMachine(
  { mount = "cgroup2", root = "/", own = "/system.slice/baton.service" },
  body: (machine: Machine) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-cgroup-" });
  try {
    const proc = join(folder, "proc");
    const tree = join(folder, "cgroup");
    const rows = mount === "cgroup2" ? `0::${own}\n` : `12:memory:/elsewhere\n1:name=systemd:${own}\n`;
    for (const who of ["self", String(PID)]) {
      await Deno.mkdir(join(proc, who), { recursive: true });
      await Deno.writeTextFile(join(proc, who, "cgroup"), rows);
    }
    await Deno.writeTextFile(join(proc, String(PID), "oom_score_adj"), "0");
    const options = mount === "cgroup2" ? "rw" : "rw,xattr,name=systemd";
    await Deno.writeTextFile(
      join(proc, "self", "mountinfo"),
      `22 1 8:1 / / rw - ext4 /dev/root rw\n36 25 0:30 ${root} ${tree} rw shared:9 - ${mount} cgroup ${options}\n`,
    );
    const inside = root === "/" ? own : own.slice(root.length);
    await Deno.mkdir(join(tree, inside), { recursive: true });
    await Deno.writeTextFile(join(tree, "cgroup.procs"), "");
    await body({
      root: folder,
      parts: { uid: 0, proc, systemd: join(folder, "no-systemd") },
      procs: (cgroup) => Deno.readTextFile(join(tree, cgroup, "cgroup.procs")),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The kernel's part: what is written into `cgroup.procs` is in that cgroup from then on. */
function moves(machine: Machine, to: string): ReturnType<typeof setInterval> {
  const file = join(machine.root, "proc", String(PID), "cgroup");
  return setInterval(() => Deno.writeTextFileSync(file, `0::${to}\n`), 1);
}

for (const mount of ["cgroup2", "cgroup"]) {
  Deno.test(`a switch leaves the cgroup of its service for the top of the hierarchy (${mount}), and is spared without memory`, () =>
    withMachine({ mount }, async (machine) => {
      // Nobody moves it: so it is written, looked at, and not believed.
      const why = await leaveCgroup(PID, machine.parts);
      assert.equal(await machine.procs("/"), String(PID));
      assert.match(why ?? "", /it did not help/);
      assert.equal(await Deno.readTextFile(join(machine.parts.proc!, String(PID), "oom_score_adj")), "-1000");
    }));
}

Deno.test("one that has left is not complained about", () =>
  withMachine({}, async (machine) => {
    await Deno.writeTextFile(join(machine.parts.proc!, String(PID), "cgroup"), "0::/\n");
    assert.equal(await leaveCgroup(PID, machine.parts), undefined);
  }));

Deno.test("what is already at the top of all it sees has nothing to leave", () =>
  withMachine({ root: "/docker/abc", own: "/docker/abc" }, async (machine) => {
    assert.equal(await leaveCgroup(PID, machine.parts), undefined);
    assert.equal(await machine.procs("/"), "");
  }));

Deno.test("where the top is closed systemd is asked for a scope, which it ends after the service", () =>
  withMachine({}, async (machine) => {
    const asked: string[] = [];
    await Deno.remove(join(machine.root, "cgroup", "cgroup.procs"));
    await Deno.mkdir(join(machine.root, "cgroup", "cgroup.procs"));
    let timer: ReturnType<typeof setInterval> | undefined;
    const parts: CgroupParts = {
      ...machine.parts,
      systemd: machine.root,
      run: (command) => {
        asked.push(...command);
        timer = moves(machine, `/system.slice/baton-switch-${PID}.scope`);
        return Promise.resolve({ status: 0, stderr: "" });
      },
    };
    try {
      assert.equal(await leaveCgroup(PID, parts), undefined);
    } finally {
      clearInterval(timer);
    }
    const text = asked.join(" ");
    assert.match(
      text,
      /^busctl --system --quiet --allow-interactive-authorization=no call .*Manager StartTransientUnit ssa\(sv\)a\(sa\(sv\)\) baton-switch-/,
    );
    assert.match(text, / fail 4 PIDs au 1 4711 .* Before as 1 baton\.service 0$/);
  }));

Deno.test("nothing helps: all that was tried is said", () =>
  withMachine({}, async (machine) => {
    const run = () => Promise.resolve({ status: 1, stderr: "Call failed: Interactive authentication required.\n" });
    const why = await leaveCgroup(PID, { ...machine.parts, systemd: machine.root, run });
    assert.match(why ?? "", /cgroup: it did not help; .*baton-switch: .*; systemd: Call failed: Interactive/);
    // Nobody is asked for a password.
    const other = await leaveCgroup(PID, { ...machine.parts, systemd: machine.root, run: () => assert.fail(), uid: 7 });
    assert.match(other ?? "", /only root may ask systemd for it$/);
  }));

Deno.test("the service of a process is read from its cgroup, on every kind of hierarchy", async () => {
  for (const mount of ["cgroup2", "cgroup"]) {
    await withMachine({ mount }, async ({ parts }) => assert.equal(await unitOf(parts.proc), "baton.service"));
  }
  await withMachine({ own: "/user.slice/session-3.scope" }, async ({ parts }) => {
    assert.equal(await unitOf(parts.proc), undefined);
  });
});

/** Where this kernel has cgroups that can be ended at once, and this process may make one; undefined elsewhere. */
async function realTree(): Promise<string | undefined> {
  const mounts = await Deno.readTextFile("/proc/self/mountinfo").catch(() => "");
  const mount = mounts.split("\n").find((line) => line.includes(" - cgroup2 "))?.split(" ")[4];
  if (mount === undefined) return undefined;
  const probe = join(mount, `baton-test-${crypto.randomUUID()}`);
  try {
    await Deno.mkdir(probe);
    const killable = await Deno.stat(join(probe, "cgroup.kill")).then(() => true, () => false);
    await Deno.remove(probe);
    return killable ? mount : undefined;
  } catch {
    return undefined;
  }
}

const tree = await realTree();

const REAL = "kernel: ending the whole cgroup of an agent leaves its switch, which then does its work";

Deno.test({
  name: REAL,
  ignore: Deno.build.os !== "linux" || lacks(REAL, "root and a cgroup2 that it may write", tree !== undefined),
  fn: async () => {
    const cgroup = join(tree!, `baton-test-${crypto.randomUUID()}`);
    const folder = await Deno.makeTempDir({ prefix: "baton-cgroup-" });
    const flag = join(folder, "flag");
    await Deno.mkdir(cgroup);
    try {
      // As a service manager does: the process is in the cgroup before it is the agent.
      const agent = new Deno.Command("sh", {
        args: [
          "-c",
          'echo $$ >"$1/cgroup.procs" && shift && exec "$@"',
          "service",
          cgroup,
          ...[Deno.execPath(), "run", "-A", "--no-lock", AGENT, JSON.stringify([["touch", flag]])],
        ],
        stdin: "null",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const reader = agent.stdout.getReader();
      const { value } = await reader.read();
      const [guard = 0, service = 0] = new TextDecoder().decode(value).trim().split(" ").map(Number);
      const inside = (await Deno.readTextFile(join(cgroup, "cgroup.procs"))).split("\n").map(Number);
      assert.ok(inside.includes(agent.pid) && inside.includes(service) && !inside.includes(guard), inside.join());
      await Deno.writeTextFile(join(cgroup, "cgroup.kill"), "1");
      await agent.status;
      await until(async () => await Deno.stat(flag).then(() => true, () => undefined));
      await reader.cancel();
    } finally {
      await until(() => Deno.remove(cgroup).then(() => true, () => undefined));
      await Deno.remove(folder, { recursive: true });
    }
  },
});
