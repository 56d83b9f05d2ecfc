import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eipTopology, startSandbox, type Topology, vipTopology } from "../../sandbox/mod.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

interface Bench {
  folder: string;
  topology: Topology;
  /** `baton init` on server1, in the folder, with what is typed in; without: no terminal. */
  init(args: string[], typed?: string): Promise<{ status: number; out: string; err: string }>;
  baton(args: string[]): Promise<{ status: number; out: string; err: string }>;
  calls(): string[];
}

async function withAccount(topology: Topology, work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const sandbox = await startSandbox(topology);
  const run = async (command: string, args: string[], typed?: string) => {
    const env = { ...sandbox.env("server1"), NO_COLOR: "1" };
    const options = { args, env, cwd: folder, stdout: "piped", stderr: "piped" } as const;
    const process = new Deno.Command(command, { ...options, stdin: typed === undefined ? "null" : "piped" }).spawn();
    if (typed !== undefined) {
      const writer = process.stdin.getWriter();
      await writer.write(new TextEncoder().encode(typed));
      await writer.close();
    }
    const { code, stdout, stderr } = await process.output();
    const decoder = new TextDecoder();
    return { status: code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  };
  const baton = (args: string[]) => run(Deno.execPath(), ["run", "-A", "-q", MAIN, ...args]);
  try {
    await work({
      folder,
      topology,
      baton,
      init: (args, typed) => {
        if (typed === undefined) return baton(["init", ...args]);
        // A terminal, as far as the program can tell.
        const words = [Deno.execPath(), "run", "-A", "-q", MAIN, "init", ...args];
        return run("script", ["-qec", words.join(" "), "/dev/null"], typed);
      },
      calls: () => sandbox.calls.list().map(({ action }) => action),
    });
  } finally {
    await sandbox.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("init: without a terminal the account's suggestions make the guide's VIP cluster, and the loader takes it", () =>
  withAccount(vipTopology(), async ({ folder, init, baton, calls }) => {
    const { status, out, err } = await init(["--yes", "--bucket", "votes-of-mine"]);
    assert.equal(status, 0, err);
    const text = await Deno.readTextFile(join(folder, "cluster.yaml"));
    for (
      const line of [
        /^ {2}server1: \{ interconnect: 10\.0\.110\.100 \} # i-\w+, ap-northeast-1a$/m,
        /^ {2}server2: \{ interconnect: 10\.0\.120\.100 \} # i-\w+, ap-northeast-1b$/m,
        /^ {2}witness: \{ type: s3, bucket: votes-of-mine, region: ap-northeast-1 \}$/m,
        /^ {8}ip: 10\.1\.0\.20 # outside 10\.0\.0\.0\/16/m,
        /^ {8}eni: eni-4bc00502 # of server1/m,
        /^ {10}server2: \{ eni: eni-5a3a7902 \}$/m,
        /^ {6}server2: \{ zone: ap-northeast-1b \}$/m,
      ]
    ) assert.match(text, line);
    const key = await Deno.stat(join(folder, "baton.key"));
    if (Deno.build.os !== "windows") assert.equal(key.mode! & 0o777, 0o600);
    const nowhere = await init(["--yes", "--out", "gone/cluster.yaml"]);
    assert.equal(nowhere.status, 1);
    assert.match(
      nowhere.err,
      /^error: gone\/cluster\.yaml can't be written \([^\n]*make its folder.* \(explain 314\)\n$/,
    );
    assert.match(out, /baton check cluster\.yaml/);
    const checked = await baton(["check", "cluster.yaml"]);
    assert.equal(checked.status, 0, checked.err);
    assert.match(checked.out, /2 servers, 1 group, 1 resource, 2 monitors/);
    assert.match(checked.out, /The witness witness is a sound vote/);
    // What creates the bucket, the endpoint and the policy is told, with what the account says, and not done.
    assert.match(
      out,
      /Nothing is made yet; this makes them:\n {2}baton cloudformation --witness -c cluster\.yaml > cluster-witness\.yaml\n/,
    );
    assert.match(out, /VpcId=vpc-1234abcd EndpointTables=rtb-\w+,rtb-\w+ ServerRoles=\S+\n/);
    assert.deepEqual(calls().filter((action) => !action.startsWith("Describe")), []);
    const template = await baton(["cloudformation", "--witness", "-c", "cluster.yaml"]);
    assert.equal(template.status, 0, template.err);
    assert.match(template.out, /^ {6}BucketName: votes-of-mine$/m);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort(), [
      "baton.key",
      "cluster.yaml",
    ]);

    const again = await init(["--yes"]);
    assert.equal(again.status, 1);
    assert.match(again.err, /cluster\.yaml exists and is not overwritten/);
    assert.equal(await Deno.readTextFile(join(folder, "cluster.yaml")), text);
  }));

Deno.test("init: the guide's own vote is a choice, and check ends with the command that makes it sound", () =>
  withAccount(vipTopology(), async ({ folder, init, baton }) => {
    const { status, err } = await init(["--yes", "--quorum", "ping:10.0.10.100,10.0.20.100"]);
    assert.equal(status, 0, err);
    const text = await Deno.readTextFile(join(folder, "cluster.yaml"));
    assert.match(text, /^ {2}nat: \{ type: ping, addresses: \[10\.0\.10\.100, 10\.0\.20\.100\] \}/m);
    assert.match(text, /^ {4}recovery: \{ target: LocalServer, finalAction: shutdown \}$/m);
    const weak = await baton(["check", "cluster.yaml"]);
    const [, command] = /\n[^\n]*: baton (witness -c \S+)\n$/.exec(weak.out) ?? assert.fail(weak.out);
    const made = await baton(command!.split(" "));
    assert.equal(made.status, 0, made.err);
    const sound = await baton(["check", "cluster.witness.yaml"]);
    assert.equal(sound.status, 0, sound.err);
    assert.match(sound.out, /The witness witness is a sound vote/);
    assert.doesNotMatch(sound.out, /baton witness/);
  }));

Deno.test("init: the guide's EIP cluster, with names of one's own, and what the account lacks", () => {
  const topology = eipTopology();
  topology.region.instances[1]!.state = "stopped";
  return withAccount(topology, async ({ folder, init, topology }) => {
    const [first, second] = topology.servers;
    const args = [
      "--quorum",
      "tcp",
      "--topology",
      "eip",
      "--servers",
      `a=${first!.instanceId},b=${second!.instanceId}`,
      "--out",
      "eip.yaml",
    ];
    const { status, err } = await init(args);
    assert.equal(status, 0, err);
    const text = await Deno.readTextFile(join(folder, "eip.yaml"));
    assert.match(text, /endpoint: \{ type: tcp, host: ec2\.ap-northeast-1\.amazonaws\.com, port: 443 \}/);
    assert.match(
      text,
      /allocation: eipalloc-1234abcd # 203\.0\.113\.10\n {8}eni: eni-249f6c6d # of a\n {8}individually:\n {10}b: \{ eni: eni-3c8a1e5f \}/,
    );
    assert.match(err, /warning: b \(i-\w+\) is stopped; start it\./);

    const alone = await init([...args.slice(2, -1), "alone.yaml", "--quorum", "none"]);
    assert.equal(alone.status, 0, alone.err);
    const lines = (await Deno.readTextFile(join(folder, "alone.yaml"))).split("\n");
    const servers = lines.findIndex((line) => line.startsWith("servers:")) + 1;
    assert.ok(servers > 0);
    assert.match(alone.err, new RegExp(`^warning: alone\\.yaml:${servers}: quorum: 2 servers without`, "m"));
  });
});

Deno.test("init: a wrong or missing answer is named with its option, and nothing is written", () =>
  withAccount(vipTopology(), async ({ folder, init }) => {
    for (
      const [args, said] of [
        [["--ip", "10.0.99.1"], /--ip 10\.0\.99\.1: it lies in 10\.0\.0\.0\/16 of vpc-1234abcd/],
        [["--servers", "server1,server9"], /there is no server9; there are server1, server2/],
        [["--servers", "server1"], /at least two servers are needed/],
        [["--topology", "eip"], /--servers is needed/],
        [["--vpc", "vpc-99"], /there is no such VPC with instances in ap-northeast-1/],
        [["--quorum", "ping"], /s3 or ping:ADDRESS,ADDRESS or tcp or none is needed/],
        [["--bucket", "UP"], /--bucket UP: a bucket has 3 to 63 lower case letters/],
      ] as const
    ) {
      const { status, err } = await init(["--yes", ...args]);
      assert.equal(status, 2, args.join(" "));
      assert.match(err, said);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test({
  name: "init: on a terminal it asks in the order of the guide's wizard, and asks again after a wrong answer",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withAccount(vipTopology(), async ({ folder, init }) => {
      // topology, name, vpc, servers, timing, interconnect, quorum, bucket (twice), group, ip (twice)
      const typed = ["", "my-cluster", "", "server2 server1", "fast", "", "", "No", "", "web", "10.0.0.9", ""];
      const { status, out } = await init([], typed.map((line) => `${line}\n`).join(""));
      assert.equal(status, 0, out);
      const asked = [
        "Where are the clients",
        "Name of the cluster",
        "VPC of the servers",
        "Servers, by their names",
        "How fast is a failure noticed",
        "Addresses at which the servers hear",
        "Network partition resolution: s3",
        "Bucket of the witness",
        "a bucket has 3 to 63",
        "Bucket of the witness",
        "Name of the failover group",
        "Virtual IP address",
        "it lies in 10.0.0.0/16",
        "Virtual IP address",
        "is written",
      ];
      let at = 0;
      for (const text of asked) {
        const found = out.indexOf(text, at);
        assert.ok(found >= 0, `${text} does not come after ${out.slice(Math.max(0, at - 80), at)} in:\n${out}`);
        at = found + text.length;
      }
      const text = await Deno.readTextFile(join(folder, "cluster.yaml"));
      assert.match(text, /^cluster: my-cluster$[^]*^timing: fast$[^]*^ {2}server2: [^]*^ {2}server1: [^]*^ {2}web:/m);
      assert.match(text, /eni: eni-5a3a7902 # of server2/);
      assert.match(text, /bucket: baton-my-cluster-[0-9a-f]{10},/);
    }),
});
