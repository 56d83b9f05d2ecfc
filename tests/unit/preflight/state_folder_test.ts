import assert from "node:assert/strict";
import { join } from "node:path";
import { machineFindings } from "../../../core/preflight/machine.ts";
import { inFolder } from "../agent/helpers.ts";

const look = async (dir: string, running: boolean) => {
  const files = { stateDir: join(dir, "state"), keyFile: join(dir, "baton.key"), path: join(dir, "cluster.yaml") };
  return (await machineFindings(files, 60_000, running)).filter(({ subject }) => subject.startsWith("state "));
};
const names = (dir: string) => [...Deno.readDirSync(dir)].map(({ name }) => name);

Deno.test("preflight: a state folder that the agent has yet to make is tried, and not left behind", () =>
  inFolder(async (dir) => {
    const found = await look(dir, false);
    assert.ok(found.length > 0 && found.every(({ code, message }) => code === null || /free/.test(message)));
    assert.deepEqual(names(dir), []);
    await Deno.mkdir(join(dir, "state"), { mode: 0o700 });
    await look(dir, false);
    assert.deepEqual(names(dir), ["state"], "one that is there stays");
  }));

Deno.test("preflight: a running agent does not make the state folder anew that somebody has deleted", () =>
  inFolder(async (dir) => {
    const [found] = await look(dir, true);
    assert.deepEqual([found?.status, found?.code], ["error", 308]);
    assert.match(found!.message, /can't be written/);
    assert.deepEqual(names(dir), []);
  }));
