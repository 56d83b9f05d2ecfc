import assert from "node:assert/strict";
import { check } from "../../../core/cli/check.ts";
import { UsageError } from "../../../core/cli/command.ts";
import { iamPolicyCommand } from "../../../core/cli/iam_policy.ts";
import { exitStatus, renderReadiness, renderReport } from "../../../core/cli/preflight_text.ts";
import { styleFor } from "../../../core/cli/style.ts";
import { broken, doubtful, type Finding, fine, unclear } from "../../../core/plugin/finding.ts";
import type { PreflightReport } from "../../../core/preflight/report.ts";

const plain = styleFor(false);
const AT_MS = Date.parse("2026-01-02T03:04:05.678Z");
const reportOf = (...findings: Finding[]): PreflightReport => ({
  server: "server2",
  version: "1",
  digest: "aa",
  run: 1,
  at: "2026-01-02T03:04:05.678Z",
  elapsedMs: 12,
  findings: findings.map((finding) => ({ ...finding, group: null })),
});

Deno.test("check: a line has its status, its subject, the number that explain takes, what was seen and what to do", () => {
  const lines = renderReport(
    reportOf(
      broken("awsvip1", 7, "it lies inside", "choose another"),
      doubtful("db1", 50, "it starts", "disable it"),
      fine("nat", "answers"),
    ),
    plain,
    AT_MS + 1_000,
  );
  assert.deepEqual(lines, [
    "server2: 1 error, 1 warning, 1 ok (2026-01-02 03:04:05 UTC, 12 ms)",
    "  error    awsvip1: (7 : it lies inside; choose another)",
    "  warning  db1: (150 : it starts; disable it)",
    "  ok       nat: answers",
  ]);
  // One column for both.
  const [ready] = renderReadiness([{ group: "g", server: "s", ready: true, message: "m" }], plain);
  assert.equal(ready!.indexOf("m"), lines[1]!.indexOf("awsvip1"));
});

Deno.test("check: a report that was there already says how old it is", () => {
  const head = (ageMs: number) => renderReport(reportOf(fine("nat", "answers")), plain, AT_MS + ageMs)[0];
  assert.equal(head(42_000), "server2: 1 ok (2026-01-02 03:04:05 UTC, 12 ms; looked 42 s ago)");
  assert.ok(!head(500)!.includes("ago") && !head(-60_000)!.includes("ago"));
});

Deno.test("check: the exit status is that of the worst finding of all servers", () => {
  assert.equal(exitStatus([reportOf(fine("a", "x"))]), 0);
  assert.equal(exitStatus([reportOf(fine("a", "x")), reportOf(unclear("a", 6, "x"))]), 1);
  assert.equal(exitStatus([reportOf(doubtful("a", 6, "x", ""))]), 1);
  assert.equal(exitStatus([reportOf(doubtful("a", 6, "x", "")), reportOf(broken("a", 6, "x", ""))]), 2);
});

Deno.test("status: who is ready, who would fail, of whom nothing is known", () => {
  const of = (ready: boolean | null) => renderReadiness([{ group: "g", server: "s", ready, message: "m" }], plain)[0];
  assert.deepEqual([of(true), of(false), of(null)], ["  ready    m", "  fails    m", "  unknown  m"]);
});

Deno.test("check and iam-policy: options that make no sense are refused before a file is read", async () => {
  for (const argv of [["--here", "--all"], ["--json"], ["--server", "server1"], ["--her"]]) {
    await assert.rejects(check.run(argv), UsageError, argv.join(" "));
  }
  await assert.rejects(iamPolicyCommand.run(["--account", "12"]), UsageError);
});
