import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));

const WEAK = `cluster: mine
aws: { region: eu-west-1 }
servers: { a: { interconnect: 10.0.0.1 }, b: { interconnect: 10.0.0.2 } }
quorum:
  nat: { type: ping, addresses: [10.0.0.9] }
groups: { witness: { resources: { s: { type: service, service: x } } } }
`;

async function inFolder(
  work: (
    folder: string,
    baton: (...args: string[]) => Promise<{ status: number; out: string; err: string }>,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const baton = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", MAIN, ...args],
      env: { NO_COLOR: "1" },
      cwd: folder,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { status: code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  };
  try {
    await work(folder, baton);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("baton witness: two files that a running cluster takes one after the other, and what the witness needs", () =>
  inFolder(async (folder, baton) => {
    await Deno.writeTextFile(join(folder, "cluster.yaml"), WEAK);
    const { status, out, err } = await baton("witness", "--bucket", "votes");
    assert.equal(status, 0, err);
    const sound = await Deno.readTextFile(join(folder, "cluster.witness.yaml"));
    // A group has the first name already.
    assert.match(sound, /^ {2}witness1: \{ type: s3, bucket: votes, region: eu-west-1 \}$/m);
    assert.doesNotMatch(await Deno.readTextFile(join(folder, "cluster.without-vote.yaml")), /quorum|nat/);
    assert.match(out, /baton cloudformation --witness -c cluster\.witness\.yaml/);
    assert.match(
      out,
      /baton apply cluster\.without-vote\.yaml[^\n]*a loss of one server is not survived\n +baton apply cluster\.witness\.yaml\n$/,
    );
    for (const [from, to] of [["cluster", "cluster.without-vote"], ["cluster.without-vote", "cluster.witness"]]) {
      const diff = await baton("diff", `${from}.yaml`, `${to}.yaml`);
      assert.doesNotMatch(diff.out + diff.err, /votes are changed one at a time/, `${from} to ${to}`);
    }
    const again = await baton("witness");
    assert.equal(again.status, 1);
    assert.match(again.err, /cluster\.witness\.yaml exists and is not overwritten[^\n]*\(explain 314\)/);
  }));

Deno.test("baton witness: who has a sound vote, needs none, or writes in braces is told so", () =>
  inFolder(async (folder, baton) => {
    const refused = async (text: string, said: RegExp, status: number, ...more: string[]) => {
      await Deno.writeTextFile(join(folder, "c.yaml"), text);
      const end = await baton("witness", "-c", "c.yaml", ...more);
      assert.equal(end.status, status, end.err);
      assert.match(end.err, said);
    };
    await refused(
      WEAK.replace("type: ping, addresses: [10.0.0.9]", "type: s3, bucket: votes"),
      /has a witness already: nat, of the type s3/,
      1,
    );
    await refused(
      WEAK.replace("b: { int", "c: { interconnect: 10.0.0.3 }, b: { int"),
      /has 3 servers: an odd number is a majority by itself/,
      1,
    );
    await refused(WEAK, /--bucket UP: a bucket has 3 to 63/, 2, "--bucket", "UP");
    const braces = "{ cluster: mine, servers: { a: { interconnect: 10.0.0.1 }, b: { interconnect: 10.0.0.2 } }, " +
      "groups: { g: { resources: { s: { type: service, service: x } } } } }\n";
    await refused(
      braces,
      /not written with one key a line.*put this .*: quorum: witness: \{ type: s3, bucket: votes \}/,
      1,
      "--bucket",
      "votes",
    );
    assert.deepEqual((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["c.yaml"]);
  }));

Deno.test("baton witness: the examples with the guide's own vote become sound", () =>
  inFolder(async (folder, baton) => {
    await Deno.copyFile(join(EXAMPLES, "guide-vip.yaml"), join(folder, "vip.yaml"));
    const { status, err } = await baton("witness", "-c", "vip.yaml");
    assert.equal(status, 0, err);
    assert.match(await Deno.readTextFile(join(folder, "vip.witness.yaml")), /bucket: baton-cluster-[0-9a-f]{10},/);
  }));
