import assert from "node:assert/strict";
import { startDeadMansSwitch } from "../../../core/os/dead_mans_switch.ts";
import { exec } from "../../../core/os/exec.ts";
import { type GuardShell, posixGuard } from "../../../core/os/guard_script.ts";
import { belonging, killMarked, marked, type ProcessRow } from "../../../core/os/marked_processes.ts";
import { stops } from "./plan.ts";
import { endStrays, running, startStrays } from "./strays.ts";
import { until } from "./until.ts";

const markOf = () => `:${crypto.randomUUID()}:`;

async function withStrays(work: (pids: Map<string, number>, mark: string, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "baton-strays-" });
  const mark = markOf();
  let pids = new Map<string, number>();
  try {
    pids = await startStrays(folder, mark);
    await work(pids, mark, folder);
  } finally {
    await endStrays(pids);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("marked: everything is killed, in its own group, session or without environment, but what is all three", () =>
  withStrays(async (pids, mark) => {
    assert.equal((await running(pids)).length, 5);
    // Another group's mark, and the beginning of this one.
    assert.deepEqual(await killMarked(markOf(), AbortSignal.timeout(5_000)), []);
    assert.deepEqual(await killMarked(mark.slice(0, -2), AbortSignal.timeout(5_000)), []);
    assert.equal((await running(pids)).length, 5);
    const seen = await marked(mark, AbortSignal.timeout(5_000));
    for (const [kind, pid] of pids) {
      assert.equal(seen.some((name) => name.endsWith(` (process ${pid})`)), kind !== "escaped", kind);
    }
    assert.deepEqual(await marked(markOf(), AbortSignal.timeout(5_000)), []);
    assert.equal((await running(pids)).length, 5, "looking does them no harm");
    const startedMs = performance.now();
    assert.deepEqual(await killMarked(mark, AbortSignal.timeout(5_000)), []);
    assert.ok(performance.now() - startedMs < 1_000);
    assert.deepEqual(await running(pids), ["escaped"]);
  }));

for (const shell of ["/bin/bash", "/bin/sh"] as const satisfies readonly GuardShell[]) {
  Deno.test(`marked: the switch in ${shell} follows the same rule`, () =>
    withStrays(async (pids, mark) => {
      const guard = await startDeadMansSwitch(posixGuard(stops([["true"]], 1_000, { mark }), shell));
      guard.alive(1);
      await until(async () => (await running(pids)).length === 1 ? true : undefined);
      await guard.disarm();
      assert.deepEqual(await running(pids), ["escaped"]);
    }));
}

Deno.test("marked: the switch marks its own stop commands, so what they leave hanging is ended too", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-strays-" });
  const pidFile = `${folder}/pid`;
  try {
    const hanging = ["sh", "-c", 'setsid sh -c \'echo $$ >"$0"; exec sleep 30\' "$0" & sleep 30', pidFile] as const;
    const guard = await startDeadMansSwitch(posixGuard(stops([hanging], 300, { mark: markOf() })));
    guard.alive(1);
    await until(async () => await exists(`/proc/${guard.pid}`) ? undefined : true);
    const pids = new Map([["daemon", Number(await Deno.readTextFile(pidFile))]]);
    assert.deepEqual(await running(pids), []);
    await guard.disarm();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("marked: what can't be killed in time is named", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-proc-" });
  try {
    // A /proc of its own, with a process that no signal ends: its number is larger than any.
    await Deno.mkdir(`${folder}/99999999`);
    await Deno.writeTextFile(`${folder}/99999999/stat`, "99999999 (nfs) (hang) D 1 99999999 99999999 0 -1");
    await Deno.writeTextFile(`${folder}/99999999/environ`, "A=B\0BATON_MARK=:m:\0");
    const left = await killMarked(":m:", AbortSignal.timeout(50), folder);
    assert.deepEqual(left, ["nfs) (hang (process 99999999)"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const row = (pid: number, parent: number, session: number, marked = false): ProcessRow => ({
  pid,
  name: "x",
  parent,
  session,
  marked,
});
const pidsOf = (rows: ProcessRow[], spared = 0) => belonging(rows, spared).map(({ pid }) => pid);

Deno.test("marked: a session belongs only when its leader is marked or gone", () => {
  // Somebody has run the start script by hand, with its environment, in the session of a shell.
  assert.deepEqual(pidsOf([row(10, 1, 10), row(11, 10, 10, true), row(12, 10, 10)]), [11]);
  assert.deepEqual(pidsOf([row(11, 1, 10, true), row(12, 1, 10)]), [11, 12]);
  assert.deepEqual(pidsOf([row(10, 1, 10, true), row(12, 1, 10), row(13, 12, 13), row(14, 13, 14)]), [10, 12, 13, 14]);
});

Deno.test("marked: the first process and the one that asks are never among them", () => {
  assert.deepEqual(pidsOf([row(1, 0, 0), row(2, 1, 0, true), row(7, 2, 7, true), row(8, 7, 7)], 7), [2]);
});

Deno.test("marked: a program that agents start has the mark only when it is given", async () => {
  const { stdout } = await exec(["sh", "-c", 'echo "<$BATON_MARK>"'], { signal: AbortSignal.timeout(5_000) });
  assert.equal(stdout, "<>\n");
});

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
