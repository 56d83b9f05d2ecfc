/**
 * The house rules of docs/architecture.md: what a room may import, and what no file may hold.
 *
 * @module
 */
import { posix } from "node:path";
import { bareCode, type Import, importsOf, lineAt } from "./house_source.ts";

/** What a room may import from another. */
type Access = "all" | "types" | readonly string[];

const CORE = [
  "cluster",
  "simulation",
  "whatif",
  "os",
  "aws",
  "plugin",
  "config",
  "host",
  "agent",
  "http",
  "explain",
  "cli",
  "preflight",
]
  .map((name) => `core/${name}`);

/** Files of `core/plugin` that import nothing but each other and that the rooms below it may use. */
const LEAVES = [
  "core/plugin/callbacks.ts",
  "core/plugin/fault.ts",
  "core/plugin/deadline.ts",
  "core/plugin/direct_request.ts",
  "core/plugin/interpreter.ts",
];

/** Rooms that a room may import from besides itself. What is not here is forbidden. */
const ARROWS: Readonly<Record<string, Readonly<Record<string, Access>>>> = {
  "core/cluster": {},
  "core/simulation": { "core/cluster": "all" },
  "core/whatif": { "core/cluster": "all", "core/simulation": "all" },
  "core/os": { "core/plugin": LEAVES },
  "core/aws": { "core/plugin": LEAVES },
  "core/plugin": { "core/os": "types", "core/aws": "types" },
  "core/config": { "core/plugin": "all", "core/cluster": "all" },
  "core/host": { "core/plugin": "all", "core/os": "all", "core/aws": "types" },
  "core/agent": {
    "core/cluster": "all",
    "core/os": "all",
    "core/aws": "all",
    "core/plugin": "all",
    "core/config": "all",
    "core/preflight": "all",
    "core/host": "types",
  },
  "core/preflight": {
    "core/cluster": "types",
    "core/os": "types",
    "core/aws": "all",
    "core/plugin": "all",
    "core/config": "types",
  },
  "core/explain": { "core/cluster": "all", "core/agent": "types" },
  "core/http": {
    "core/agent": "types",
    "core/cluster": "types",
    "core/plugin": [
      "core/plugin/explained.ts",
      "core/plugin/fault.ts",
      "core/plugin/options.ts",
      "core/plugin/plain_text.ts",
    ],
  },
  "core/cli": { ...Object.fromEntries(CORE.map((room) => [room, "all"])), plugins: "all" },
  plugins: { "core/plugin": "all", "core/aws": "all", "core/os": "types" },
  // What stands in for AWS in our tests shares nothing with what it tests.
  sandbox: {},
  examples: {},
  bench: { "core/host": "all", "core/os": "all", "core/plugin": "all" },
  packaging: {},
};

/** The folders of the repository that the rules are about. */
export const FOLDERS: readonly string[] = [
  ...new Set([...Object.keys(ARROWS).map((room) => room.split("/")[0] ?? ""), "tests"]),
];

/** The rooms that use each package, so that a second use is a decision. Tests may use all. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@aws-sdk/client-dynamodb": ["core/aws"],
  "@aws-sdk/client-ec2": ["core/aws"],
  "@aws-sdk/client-route-53": ["core/aws"],
  "@aws-sdk/client-s3": ["core/aws"],
  "@aws-sdk/client-sts": ["core/aws"],
  "@logtape/logtape": ["core/agent", "core/cli"],
  "@rgrove/parse-xml": ["plugins"],
  "@std/cli": ["core/cli"],
  "deno-std": ["core/cli"],
  amaro: ["core/plugin"],
  hono: ["core/http", "sandbox"],
  yaml: ["core/config"],
  zod: ["core/agent", "core/cli", "core/http", "core/config", "plugins", "sandbox"],
  "fast-check": [],
};

/** Longest file in lines. */
export const MAX_LINES = 400;

/** Rooms that are pure: the engine, and the world in which it is simulated. */
const PURE_ROOMS = ["core/cluster", "core/simulation", "core/whatif"];

