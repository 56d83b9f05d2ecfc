/**
 * The environment of this process for a while: our EC2 client reads its endpoint and its credentials from there.
 *
 * @module
 */

/** Runs `work` with these environment variables and puts back what there was. */
export async function withEnvironment<Result>(
  values: Readonly<Record<string, string>>,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = Object.keys(values).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
