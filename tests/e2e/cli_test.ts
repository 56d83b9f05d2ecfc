import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const VIP = fileURLToPath(new URL("../../examples/guide-vip.yaml", import.meta.url));

/** Runs `baton` as a process of its own. */
async function baton(args: string[], env: Record<string, string> = {}) {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", MAIN, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { status: output.code, out: decoder.decode(output.stdout), err: decoder.decode(output.stderr) };
}

Deno.test("baton without a command explains itself on standard error and ends with 2", async () => {
  const { status, out, err } = await baton([]);
  assert.equal(status, 2);
  assert.equal(out, "");
  assert.match(err, /baton run +run the agent/);
});

Deno.test("baton help NAME explains every command that baton help lists", async () => {
  const { out } = await baton(["help"]);
  const names = [...out.matchAll(/^ {2}baton ([\w-]+)/gm)].map((match) => match[1]!);
  assert.ok(names.length >= 9, out);
  const helps = await Promise.all(names.map((name) => baton(["help", name])));
  for (const [index, { status, out }] of helps.entries()) {
    assert.equal(status, 0, names[index]);
    assert.match(out, new RegExp(`^baton ${names[index]}`));
  }
});

Deno.test("a mistyped command or option is answered with the one that was meant", async () => {
  const [command, option] = await Promise.all([baton(["staus"]), baton(["status", "--jsom"])]);
  assert.equal(command.status, 2);
  assert.match(command.err, /there is no command staus; did you mean status\?/);
  assert.equal(option.status, 2);
  assert.match(option.err, /no option --jsom; did you mean --json\?/);
});

Deno.test("baton check prints the derived times and says what the tie-breaker is worth", async () => {
  const { status, out } = await baton(["check", VIP]);
  assert.equal(status, 0);
  assert.match(out, /^ok .*vip\.yaml: 2 servers, 1 group, 1 resource, 3 monitors/);
  assert.match(out, /safety: .*<= detection 10 s/);
  assert.match(out, /weak vote/);
  assert.match(out, /: baton witness -c \S+guide-vip\.yaml\n$/);
  const sound = await baton(["check", VIP.replace("guide-", "")]);
  assert.equal(sound.status, 0);
  assert.match(sound.out, /The witness witness is a sound vote: at most one side of a partition can have it/);
  assert.doesNotMatch(sound.out, /weak vote|baton witness/);
});

