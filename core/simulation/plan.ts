/**
 * A history before it happens: what is done to the world and when, as lines of text. The same plan is the same history,
 * and one with a line less is a history of its own: so a long one can be made short.
 *
 *     seed 347
 *     kind three
 *     groups 1
 *     quiet 61.5
 *     0.5123 start server=server1
 *     3.2 pause server=@carrier for=300 events-first
 *
 * Times before an action are seconds, those in it milliseconds. `a..b` is a range that is drawn from, `@carrier` a role
 * that the latest `cast` has filled.
 *
 * @module
 */

/** A parameter of an action: a word, a number, a flag, or a range. */
export type Value = string | number | true | readonly [number, number];

/** Something that is done to the world. */
export interface Action {
  /** True time since the world began, in milliseconds. */
  atMs: number;
  what: string;
  params: Readonly<Record<string, Value>>;
}

/** A history before it happens. */
export interface Plan {
  /** Of everything that is drawn while it runs. */
  seed: number;
  /** The kind of cluster. */
  kind: string;
  groups: number;
  /** Routes are simulated, and monitors look at them. */
  cloud: boolean;
  /** At its end a minority becomes slow, and groups have to move all the same. Left out: no. */
  grey?: boolean;
  /** When all faults stop. */
  quietMs: number;
  /** In the order of time. */
  actions: readonly Action[];
}

/** Times are kept as they are written: in tenths of a millisecond. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** Writes a plan. */
export function formatPlan({ seed, kind, groups, cloud, grey, quietMs, actions }: Plan): string {
  return [
    `seed ${seed}`,
    `kind ${kind}`,
    `groups ${groups}`,
    ...(cloud ? ["cloud"] : []),
    ...(grey ? ["grey"] : []),
    `quiet ${seconds(quietMs)}`,
    ...actions.map(formatAction),
  ].join("\n") + "\n";
}

/** Writes an action as one line. */
export function formatAction({ atMs, what, params }: Action): string {
  const words = Object.entries(params).map(([key, value]) => {
    if (value === true) return key;
    return `${key}=${typeof value === "object" ? value.join("..") : value}`;
  });
  return [seconds(atMs), what, ...words].join(" ");
}

/** Reads a plan. Empty lines and lines that begin with `#` are for people. */
export function parsePlan(text: string): Plan {
  const plan = { seed: 0, kind: "", groups: 1, cloud: false, grey: false, quietMs: NaN, actions: [] as Action[] };
  text.split("\n").forEach((line, index) => {
    const words = line.trim().split(/\s+/);
    const [first = "", second = ""] = words;
    if (first === "" || first.startsWith("#")) return;
    if (/^\d/.test(first)) plan.actions.push(actionOf(words, index + 1));
    else if (first === "seed") plan.seed = numberOf(second, index + 1);
    else if (first === "kind") plan.kind = second;
    else if (first === "groups") plan.groups = numberOf(second, index + 1);
    else if (first === "cloud") plan.cloud = true;
    else if (first === "grey") plan.grey = true;
    else if (first === "quiet") plan.quietMs = milliseconds(second, index + 1);
    else {throw new Error(
        `line ${index + 1}: a plan has seed, kind, groups, cloud, grey, quiet and actions; not ${first}`,
      );}
  });
  if (plan.kind === "" || Number.isNaN(plan.quietMs)) throw new Error("a plan needs a line `kind` and a line `quiet`");
  plan.actions.sort((a, b) => a.atMs - b.atMs);
  const { grey, ...rest } = plan;
  return grey ? plan : rest;
}

function actionOf([time = "", what = "", ...words]: readonly string[], line: number): Action {
  if (what === "") throw new Error(`line ${line}: after the time comes what is done`);
  const params: Record<string, Value> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    if (at === -1) params[word] = true;
    else params[word.slice(0, at)] = valueOf(word.slice(at + 1));
  }
  return { atMs: milliseconds(time, line), what, params };
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:e-?\d+)?$/;

function valueOf(word: string): Value {
  if (NUMBER.test(word)) return Number(word);
  const [from = "", to = "", ...more] = word.split("..");
  if (more.length === 0 && NUMBER.test(from) && NUMBER.test(to)) return [Number(from), Number(to)];
  return word;
}

function numberOf(word: string, line: number): number {
  if (!NUMBER.test(word)) throw new Error(`line ${line}: ${word} is no number`);
  return Number(word);
}

function seconds(ms: number): string {
  return String(Number((ms / 1_000).toFixed(4)));
}

function milliseconds(word: string, line: number): number {
  return tenths(numberOf(word, line) * 1_000);
}
