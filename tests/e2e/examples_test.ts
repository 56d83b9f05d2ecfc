/** Examples on the real thing: a PostgreSQL server, a file system. Left out where there is none, or no right to it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import mount from "../../plugins/examples/mount.ts";
import postgresPing from "../../plugins/examples/postgres-ping.ts";
import { createBench } from "../conformance/bench.ts";

/** The programs of the newest PostgreSQL of Debian; undefined where none is installed. */
function serverPrograms(): string | undefined {
  try {
    const [newest] = [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => name).sort((a, b) => +b - +a);
    const folder = `/usr/lib/postgresql/${newest}/bin`;
    return Deno.statSync(join(folder, "initdb")).isFile ? folder : undefined;
  } catch {
    return undefined;
  }
}

async function run(command: string[], uid?: number): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd: "/",
    ...(uid === undefined ? {} : { uid, gid: uid }),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 0, `${command.join(" ")}: ${text(stdout)}${text(stderr)}`);
}

const programs = serverPrograms();
/** PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

Deno.test({
  name: "postgres-ping asks a real server: primary, not the standby that was wanted, denied, gone",
  ignore: programs === undefined,
  fn: async () => {
    const uid = Deno.uid() === 0 ? NOBODY : undefined;
    const folder = await Deno.makeTempDir({ prefix: "baton-pg-" });
    const data = join(folder, "data");
    await Deno.chmod(folder, 0o777);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const control = (...args: string[]) => run([join(programs!, "pg_ctl"), "-D", data, "-w", "-t", "20", ...args], uid);
    await using bench = await createBench();
    const check = (more: Record<string, unknown> = {}) => {
      const options = { host: "127.0.0.1", port, user: "tester", database: "postgres", role: "any", program: "psql" };
      const context = bench.context({ ...options, connectTimeout: 2_000, ...more }, {
        signal: AbortSignal.timeout(15_000),
      });
      return (postgresPing as unknown as MonitorPlugin).check(context);
    };
    let runs = false;
    try {
      await run([join(programs!, "initdb"), "-D", data, "-U", "tester", "-A", "trust", "--no-sync"], uid);
      const settings = `-c listen_addresses=127.0.0.1 -p ${port} -k ${folder} -c fsync=off`;
      await control("-l", join(folder, "log"), "-o", settings, "start");
      runs = true;
      const well = await check({ role: "primary" });
      assert.deepEqual([well.status, well.message], ["normal", `PostgreSQL at 127.0.0.1:${port} answers as primary`]);
      assert.ok(well.measurements!.queryMs! > 0);
      assert.match((await check({ role: "standby" })).message, /is a primary, not the standby/);
      const denied = await check({ user: "stranger" });
      assert.deepEqual([denied.status, denied.code], ["unknown", 5], denied.message);
      await control("-m", "immediate", "stop");
      runs = false;
      const gone = await check();
      assert.deepEqual([gone.status, gone.code], ["error", 5], gone.message);
    } finally {
      if (runs) await control("-m", "immediate", "stop").catch(() => {});
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Whether this machine lets us mount at all: containers often don't. */
async function mayMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const folder = await Deno.makeTempDir({ prefix: "baton-mount-" });
  const ends = async (program: string, ...args: string[]) =>
    await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output().then(
      ({ success }) => success,
      () => false,
    );
  try {
    return await ends("mount", "-t", "tmpfs", "baton-trial", folder) && await ends("umount", folder);
  } finally {
    await Deno.remove(folder);
  }
}

Deno.test({
  name: "mount mounts a real file system, twice, and takes it away, also by the dead man's switch",
  ignore: !await mayMount(),
  fn: async () => {
    await using bench = await createBench();
    const path = join(bench.folder, "data");
    await Deno.mkdir(path);
    const options = { device: "baton-test", path, fsType: "tmpfs", mountOptions: ["size=1m", "noatime"] };
    const context = bench.context(options, { signal: AbortSignal.timeout(15_000) });
    const mounted = async () => (await Deno.readTextFile("/proc/mounts")).includes(` ${path} tmpfs `);
    const commands = await mount.guard(context);
    try {
      await mount.deactivate(context);
      for (let round = 0; round < 2; round++) await mount.activate(context);
      assert.ok(await mounted());
      await assert.rejects(
        mount.activate({ ...context, options: { ...options, device: "other" } }),
        /has baton-test mounted/,
      );
      for (let round = 0; round < 2; round++) await mount.deactivate(context);
      assert.ok(!await mounted());
      await mount.activate(context);
      for (let round = 0; round < 2; round++) {
        for (const command of commands) assert.equal((await context.exec(command)).status, 0);
      }
      assert.ok(!await mounted());
    } finally {
      await new Deno.Command("umount", { args: ["-q", path], stderr: "null" }).output();
    }
  },
});
