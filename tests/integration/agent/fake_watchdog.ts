import { join } from "node:path";
import { WatchdogDevice } from "../../../core/os/watchdog.ts";

/** A watchdog that is a few files: what is written to it can be read, and nothing is ever reset. */
export class FakeWatchdog {
  private constructor(private readonly dir: string) {}

  /** `wdctl` writes its timeout down, in whole seconds; `sets: false` is one that fails. */
  static async make(
    dir: string,
    facts: { timeout?: string; state?: string; nowayout?: string },
    sets = true,
  ): Promise<FakeWatchdog> {
    const fake = new FakeWatchdog(dir);
    const sys = join(dir, "sys", "watchdog0");
    await Deno.mkdir(sys, { recursive: true });
    await Deno.mkdir(join(dir, "dev"), { recursive: true });
    await Deno.writeTextFile(join(dir, "dev", "watchdog"), "");
    const all = { timeout: "60", state: "inactive", nowayout: "0", identity: "Software Watchdog", ...facts };
    for (const [name, text] of Object.entries(all)) await Deno.writeTextFile(join(sys, name), `${text}\n`);
    const program = `#!/bin/sh\necho "$@" >>${dir}/wdctl.log\n` +
      (sets ? `[ "$1" = -s ] && echo "$2" >${sys}/timeout\n` : "echo 'no ioctl' >&2; exit 1\n");
    await Deno.writeTextFile(join(dir, "wdctl"), program, { mode: 0o755 });
    return fake;
  }

  device(name = "/dev/watchdog"): WatchdogDevice {
    return new WatchdogDevice(name, {
      dev: join(this.dir, "dev"),
      sys: join(this.dir, "sys"),
      wdctl: join(this.dir, "wdctl"),
    });
  }

  /** What has been written to the device: a line feed is food, a V its end. */
  written(): Promise<string> {
    return Deno.readTextFile(join(this.dir, "dev", "watchdog"));
  }

  /** What `wdctl` was asked for. */
  async asked(): Promise<string[]> {
    return (await Deno.readTextFile(join(this.dir, "wdctl.log")).catch(() => "")).trim().split("\n").filter(Boolean);
  }

  /** Makes the device a pipe, whose reader sees when something comes. */
  async pipe(): Promise<string> {
    const path = join(this.dir, "dev", "watchdog");
    await Deno.remove(path);
    const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
    if (!success) throw new Error("no pipe could be made");
    return path;
  }
}
