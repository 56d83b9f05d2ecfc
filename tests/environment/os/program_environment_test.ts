import assert from "node:assert/strict";
import { exec } from "../../../core/os/exec.ts";
import { withEnv } from "../variables.ts";

Deno.test("the secrets of the agent's environment don't reach a program that it runs", () =>
  withEnv({ AWS_SECRET_ACCESS_KEY: "not for children" }, async () => {
    const { stdout } = await exec(["env"], { env: { BATON_X: "1" }, signal: AbortSignal.timeout(10_000) });
    assert.match(stdout, /^BATON_X=1$/m);
    assert.match(stdout, /^PATH=/m);
    assert.doesNotMatch(stdout, /AWS_|not for children/);
  }));
