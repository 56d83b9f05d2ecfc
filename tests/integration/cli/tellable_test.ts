/** Every error that ends a command has a number at its end, and `baton explain` knows it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IdentityError } from "../../../core/agent/identity.ts";
import { InterconnectError } from "../../../core/agent/interconnect.ts";
import { KeyError } from "../../../core/agent/key.ts";
import { StateError } from "../../../core/agent/state_file.ts";
import { WatchdogError } from "../../../core/agent/watchdog.ts";
import { UsageError, WorkError } from "../../../core/cli/command.ts";
import { journalText } from "../../../core/cli/logging.ts";
import { COMMANDS, main } from "../../../core/cli/main.ts";
import { tellable } from "../../../core/cli/tellable.ts";
import { ConfigError } from "../../../core/config/problem.ts";
import { meaningOf } from "../../../core/explain/codes.ts";
import { REASONS } from "../../../core/explain/reasons.ts";
import { StatusError } from "../../../core/http/serve.ts";
import { explained } from "../../../core/plugin/explained.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { PluginError } from "../../../core/plugin/plugin_error.ts";
import { sourcesBelow } from "../../unit/explain/given_codes.ts";

/** One of each class that ends a command, with the number and the exit status it must have. */
const ENDS: Readonly<Record<string, [error: Error, code: number, status: number]>> = {
  ConfigError: [
    new ConfigError([{ file: "c.yaml", line: 2, column: 3, keyPath: "a", message: "is wrong", code: 301 }]),
    301,
    2,
  ],
  Fault: [new Fault(6, "no answer", { remedy: "start the NAT" }), 6, 1],
  UsageError: [new UsageError("what?"), 311, 2],
  WorkError: [new WorkError("no"), 313, 1],
  PluginError: [new PluginError("port44", "there is no monitor type port44"), 304, 2],
  IdentityError: [new IdentityError("who?"), 307, 2],
  KeyError: [new KeyError("the key is short"), 306, 2],
  StateError: [new StateError("the folder is taken"), 308, 1],
  InterconnectError: [new InterconnectError("taken"), 309, 1],
  StatusError: [new StatusError("taken"), 309, 1],
  WatchdogError: [new WatchdogError("gone"), 310, 1],
};

/** Classes whose errors are caught before a command could end with them, and by whom. */
const CAUGHT: Readonly<Record<string, string>> = {
  Busy: "the coordinator, which answers with its sentence",
  CallbackError: "the agent, which tells it with its place and leaves in order",
  ApplyRefused: "the status endpoint, which answers with its sentence",
  DeadlineExceeded: "the EC2 client, which makes a Fault of it",
  ImdsStatus: "the metadata client, which makes a Fault of it",
  EtcdFault: "nobody; it is a Fault",
};

Deno.test("errors: each class is known to end a command with a number, or to be caught before", async () => {
  const sources = [...await sourcesBelow("core", "plugins")].filter(([path]) => !path.startsWith("core/simulation/"));
  const found = sources.flatMap(([path, source]) =>
    [...source.matchAll(/\bclass (\w+) extends (?:Error|\w+Error|Fault)\b/g)].map((match) => ({
      path,
      name: match[1]!,
    }))
  );
  assert.ok(found.length >= Object.keys(ENDS).length, "the reader of the sources sees nothing");
  const known = new Set([...Object.keys(ENDS), ...Object.keys(CAUGHT)]);
  assert.deepEqual(found.filter(({ name }) => !known.has(name)), [], "give it a number in core/cli/tellable.ts");
});

for (const [name, [error, code, status]] of Object.entries(ENDS)) {
  Deno.test(`errors: ${name} ends with ${code}, which explain knows`, () => {
    const told = tellable(error);
    assert.match(told.text, new RegExp(`\\(explain ${code}\\)$`));
    assert.equal(told.status, status);
    assert.ok(meaningOf(code));
    assert.equal(told.text.includes("    at "), false, "a sentence, not a stack");
  });
}

