import assert from "node:assert/strict";
import { childEnvironment } from "../../../core/os/environment.ts";
import { exec } from "../../../core/os/exec.ts";

const OWN = {
  PATH: "/bin",
  HOME: "/root",
  LC_ALL: "C",
  TZ: "UTC",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_PROFILE: "p",
  NOTIFY_SOCKET: "/run/x",
  HTTPS_PROXY: "http://user:word@proxy",
  LD_PRELOAD: "/x.so",
  SystemRoot: "C:\\Windows",
  "ProgramFiles(x86)": "C:\\P",
};

Deno.test("a program gets what programs need and what is meant for it, and nothing else of the agent's", () => {
  const common = { PATH: "/bin", HOME: "/root", LC_ALL: "C", TZ: "UTC" };
  assert.deepEqual(childEnvironment({ PATH: "/opt", BATON_X: "1" }, OWN, "linux"), {
    ...common,
    PATH: "/opt",
    BATON_X: "1",
  });
  assert.deepEqual(childEnvironment({}, OWN, "windows"), {
    ...common,
    SystemRoot: "C:\\Windows",
    "ProgramFiles(x86)": "C:\\P",
  });
});

Deno.test("the secrets of the agent's environment don't reach a program that it runs", async () => {
  Deno.env.set("AWS_SECRET_ACCESS_KEY", "not for children");
  try {
    const { stdout } = await exec(["env"], { env: { BATON_X: "1" }, signal: AbortSignal.timeout(10_000) });
    assert.match(stdout, /^BATON_X=1$/m);
    assert.match(stdout, /^PATH=/m);
    assert.doesNotMatch(stdout, /AWS_|not for children/);
  } finally {
    Deno.env.delete("AWS_SECRET_ACCESS_KEY");
  }
});
