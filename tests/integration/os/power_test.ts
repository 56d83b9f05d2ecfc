import assert from "node:assert/strict";
import { join } from "node:path";
import { type KernelDoor, linuxPower } from "../../../core/os/linux_power.ts";
import { endMachine, type PowerStep } from "../../../core/os/power.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

interface Machine {
  door: KernelDoor;
  /** A program with this text, which is told the log as $0. */
  program(text: string): [string, ...string[]];
  /** What has happened, with times in milliseconds from the start. */
  log(): Promise<{ what: string; ms: number }[]>;
  triggered(): Promise<string>;
}

/** A machine that nothing ends; everything that would is written down. */
async function withMachine(work: (machine: Machine) => Promise<void>, part = false) {
  const folder = await Deno.makeTempDir({ prefix: "baton-power-" });
  const startedMs = Date.now();
  const [trigger, own, first, log] = ["trigger", "own", "first", "log"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  await Deno.writeTextFile(trigger, "");
  await Deno.writeTextFile(log, "");
  await Deno.symlink("net:[1]", first);
  await Deno.symlink(part ? "net:[2]" : "net:[1]", own);
  try {
    await work({
      door: { trigger, own, first },
      program: (text) => ["sh", "-c", `echo "${text.split(";")[0]} $(date +%s%3N)" >>"$0"; ${text}`, log],
      log: async () =>
        (await Deno.readTextFile(log)).trim().split("\n").map((line) => {
          const space = line.lastIndexOf(" ");
          return { what: line.slice(0, space), ms: Number(line.slice(space + 1)) - startedMs };
        }),
      triggered: () => Deno.readTextFile(trigger),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * The end of the machine, up to the kernel's own door; what comes after that is not waited for. Resolves with how long it
 * took, less what this machine was late, in milliseconds.
 */
async function upToTheDoor(steps: PowerStep[], withinMs: number, opened: () => Promise<boolean>): Promise<number> {
  const watch = new Stopwatch();
  // On a real machine nothing would come after it.
  const last = steps.at(-1)!;
  let ended = () => {};
  const over = new Promise<void>((resolve) => ended = resolve);
  const doored = [...steps.slice(0, -1), {
    ...last,
    take: async (signal: AbortSignal) => {
      await last.take(signal);
      ended();
      throw new Error("this machine is not a real one");
    },
  }];
  await assert.rejects(endMachine("shutdown", doored, withinMs), /not a real one/);
  await over;
  assert.ok(await opened());
  return watch.ownMs;
}

Deno.test("power: ways that say that they are done, hang or fail are followed by the next, and the kernel is the last", () =>
  withMachine(async ({ door, program, log, triggered }) => {
    const lines = [program("true"), program("sleep 30"), program("false")];
    // On a machine with much else to do a program has hardly begun within a few hundred milliseconds.
    const ms = await upToTheDoor(linuxPower("shutdown", lines, door), 3_000, async () => await triggered() === "o");
    const said = await log();
    assert.deepEqual(said.map(({ what }) => what), ["true", "sleep 30", "false"]);
    // Thirds of the time; the one that fails leaves nothing of its own.
    const gaps = [said[1]!.ms - said[0]!.ms, said[2]!.ms - said[1]!.ms];
    for (const gap of gaps) assert.ok(gap > 500 && gap < 2_000, `${gap} ms`);
    assert.ok(ms < 2_900, `${ms} ms`);
  }));

Deno.test("power: where no program of it exists the kernel is asked at once", () =>
  withMachine(async ({ door, triggered }) => {
    const lines = [["/nowhere/systemctl"], ["/nowhere/poweroff", "-f"]] as [string, ...string[]][];
    const ms = await upToTheDoor(linuxPower("reboot", lines, door), 10_000, async () => await triggered() === "b");
    assert.ok(ms < 4_000, `${ms} ms`);
  }));

Deno.test("power: a part of a machine never ends the machine", () =>
  withMachine(async ({ door, program, triggered }) => {
    await assert.rejects(
      endMachine("shutdown", linuxPower("shutdown", [program("false")], door), 50),
      /the shutdown of this server failed: sh .*; .*trigger: this server is only a part of the machine/s,
    );
    assert.equal(await triggered(), "");
  }, true));

Deno.test("power: a kernel without that door is named among the failures", () =>
  withMachine(async ({ door }) => {
    await Deno.remove(door.trigger);
    await assert.rejects(endMachine("reboot", linuxPower("reboot", [], door), 50), /reboot .*trigger: .*No such file/s);
    await assert.rejects(Deno.stat(door.trigger), "it was not made either");
  }));

Deno.test("power: a way that ignores its end is not waited for", async () => {
  let told = false;
  const deaf: PowerStep = {
    name: "deaf",
    take: (signal) => {
      signal.addEventListener("abort", () => told = true);
      return new Promise(() => {});
    },
  };
  const watch = new Stopwatch();
  await assert.rejects(
    endMachine("reboot", [deaf, { name: "last", take: () => Promise.reject(new Error("no")) }], 80),
    /deaf: nothing ended in 80 ms; last: no/,
  );
  assert.ok(watch.ownMs < 400);
  assert.ok(told);
});
