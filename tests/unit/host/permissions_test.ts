import assert from "node:assert/strict";
import { decisiveVariable, mayRun, permissionKey, permissionsOf } from "../../../core/host/permissions.ts";
import { DEFAULT_SETTINGS } from "../../../core/plugin/settings.ts";

Deno.test("permissions: by default the network, its own folders, and nothing else", () => {
  assert.deepEqual(permissionsOf({}, ["/etc/b/plugins/a.ts", "/etc/b/plugins/c.ts"], "/var/a", "/tmp/s"), {
    net: true,
    run: false,
    read: ["/etc/b/plugins", "/var/a", "/tmp/s"],
    write: ["/var/a", "/tmp/s"],
    env: false,
  });
});

Deno.test("permissions: what is allowed, and an empty list allows nothing", () => {
  const { net, run, read, env } = permissionsOf(
    { net: [], run: ["sh"], read: ["/etc/x"], env: true },
    ["/p/a.ts"],
    undefined,
    "/s",
  );
  assert.deepEqual([net, run, read, env], [false, ["sh"], ["/etc/x", "/p", "/s"], true]);
  assert.deepEqual(permissionsOf({ read: true }, ["/p/a.ts"], undefined, "/s").read, true);
  assert.deepEqual(permissionsOf({ read: false }, ["/p/a.ts"], undefined, "/s").read, ["/p", "/s"]);
});

Deno.test("permissions: only the very name of a program counts", () => {
  assert.equal(mayRun(["sh"], "sh"), true);
  assert.equal(mayRun(["sh"], "/bin/sh"), false);
  assert.equal(mayRun(true, "anything"), true);
  assert.equal(mayRun(false, "sh"), false);
});

Deno.test("permissions: variables that make one program another are for those who may start any", () => {
  for (const name of ["PATH", "Path", "LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "BASH_ENV"]) {
    assert.equal(decisiveVariable(["sh"], { QUEUE: "orders", [name]: "/x" }), name);
    assert.equal(decisiveVariable(true, { [name]: "/x" }), undefined);
  }
  assert.equal(decisiveVariable(["sh"], { PATHS: "/x", OLD_PATH: "/x" }), undefined);
});

Deno.test("permissions: who lies in another folder or may do something else is kept apart", () => {
  const key = permissionKey(DEFAULT_SETTINGS, "/p/a.ts");
  assert.equal(permissionKey(DEFAULT_SETTINGS, "/p/b.ts"), key);
  assert.equal(permissionKey({ allow: { net: true, run: false }, memoryMb: 256 }, "/p/b.ts"), key);
  assert.notEqual(permissionKey(DEFAULT_SETTINGS, "/q/a.ts"), key);
  assert.notEqual(permissionKey({ ...DEFAULT_SETTINGS, allow: { run: ["sh"] } }, "/p/a.ts"), key);
  assert.notEqual(permissionKey({ ...DEFAULT_SETTINGS, memoryMb: 512 }, "/p/a.ts"), key);
});
