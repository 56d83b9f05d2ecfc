import assert from "node:assert/strict";
import { type ConformanceCase, lacking } from "../../core/plugin/conformance/case.ts";

/** Registers cases as tests. What `without` names can't be done in this environment, and is reported as ignored. */
export function register<Subject extends AsyncDisposable>(
  title: string,
  cases: readonly ConformanceCase<Subject>[],
  create: () => Promise<Subject>,
  without: readonly string[] = [],
): void {
  for (const one of cases) {
    Deno.test({
      name: `${title}: ${one.title}`,
      ignore: one.needs.some((name) => without.includes(name)),
      fn: async () => {
        await using subject = await create();
        assert.equal(
          lacking(one, subject),
          undefined,
          "the environment of a built-in type can do all that is not left out",
        );
        await one.run(subject);
      },
    });
  }
}
