/**
 * Variables of the environment of this process, which are one for all files that run in it at once: only tests of this
 * folder and of `tests/independent` set them, one file after the other.
 *
 * @module
 */

/** Runs `work` with these variables (null: unset), and puts back what was there. */
export async function withEnv<T>(values: Readonly<Record<string, string | null>>, work: () => Promise<T>): Promise<T> {
  const restore = setEnv(values);
  try {
    return await work();
  } finally {
    restore();
  }
}

/** Sets them (null: unset); the function puts back what was there. */
export function setEnv(values: Readonly<Record<string, string | null>>): () => void {
  const before = Object.keys(values).map((name) => [name, Deno.env.get(name)] as const);
  const put = (name: string, value: string | null | undefined) =>
    value === null || value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const [name, value] of Object.entries(values)) put(name, value);
  return () => {
    for (const [name, value] of before) put(name, value);
  };
}
