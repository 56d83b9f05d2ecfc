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
const RED = / => \.\/tests\/\S+:\d+:\d+$|^\.\/tests\/unit\/\S+ \(uncaught error\)/;

/** What became of a fault. `test`: the first test that noticed it. */
export type Outcome = { noticed: true; test: string } | { noticed: false };

/** Tests that take longer hang because of the fault. In milliseconds. */
const DEADLINE_MS = 300_000;

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

/** A copy of the files of a repository. */
export class Trial {
  /** Tests that were seen to be green without any fault. */
  readonly #green = new Set<string>();

  private constructor(private readonly root: string, private readonly folder: string) {}

  /** Copies `files` of `root`. */
  static async open(root: string, files: readonly string[]): Promise<Trial> {
    const folder = await Deno.makeTempDir({ prefix: "baton-mutation-" });
    for (const file of files) {
      await Deno.mkdir(join(folder, dirname(file)), { recursive: true });
      await Deno.copyFile(join(root, file), join(folder, file));
    }
    return new Trial(root, folder);
  }

  async close(): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Puts the fault in, runs the tests until one is red, and takes it out. Fails when a test is red without it as well. */
  async try(mutant: Mutant, tests: readonly string[]): Promise<Outcome> {
    const path = join(this.folder, mutant.file);
    const source = await Deno.readTextFile(join(this.root, mutant.file));
    await Deno.writeTextFile(path, withFault(source, mutant));
    let red: string | undefined;
    try {
      red = await this.#firstRed(tests);
    } finally {
      await Deno.writeTextFile(path, source);
    }
    if (red === undefined) return { noticed: false };
    const file = /tests\/unit\/\S+_test\.ts/.exec(red)?.[0];
    await this.#greenWithout(file === undefined ? tests : [file]);
    return { noticed: true, test: red };
  }

  /** A test that is red anyway notices nothing. */
  async #greenWithout(tests: readonly string[]): Promise<void> {
    const unknown = tests.filter((test) => !this.#green.has(test));
    if (unknown.length === 0) return;
    const red = await this.#firstRed(unknown);
    if (red !== undefined) throw new Error(`red without any fault: ${red}`);
    for (const test of unknown) this.#green.add(test);
  }

  /** The first test that is red; undefined when all are green. */
  async #firstRed(tests: readonly string[]): Promise<string | undefined> {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const [program = "", ...args] = ALONE;
    const run = [Deno.execPath(), "test", "--no-check", "-A", "--quiet", "--fail-fast", ...tests];
    const command = new Deno.Command(program, {
      args: [...args, ...run],
      cwd: this.folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
      signal: deadline,
    });
    const { success, stdout, stderr } = await command.output();
    if (success) return undefined;
    if (deadline.aborted) return `not done after ${DEADLINE_MS / 60_000} min`;
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const named = output.split("\n").find((line) => RED.test(line));
    // A run that could not even begin must not pass for one that noticed something.
    if (named === undefined) throw new Error(`the tests did not run: ${output.trim().slice(-1_000)}`);
    return named.trim();
  }
}
