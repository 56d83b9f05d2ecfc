import assert from "node:assert/strict";
import { childEnvironment } from "../../../core/os/environment.ts";

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
