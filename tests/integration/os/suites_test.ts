import { join } from "node:path";
import { LinuxOs } from "../../../core/os/linux.ts";
import { createBench } from "../../conformance/bench.ts";
import { osSuite } from "../../conformance/os_suite.ts";

osSuite("simulated", async () => {
  const bench = await createBench();
  await Deno.writeTextFile(join(bench.folder, "reach", "10.0.0.1"), "2");
  await Deno.writeTextFile(join(bench.folder, "services", "web"), "stopped");
  return {
    os: bench.os,
    nic: "eth0",
    pings: { answers: "10.0.0.1", silent: "10.0.0.2" },
    service: "web",
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

// Read-only on the machine the tests run on; addresses are changed in a namespace of their own (linux_namespace_test).
if (Deno.build.os === "linux") {
  osSuite(
    "linux",
    () => Promise.resolve({ os: new LinuxOs(), [Symbol.asyncDispose]: () => Promise.resolve() }),
    ["nic", "pings", "service"],
  );
}
