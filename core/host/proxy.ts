/**
 * A drop-in as the rest of the program sees it: a plugin like any other, whose functions run in a host. What comes back
 * is taken apart and checked here, because nobody has compiled it against the contract.
 *
 * @module
 */
import type {
  CompanionMonitor,
  GuardCommands,
  Plugin,
  PluginContext,
  RemoteQuestions,
  WitnessRecordText,
} from "../plugin/contract.ts";
import type { Finding } from "../plugin/finding.ts";
import { plainText } from "../plugin/plain_text.ts";
import { soundVerdict } from "../plugin/sound_verdict.ts";
import { type Declaration, hasOwnRules, optionSpecs } from "./declaration.ts";

/** Calls a function of a drop-in. `context` is left out where the function takes none. */
export type CallDropIn = (method: string, context: PluginContext | undefined, args: unknown[]) => Promise<unknown>;

/** Commands that the dead man's switch takes of one resource. */
const MAX_COMMANDS = 64;
/** The longest text of a drop-in, in characters. */
const MAX_MESSAGE = 2_000;

/** The plugin of a declaration. */
export function proxyOf(type: string, declaration: Declaration, call: CallDropIn): Plugin {
  const { kind, description, defaults, address, claims, vote, functions } = declaration;
  const has = (name: string) => functions.includes(name);
  const only = <T>(name: string, member: T): T | undefined => has(name) ? member : undefined;
  const ask = (method: string, context?: PluginContext, ...args: unknown[]) => call(method, context, args);
  const remote: RemoteQuestions = {
    ...(hasOwnRules(declaration)
      ? { validate: async (options) => sentences(type, await call("validate", undefined, [options])) }
      : {}),
    companion: only(
      "companion",
      async (options, name) => companion(type, await call("companion", undefined, [options, name])),
    )!,
  };
  const nothing = (method: string) => async (context: PluginContext) => {
    await ask(method, context);
  };
  const judge = (method: string) => async (context: PluginContext) => soundVerdict(type, await ask(method, context));
  const commands = (method: string) => async (context: PluginContext) =>
    commandLines(type, method, await ask(method, context));
  const members = {
    kind,
    description: plainText(description, MAX_MESSAGE),
    options: optionSpecs(declaration),
    defaults,
    address,
    claims: claims?.map((claim) => ({ ...claim, what: plainText(claim.what, 64) })),
    vote,
    remote,
    prepare: only("prepare", nothing("prepare")),
    check: only("check", judge("check")),
    look: only("look", judge("look")),
    probe: only("probe", judge("probe")),
    ready: only("ready", judge("ready")),
    activate: only("activate", nothing("activate")),
    deactivate: only("deactivate", nothing("deactivate")),
    preflight: only("preflight", async (context: PluginContext) => findings(type, await ask("preflight", context))),
    guard: only("guard", commands("guard")),
    kill: only("kill", commands("kill")),
    stop: only("stop", async (context: PluginContext) => proof(type, await ask("stop", context))),
    read: only("read", async (context: PluginContext, key: string) => record(type, await ask("read", context, key))),
    write: only(
      "write",
      async (context: PluginContext, key: string, expected: string | null, text: string) =>
        written(type, await ask("write", context, key, expected, text)),
    ),
  };
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as unknown as Plugin;
}

function findings(type: string, value: unknown): Finding[] {
  if (!Array.isArray(value)) throw new TypeError(`preflight of ${type} gave no list of findings`);
  return value.slice(0, MAX_COMMANDS).map((each) => {
    const { status, code, subject, message, remedy } = fields(each);
    if (typeof message !== "string" || !["ok", "warning", "error", "unknown"].includes(status as string)) {
      throw new TypeError(`preflight of ${type} gave a finding without a status and a message`);
    }
    return {
      status: status as Finding["status"],
      code: Number.isSafeInteger(code) ? code as number : null,
      subject: typeof subject === "string" ? plainText(subject, MAX_MESSAGE) : type,
      message: plainText(message, MAX_MESSAGE),
      remedy: typeof remedy === "string" ? plainText(remedy, MAX_MESSAGE) : "",
    };
  });
}

function commandLines(type: string, method: string, value: unknown): GuardCommands {
  const sound = Array.isArray(value) && value.length <= MAX_COMMANDS &&
    value.every((line) =>
      Array.isArray(line) && line.length > 0 && line.every((each) => typeof each === "string" && !each.includes("\0"))
    );
  if (!sound) {
    throw new TypeError(`${method} of ${type} gave no list of at most ${MAX_COMMANDS} commands, each a list of texts`);
  }
  return value as unknown as GuardCommands;
}

/** What a fence says of its success; the agent itself refuses an empty one. */
function proof(type: string, value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`${type} did not say how it knows that the server is off`);
  return plainText(value, MAX_MESSAGE);
}

function record(type: string, value: unknown): WitnessRecordText | null {
  if (value === null) return null;
  const { version, text } = fields(value);
  if (typeof version !== "string" || typeof text !== "string") {
    throw new TypeError(`${type} gave no version and text for the record`);
  }
  return { version, text };
}

function written(type: string, value: unknown): { version: string } | "conflict" {
  if (value === "conflict") return value;
  const { version } = fields(value);
  if (typeof version !== "string") throw new TypeError(`${type} gave no version for what it wrote`);
  return { version };
}

function sentences(type: string, value: unknown): string[] {
  if (!Array.isArray(value)) throw new TypeError(`validate of ${type} gave no list of sentences`);
  return value.slice(0, 32).map((each) => plainText(String(each), MAX_MESSAGE));
}

function companion(type: string, value: unknown): CompanionMonitor {
  const { type: monitor, options } = fields(value);
  if (typeof monitor !== "string") throw new TypeError(`companion of ${type} names no type of a monitor`);
  return { type: monitor, options: fields(options) };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
