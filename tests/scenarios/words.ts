/** The words of a scenario's command: its name, plain words, `key=value`, and one quoted text. */

/** A command taken apart. */
export interface Words {
  name: string;
  /** In order, without the name. */
  plain: string[];
  options: Map<string, string>;
  text: string | undefined;
}

/** Takes a command apart. */
export function wordsOf(command: string): Words {
  const quoted = /"([^"]*)"\s*$/.exec(command);
  const rest = quoted ? command.slice(0, quoted.index) : command;
  const [name = "", ...words] = rest.trim().split(/\s+/);
  const options = new Map<string, string>();
  const plain: string[] = [];
  for (const word of words) {
    const at = word.indexOf("=");
    if (at > 0) options.set(word.slice(0, at), word.slice(at + 1));
    else plain.push(word);
  }
  return { name, plain, options, text: quoted?.[1] };
}

/** "250ms", "5s", "2min" in milliseconds. */
export function durationOf(word: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|min)$/.exec(word ?? "");
  if (!match) throw new Error(`${word} is no time; 250ms, 5s and 2min are`);
  return Number(match[1]) * { ms: 1, s: 1_000, min: 60_000 }[match[2] as "ms" | "s" | "min"];
}

/** An option that is a whole number. */
export function numberOf(options: ReadonlyMap<string, string>, key: string, fallback: number): number {
  const word = options.get(key);
  if (word === undefined) return fallback;
  if (!/^\d+$/.test(word)) throw new Error(`${key}=${word}: a whole number is needed`);
  return Number(word);
}

/** An option that is one of a few words. */
export function oneOf<const T extends string>(
  options: ReadonlyMap<string, string>,
  key: string,
  words: readonly T[],
  fallback: T,
): T {
  const word = options.get(key) ?? fallback;
  const found = words.find((candidate) => candidate === word);
  if (found === undefined) throw new Error(`${key}=${word}: it is one of ${words.join(", ")}`);
  return found;
}

/** An option that is a list of names. */
export function namesOf(options: ReadonlyMap<string, string>, key: string, fallback: readonly string[]): string[] {
  return options.get(key)?.split(",") ?? [...fallback];
}

/** Fails on options that nobody reads: a misspelt one would quietly test something else. */
export function onlyOptions({ name, options }: Words, known: readonly string[]): void {
  for (const key of options.keys()) {
    if (!known.includes(key)) throw new Error(`${name} has no option ${key}; it has ${known.join(", ") || "none"}`);
  }
}
