/**
 * A copy of the repository in which faults are tried, one at a time, each in namespaces of its own: a fault in what ends
 * machines and processes ends nothing of this one.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { Mutant } from "./draw.ts";
import { withFault } from "./operators.ts";

/** How a red test, or a file of tests that could not be loaded, is named. */
const RED = / => \.\/tests\/\S+:\d+:\d+$|^\.\/tests\/(?:unit|integration)\/\S+ \(uncaught error\)/;

/** What became of a fault. `test`: the first test that noticed it. */
export type Outcome = { noticed: true; test: string } | { noticed: false };

/** Tests that take longer hang because of the fault: for a run, and for each file in it. In milliseconds. */
const DEADLINE_MS = { run: 60_000, file: 15_000 };

/** How often a test may be red without any fault before it judges nothing. */
const GREEN_LOOKS = 3;

/**
 * Process 1 of the namespace reaps what is left behind, and with it all ends. The kernel's door to power leads nowhere.
 * The network is one below, so that the agents know that they are a part of a machine.
 */
const ALONE = [
  ...["unshare", "-m", "-p", "--fork", "--kill-child", "--mount-proc", "sh", "-c"],
  `if [ -e /proc/sysrq-trigger ]; then mount --bind /dev/null /proc/sysrq-trigger; fi && mount -t tmpfs none /run &&
   unshare -n sh -c 'ip link set lo up && exec "$@"' alone "$@"`,
  "alone",
];

/** The runner has an order of its own among the files of one run: the likely ones have runs for themselves. */
function* inTurn(tests: readonly string[]): Generator<readonly string[]> {
  let at = 0;
  for (const count of [2, 6, tests.length]) {
    const some = tests.slice(at, at + count);
    if (some.length > 0) yield some;
    at += count;
  }
}

/** A copy of the files of a repository. */
export class Trial {
  /** Tests that were seen to be green without any fault. */
  readonly #green = new Set<string>();

  private constructor(private readonly folder: string) {}

  /** Copies `files` of `root`. */
  static async open(root: string, files: readonly string[]): Promise<Trial> {
    const folder = await Deno.makeTempDir({ prefix: "baton-mutation-" });
    for (const file of files) {
      await Deno.mkdir(join(folder, dirname(file)), { recursive: true });
      await Deno.copyFile(join(root, file), join(folder, file));
    }
    return new Trial(folder);
  }

  async close(): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }

  /**
   * Puts the fault in, runs the tests until one is red twice, and takes it out. Fails when that test is red without it as
   * well: the green of before may be of a quieter machine, so what is red once only notices nothing.
   */
  async try(mutant: Mutant, tests: readonly string[]): Promise<Outcome> {
    const path = join(this.folder, mutant.file);
    const source = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, withFault(source, mutant));
    let red: { text: string; files: readonly string[] } | undefined;
    try {
      for (const some of inTurn(tests)) {
        const text = await this.#firstRed(some);
        if (text === undefined) continue;
        const file = /tests\/(?:unit|integration)\/\S+_test\.ts/.exec(text)?.[0];
        const files = file === undefined ? some : [file];
        if (file !== undefined && await this.#firstRed(files) === undefined) continue;
        red = { text, files };
        break;
      }
    } finally {
      await Deno.writeTextFile(path, source);
    }
    if (red === undefined) return { noticed: false };
    await this.#greenWithout(red.files);
    return { noticed: true, test: red.text };
  }

  /** A test that is red anyway notices nothing. One that is red once may have met a busy machine, so it is looked at again. */
  async #greenWithout(tests: readonly string[]): Promise<void> {
    const unknown = tests.filter((test) => !this.#green.has(test));
    if (unknown.length === 0) return;
    let red: string | undefined;
    for (let look = 0; look < GREEN_LOOKS; look++) {
      red = await this.#firstRed(unknown);
      if (red !== undefined) continue;
      for (const test of unknown) this.#green.add(test);
      return;
    }
    throw new Error(`red without any fault, ${GREEN_LOOKS} times: ${red}`);
  }

  /** The first test that is red; undefined when all are green. */
  async #firstRed(tests: readonly string[]): Promise<string | undefined> {
    const deadlineMs = DEADLINE_MS.run + DEADLINE_MS.file * tests.length;
    const [program = "", ...args] = ALONE;
    const run = [Deno.execPath(), "test", "--no-check", "-A", "--quiet", "--fail-fast", ...tests];
    const child = new Deno.Command(program, {
      args: [...args, ...run],
      cwd: this.folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      // Nothing less: unshare(1) ignores SIGTERM while it waits. With it goes all that it has started.
      child.kill("SIGKILL");
    }, deadlineMs);
    const { success, stdout, stderr } = await child.output();
    clearTimeout(deadline);
    if (success) return undefined;
    if (late) return `not done after ${deadlineMs / 1_000} s`;
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const named = output.split("\n").find((line) => RED.test(line));
    // A run that could not even begin must not pass for one that noticed something.
    if (named === undefined) throw new Error(`the tests did not run: ${output.trim().slice(-1_000)}`);
    return named.trim();
  }
}
