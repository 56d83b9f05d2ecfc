/**
 * The watchdog device of a Linux machine: once it is open, the machine is reset unless it is written to in time.
 *
 * Whatever way the process ends that holds it, only the letter `V` written right before stops it, and not even that where
 * the driver was loaded with `nowayout`. Its timeout is set by `wdctl` (util-linux), because an ioctl is out of reach here,
 * and read from /sys.
 *
 * @module
 */
import { basename, join } from "node:path";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { checked } from "./checked.ts";

/** Where devices and what is known of them are found. */
export interface WatchdogPlaces {
  dev: string;
  sys: string;
  /** The program that sets a timeout. */
  wdctl: string;
}

/** Those of Linux. */
const WATCHDOG_PLACES: WatchdogPlaces = { dev: "/dev", sys: "/sys/class/watchdog", wdctl: "wdctl" };

/** What is known of a device without opening it. */
export interface WatchdogFacts {
  /** In milliseconds. */
  timeoutMs: number;
  /** It runs already: somebody has it open, or had and did not stop it. */
  active: boolean;
  /** Once opened it can't be stopped. */
  noWayOut: boolean;
  /** What its driver calls itself. */
  identity: string;
}

/** What feeds a device; anything but `V`. */
const FOOD = new TextEncoder().encode("\n");
const STOP = new TextEncoder().encode("V");

/** A watchdog device that is not open. */
export class WatchdogDevice {
  readonly #path: string;
  readonly #facts: string;

  /** `device` as in `/dev/watchdog` or `/dev/watchdog1`; the first is another name of `watchdog0`. */
  constructor(readonly device: string, private readonly places: WatchdogPlaces = WATCHDOG_PLACES) {
    const name = basename(device);
    this.#path = join(places.dev, name);
    this.#facts = join(places.sys, name === "watchdog" ? "watchdog0" : name);
  }

  /** Throws a {@linkcode Fault} when there is no such device or nothing is known of it. */
  async facts(): Promise<WatchdogFacts> {
    try {
      await Deno.stat(this.#path);
    } catch {
      throw new Fault(FAULT_CODES.internal, `there is no watchdog device ${this.device} on this server`, {
        remedy: "load its driver (modprobe softdog where there is no hardware one), or remove `watchdog`",
      });
    }
    const seconds = Number(await this.#fact("timeout") || NaN);
    if (!Number.isFinite(seconds) || seconds <= 0) {
      throw new Fault(FAULT_CODES.internal, `the timeout of ${this.device} can't be read from ${this.#facts}/timeout`, {
        remedy: "use a kernel with CONFIG_WATCHDOG_SYSFS, or remove `watchdog`",
      });
    }
    return {
      timeoutMs: seconds * 1_000,
      active: await this.#fact("state") === "active",
      noWayOut: await this.#fact("nowayout") === "1",
      identity: await this.#fact("identity") || "unknown driver",
    };
  }

  /** Sets the timeout, in whole seconds. `wdctl` opens the device for that and stops it again: not for `nowayout`. */
  async setTimeout(ms: number, signal: AbortSignal): Promise<void> {
    const seconds = String(Math.max(1, Math.round(ms / 1_000)));
    await checked([this.places.wdctl, "-s", seconds, this.#path], { env: { LC_ALL: "C" }, signal });
  }

  /** Opens it, which starts it. */
  open(): OpenWatchdog {
    try {
      return new OpenWatchdog(Deno.openSync(this.#path, { write: true }));
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const busy = error instanceof Deno.errors.Busy || /os error 16\b/.test(said);
      throw new Fault(
        FAULT_CODES.internal,
        busy
          ? `the watchdog device ${this.device} is held by another program`
          : `the watchdog device ${this.device} can't be opened: ${said}`,
        {
          remedy: busy
            ? "stop it from using it (watchdogd; systemd: RuntimeWatchdogSec=0), or name another device"
            : "run the agent with the rights of an administrator",
        },
      );
    }
  }

  async #fact(name: string): Promise<string> {
    try {
      return (await Deno.readTextFile(join(this.#facts, name))).trim();
    } catch {
      return "";
    }
  }
}

/** A watchdog that runs. */
export class OpenWatchdog {
  constructor(private readonly file: Deno.FsFile) {}

  /** The reset is its whole timeout away again. Synchronous: when it returns, it has happened. */
  feed(): void {
    this.file.writeSync(FOOD);
  }

  /** Stops it, where the driver lets it be stopped. */
  stop(): void {
    try {
      this.file.writeSync(STOP);
    } finally {
      this.file.close();
    }
  }

  /** Leaves it running: the machine is reset. */
  abandon(): void {
    this.file.close();
  }
}
