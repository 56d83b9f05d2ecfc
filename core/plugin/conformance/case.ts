/**
 * What every type of a kind has to do, as cases: run by the tests for built-in types, and by `baton plugin test` for
 * those of others.
 *
 * @module
 */

/** One thing that has to hold, asked of a type in an environment that is all well at first. */
export interface ConformanceCase<Subject> {
  title: string;
  /** Members of the subject without which it can't be found out. */
  needs: readonly (keyof Subject & string)[];
  /** Throws when it does not hold. */
  run(subject: Subject): Promise<void>;
}

/** What the environment can't do of what the case needs; undefined when it can do all. */
export function lacking<Subject extends object>(
  { needs }: ConformanceCase<Subject>,
  subject: Subject,
): string | undefined {
  return needs.find((name) => subject[name] === undefined);
}