Deno.test("errors: the status endpoint refuses in one way only, which adds the number", async () => {
  const sources = [...await sourcesBelow("core/http")].filter(([path]) => path !== "core/http/refusal.ts");
  assert.ok(sources.some(([, source]) => /\brefusal\(context, 409,/.test(source)));
  assert.deepEqual(sources.filter(([, source]) => /\bjson\(\s*\{\s*error\b/.test(source)).map(([path]) => path), []);
});

Deno.test("errors: what nobody foresaw has the number of a fault in Baton, and says where it came from", () => {
  const { text, status } = tellable(new TypeError("x is undefined"));
  assert.match(text, /^TypeError: x is undefined\n +at [^]* \(explain 99\)$/);
  assert.equal(status, 1);
  assert.match(tellable("only text").text, /^only text \(explain 99\)$/);
});

Deno.test("errors: a message that was passed on keeps its own number", () => {
  assert.equal(explained("server2: a key is wrong (explain 301)", 313), "server2: a key is wrong (explain 301)");
  assert.equal(explained("the permit is over", "permit-lost"), "the permit is over (explain permit-lost)");
  assert.ok(REASONS["permit-lost"]);
});

Deno.test("errors: bad news in the log ends with its word, unless it has a number", () => {
  const lost = { level: "error", code: "permit-lost", text: "The permit for g is over." } as const;
  assert.equal(journalText(lost), "The permit for g is over. (explain permit-lost)");
  assert.equal(journalText({ ...lost, level: "info" }), lost.text);
  const failed = "Failed to start the resource a. (5 : no such VPC)";
  assert.equal(journalText({ level: "warning", code: "activation-failed", text: failed }), failed);
});

/** Runs the command line in this process; resolves with what it printed on standard error. */
async function complaint(...args: string[]): Promise<{ status: number; err: string }> {
  // An agent's output is queued from its first line on, for the whole process: so it gets one.
  if (args[0] === "run") {
    const main = fileURLToPath(new URL("../../../main.ts", import.meta.url));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", "--no-check", main, ...args],
      env: { NO_COLOR: "1" },
    }).output();
    return { status: code, err: new TextDecoder().decode(stderr).trimEnd() };
  }
  const { log, error } = console;
  const err: string[] = [];
  // An agent puts its own way of printing in their place; here it is the test that listens.
  const hold = (name: "log" | "error", said: (text: string) => void) =>
    Object.defineProperty(console, name, { configurable: true, get: () => said, set: () => {} });
  hold("log", () => {});
  hold("error", (text) => void err.push(text));
  try {
    return { status: await main(args), err: err.join("\n") };
  } finally {
    for (const [name, value] of Object.entries({ log, error })) {
      Object.defineProperty(console, name, { configurable: true, writable: true, value });
    }
  }
}

Deno.test("errors: whatever command is asked wrongly, its last word is a number that explain knows", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    const gone = join(dir, "gone", "cluster.yaml");
    const broken = join(dir, "broken.yaml");
    await Deno.writeTextFile(broken, "cluster: [");
    const right = join(dir, "right.yaml");
    await Deno.writeTextFile(
      right,
      "cluster: c\nservers: { server1: { interconnect: 192.0.2.7 } }\nstatus: 127.0.0.1:1\nstate: state\n" +
        'groups: { g: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }\n',
    );
    const asked: readonly (readonly [code: number, ...args: string[]])[] = [
      ...COMMANDS.map(({ name }) => [311, name, "--no-such-option"] as const),
      [311, "chekc"],
      [300, "check", gone],
      [300, "check", broken],
      [300, "diff", right, gone],
      [300, "apply", gone, "-c", right],
      [307, "run", "-c", right],
      [307, "run", "-c", right, "--server", "server9"],
      [306, "run", "-c", right, "--server", "server1"],
      [312, "status", "-c", right],
      [312, "move", "g", "server1", "-c", right],
      [312, "check", "--all", "-c", right],
      [311, "explain", "nobody", "-c", right],
      [311, "explain", "137"],
      [314, "cloudformation", "-c", right],
      [314, "init", "--out", right, "--yes"],
      [304, "plugin", "test", join(dir, "gone.ts")],
    ];
    for (const [code, ...args] of asked) {
      const { status, err } = await complaint(...args);
      assert.ok(status > 0, args.join(" "));
      assert.match(err, new RegExp(`\\(explain ${code}\\)$`), `baton ${args.join(" ")}\n${err}`);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