Deno.test("check, apply and run say the file's warnings with its lines, check right under its first line", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    const path = join(dir, "cluster.yaml");
    await Deno.writeTextFile(
      path,
      `cluster: c
key: baton.key
state: state
servers:
  server1: { interconnect: 10.0.0.1 }
  server2: { interconnect: 10.0.0.2 }
groups: { g: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }
status: 0.0.0.0:7711
`,
    );
    await Deno.writeTextFile(join(dir, "baton.key"), `${"ab".repeat(32)}\n`, { mode: 0o600 });
    const { status, out, err } = await baton(["check", path]);
    assert.equal(status, 0, err);
    const lines = out.split("\n");
    assert.match(lines[0]!, /^ok /);
    assert.ok(lines[1]!.startsWith(`warning: ${path}:4: quorum: 2 servers without`), out);
    assert.ok(lines[2]!.startsWith(`warning: ${path}:8: status: `), out);
    assert.ok(!lines.slice(3).some((line) => line.startsWith("warning")), out);

    const said = (err: string) => err.split("\n").filter((line) => line.startsWith("warning: "));
    const warnings = lines.slice(1, 3);
    const [applied, ran] = await Promise.all([
      baton(["apply", path, "-c", path, "--dry-run"]),
      baton(["run", "-c", path, "--server", "nobody"]),
    ]);
    assert.deepEqual([applied.status, said(applied.err)], [0, warnings], applied.err);
    assert.deepEqual([ran.status, said(ran.err)], [2, warnings], ran.err);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a wrong option is refused before an agent starts, and before an operation is asked for", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(request.url);
    return Response.json({});
  });
  try {
    const path = join(dir, "cluster.yaml");
    await Deno.writeTextFile(
      path,
      `cluster: c
key: baton.key
state: state
servers: { server1: { interconnect: 127.0.0.1 } }
groups: { g: { startup: manual, resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }
`,
    );
    await Deno.writeTextFile(join(dir, "baton.key"), `${"ab".repeat(32)}\n`, { mode: 0o600 });
    const ran = await baton(["run", "-c", path, "--server", "server1", "--status", "nonsense"]);
    assert.equal(ran.status, 2, ran.err);
    assert.match(ran.err, /--status nonsense: write it as 127\.0\.0\.1:7711/);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).sort(), [
      "baton.key",
      "cluster.yaml",
    ]);

    await Deno.mkdir(join(dir, "state"));
    await Deno.writeTextFile(join(dir, "state", "operator.token"), "token\n");
    const url = `http://127.0.0.1:${server.addr.port}`;
    for (const wait of ["soon", "-1"]) {
      const moved = await baton(["move", "g", "server1", "-c", path, "--url", url, `--wait=${wait}`]);
      assert.equal(moved.status, 2, moved.err);
      assert.match(moved.err, /--wait .*: seconds are needed/);
    }
    assert.deepEqual(asked, []);
    assert.equal((await baton(["move", "g", "server1", "-c", path, "--url", url, "--wait", "0"])).status, 0);
    assert.match(asked.join(), /\/groups\/g\/move\?to=server1/);
  } finally {
    await server.shutdown();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("iam-policy and init say which option fills in what they do not know", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  const nowhere = join(dir, "nothing");
  const env = {
    AWS_REGION: "",
    AWS_DEFAULT_REGION: "",
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  try {
    const [without, given, init] = await Promise.all([
      baton(["iam-policy", "-c", VIP]),
      baton(["iam-policy", "-c", VIP, "--account", "123456789012"]),
      baton(["init", "--yes", "--out", join(dir, "cluster.yaml")], env),
    ]);
    assert.match(without.err, /^ACCOUNT stands for .*--account/m);
    assert.ok(!given.err.includes("ACCOUNT"), given.err);
    assert.deepEqual([init.status, init.err.trim()], [
      2,
      "error: the region is not known; give --region (explain 311)",
    ]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("baton simulate ends with 0, 1 or 2: it is survived, it is not, it can't be asked", async () => {
  const [crash, cut, wrong] = await Promise.all([
    baton(["simulate", "-c", VIP, "--crash", "server1"]),
    baton(["simulate", "-c", VIP, "--cut=server1,server2"]),
    baton(["simulate", "-c", VIP, "--crash", "server9"]),
  ]);
  assert.deepEqual([crash.status, cut.status, wrong.status], [0, 1, 2], crash.err + cut.err);
  assert.match(crash.out, /two carriers: never/);
  assert.match(cut.out, /two carriers: from 9\.\d s on \(weak vote\)/);
  assert.match(wrong.err, /there is no server server9/);
});

Deno.test("a wrong file ends every command with 2 and one line for each problem, and starts no agent", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    const path = join(dir, "cluster.yaml");
    const text = (await Deno.readTextFile(VIP)).replace("ip: 10.1.0.20", "ip: 10.1.0.20/32").replace(
      "timing:",
      "timming:",
    );
    await Deno.writeTextFile(path, text);
    for (const { status, out, err } of await Promise.all([baton(["check", path]), baton(["run", "-c", path])])) {
      assert.equal(status, 2);
      assert.equal(out, "");
      const lines = err.trim().split("\n");
      assert.equal(lines.length, 2, err);
      assert.match(lines[0]!, /cluster\.yaml:\d+:\d+: .*timming.*timing/);
      assert.match(lines[1]!, /failover1.*awsvip1\.ip: .*without its prefix/);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("status without an agent ends with 1 and says where it looked", async () => {
  const { status, err } = await baton(["status", "--url", "http://127.0.0.1:9"]);
  assert.equal(status, 1);
  assert.match(err, /no agent answers at http:\/\/127\.0\.0\.1:9 /);
});

Deno.test("no colours reach a pipe", async () => {
  const { out, err } = await baton(["check", VIP], { FORCE_COLOR: "1" });
  assert.ok(!(out + err).includes("\u001b["));
});