/** What makes an engine depend on where and when it runs. */
const IMPURE =
  /\b(?:Deno|performance|crypto|process|globalThis)\s*\.|\bDate\b|\bMath\s*\.\s*random\b|\b(?:fetch|setTimeout|setInterval|queueMicrotask)\s*\(/g;

/** What turns a machine off, and the only files that may name it: whoever is not one of them has to ask `Os.power`. */
const POWER_WORDS =
  /\bpoweroff\b|\bshutdown\.exe\b|\bsysrq-trigger\b|\bWin32Shutdown\b|\bNtShutdownSystem\b|["'`](?:halt|reboot|shutdown)["'`],\s*["'`][-/]/g;
const POWER_FILES = ["core/os/power.ts", "core/os/linux_power.ts", "core/os/windows_power.ts"];
/** Who may ask it, so that what is suppressed, counted and observed has one place. */
const POWER_CALLERS = ["core/agent/machine_end.ts"];
/** A real machine is chosen in one place: on a simulated one nothing gets past its folder. */
const REAL_MACHINES = /\bnew\s+(?:LinuxOs|WindowsOs)\s*\(/g;
const MACHINE_CHOICE = "core/os/mod.ts";

/**
 * What asks over HTTP and obeys the proxies of the environment, and the files that ask without them. A proxy would read
 * the operator's token, and answer for what is on the other side of a partition.
 */
const PROXIED = /(?:\bglobalThis\.|(?<![.#\w]))fetch\s*\(|\bnew\s+(?:WebSocket|EventSource)\s*\(/g;
const HTTP_REQUEST =
  /\bimport\s*\{[^}]*\b(?:request|get)\b[^}]*\}\s*from\s*["']node:https?["']|\bimport\s+(?:\*\s+as\s+)?\w+\s+from\s*["']node:https?["']|\bimport\s*\(\s*["']node:https?["']/g;
const DIRECT_FILES = ["core/plugin/direct_request.ts", "sandbox/demo/ask_directly.ts"];

/** Where a callback that throws must be told with its name: the loop that renews leases, and what it is made of. */
const GUARDED_ROOMS = ["core/agent", "core/os", "core/aws"];
const GUARDED_FILES = ["core/plugin/deadline.ts"];
/** What runs a callback that nobody waits for. Methods of others that have such a name are not it. */
const BARE_CALLBACKS = /(?<![.\w]|async )(?:setTimeout|setInterval|queueMicrotask)\s*\(|\.addEventListener\s*\(/g;

/** What a test of `tests/unit` leaves to others: processes, sockets, and the clusters that have them. */
const UNQUICK =
  /\bDeno\s*\.\s*(?:Command|listen\w*|serve|connect\w*)\b|\b(?:createServer|createSocket|startSandbox|freePorts|(?<!\.)exec)\s*\(|\bAgent\s*\.\s*start\s*\(/g;
const UNQUICK_HELPERS = ["tests/unit/agent/helpers.ts"];
/** What sets a variable of the process, and the file that does it for tests that have the process for themselves. */
const SETS_VARIABLES = /\bDeno\s*\.\s*env\s*\.\s*(?:set|delete)\s*\(/g;
const VARIABLES = "tests/environment/variables.ts";
/** Who may use that file: nothing else runs in their process meanwhile. */
const ALONE = /^tests\/(?:environment|e2e|independent)\/|^tests\/integration\/(?:aws\/helpers|preflight\/bench)\.ts$/;

const CONSOLE_ROOMS = ["core/cli", "packaging", "tests", "bench"];

// Written apart, so that this file does not break its own rule.
const UNFINISHED = new RegExp(`\\b(?:${["TO" + "DO", "FIX" + "ME", "X" + "XX"].join("|")})\\b`, "g");

/** The room a file lies in: `core/agent`, `plugins`, ... */
export function roomOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "core" ? `core/${second}` : first;
}

/** The rules that a file breaks, one line each. `path` is relative to the root of the repository. */
export function violations(path: string, source: string): string[] {
  const room = roomOf(path);
  const code = bareCode(source);
  const found: string[] = [];
  const lines = source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
  if (lines > MAX_LINES) found.push(`${path}: has ${lines} lines; at most ${MAX_LINES} are easy to read`);
  for (const each of importsOf(source)) {
    const problem = importProblem(path, room, each);
    if (problem !== undefined) found.push(`${path}:${each.line}: ${problem}`);
  }
  const forbid = (text: string, pattern: RegExp, why: string) => {
    for (const match of text.matchAll(pattern)) {
      found.push(`${path}:${lineAt(text, match.index)}: ${match[0].trim()} ${why}`);
    }
  };
  forbid(source, UNFINISHED, "marks unfinished work");
  if (PURE_ROOMS.includes(room)) forbid(code, IMPURE, "has no place in the engine");
  if (room !== "tests") {
    if (!POWER_FILES.includes(path)) forbid(source, POWER_WORDS, "turns a machine off; ask for it with Os.power");
    if (!POWER_CALLERS.includes(path)) {
      forbid(code, /\.power\s*\(/g, `is asked for in ${POWER_CALLERS.join(", ")} only`);
    }
    const ask = `obeys HTTP_PROXY or NODE_USE_ENV_PROXY; ask with ${DIRECT_FILES[0]}`;
    forbid(code, PROXIED, ask);
    if (!DIRECT_FILES.includes(path)) forbid(source, HTTP_REQUEST, ask);
    if (path !== MACHINE_CHOICE) forbid(code, REAL_MACHINES, `is made in ${MACHINE_CHOICE} only`);
  }
  if (path.startsWith("tests/unit/") && !UNQUICK_HELPERS.includes(path)) {
    forbid(code, UNQUICK, "is not for tests/unit; tests/integration has the same rooms");
  }
  if (path !== VARIABLES) forbid(code, SETS_VARIABLES, `is one for all tests at once; use ${VARIABLES}`);
  if (GUARDED_ROOMS.includes(room) || GUARDED_FILES.includes(path)) {
    forbid(code, BARE_CALLBACKS, "runs a callback without a name; use core/plugin/callbacks.ts");
  }
  if (!CONSOLE_ROOMS.includes(room) && !path.startsWith("sandbox/demo/")) {
    forbid(code, /\bconsole\s*\./g, "outside the command line; use the log");
  }
  for (const offset of floatingThens(code)) {
    found.push(`${path}:${lineAt(code, offset)}: .then( of a promise that nobody waits for`);
  }
  return found;
}

function importProblem(path: string, room: string, { specifier, typeOnly }: Import): string | undefined {
  if (specifier.startsWith(".")) {
    if (!/\.(?:ts|js|mjs|json)$/.test(specifier)) return `${specifier} has no extension`;
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    return arrowProblem(path, room, target, typeOnly);
  }
  if (specifier.startsWith("node:")) return PURE_ROOMS.includes(room) ? `the engine imports ${specifier}` : undefined;
  if (/^[a-z]+:/.test(specifier)) return `${specifier} belongs into the import map of deno.json`;
  if (room === "tests") return undefined;
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return PACKAGES[name]?.includes(room) ? undefined : `${room} imports the package ${name}`;
}

function arrowProblem(path: string, room: string, target: string, typeOnly: boolean): string | undefined {
  if (target === VARIABLES && path !== VARIABLES && !ALONE.test(path)) {
    return `${target} is for tests that have their process for themselves`;
  }
  if (room === "tests" || room === "main.ts") return undefined;
  // The version stands in one place only.
  if (target === "deno.json") return room === "core/cli" ? undefined : `${room} may not import ${target}`;
  const targetRoom = roomOf(target);
  if (targetRoom === room) return undefined;
  const access = ARROWS[room]?.[targetRoom];
  if (access === "all" || (access === "types" && typeOnly)) return undefined;
  if (Array.isArray(access) && access.includes(target)) return undefined;
  return access === "types"
    ? `${room} may import only types of ${targetRoom}, not ${target}`
    : `${room} may not import ${target}`;
}

/** Offsets of `.then(` in statements that neither await, return, store nor hand on the promise. */
function floatingThens(code: string): number[] {
  const offsets: number[] = [];
  for (const match of code.matchAll(/\.then\s*\(/g)) {
    const statement = statementBefore(code, match.index);
    if (statement !== undefined && !/\b(?:await|return|yield)\b|[=?:]/.test(statement)) offsets.push(match.index);
  }
  return offsets;
}

/** The statement up to `end`, without what is in its brackets; undefined inside a bracket: the value is handed on. */
function statementBefore(code: string, end: number): string | undefined {
  let statement = "";
  let depth = 0;
  for (let index = end - 1; index >= 0; index--) {
    const character = code[index] ?? "";
    if (depth === 0 && ";{}".includes(character)) return statement;
    if (")]".includes(character)) depth++;
    else if ("([".includes(character) && --depth < 0) return undefined;
    else if (depth === 0) statement = character + statement;
  }
  return statement;
}
