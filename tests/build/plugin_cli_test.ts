/** What authors of plugins get, from a compiled executable on a server with nothing else. */
import assert from "node:assert/strict";
import { buildExecutable, type Built, runBare } from "./executable.ts";

let built: Built;

Deno.test.beforeAll(async () => {
  built = await buildExecutable();
});

Deno.test.afterAll(async () => {
  await built?.remove();
});

Deno.test("plugin new, test, --conformance and list work in an executable", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-author-" });
  const baton = (...args: string[]) => runBare(built.path, ["plugin", ...args], folder);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const given = ["--option", `port=${listener.addr.port}`];
  try {
    for (const kind of ["monitor", "resource"]) {
      const made = await baton("new", `my-${kind}`, "--kind", kind);
      assert.equal(made.status, 0, made.err);
    }
    const once = await baton("test", "plugins/my-monitor.ts", ...given);
    assert.equal(once.status, 0, once.err);
    assert.match(once.out, /^check {2}\d+ ms {2}normal {2}127\.0\.0\.1:\d+ listens\n {2}connectMs [\d.]+$/m);
    const suite = await baton("test", "plugins/my-monitor.ts", "--conformance", ...given);
    assert.equal(suite.status, 0, suite.out + suite.err);
    assert.match(suite.out, /4 held, 0 broken, 3 left out/);
    const resource = await baton("test", "plugins/my-resource.ts", "--conformance");
    assert.equal(resource.status, 0, resource.out + resource.err);
    assert.match(resource.out, /8 held, 0 broken, 3 left out/);
    const listed = JSON.parse((await baton("list", "--json")).out);
    const own = listed.types.filter(({ file }: { file: string | null }) => file !== null);
    assert.deepEqual(own.map(({ type }: { type: string }) => type), ["my-monitor", "my-resource"]);
  } finally {
    listener.close();
    await Deno.remove(folder, { recursive: true });
  }
});
