import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../../core/cli/command.ts";
import { simulated, simulateOptions } from "../../../core/cli/simulate.ts";
import { styleFor } from "../../../core/cli/style.ts";

const VIP = fileURLToPath(new URL("../../../examples/guide-vip.yaml", import.meta.url));

async function simulate(args: string[], path = VIP) {
  const argv = ["-c", path, ...args];
  return await simulated(argv, simulateOptions(argv), styleFor(false));
}

/** Runs `use` with a file that is the example with something replaced. */
async function withFile(change: [string | RegExp, string][], use: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    const path = join(dir, "cluster.yaml");
    const text = await Deno.readTextFile(VIP);
    await Deno.writeTextFile(path, change.reduce((text, [from, to]) => text.replace(from, to), text));
    await use(path);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("a crash that is survived ends with 0, a link cut that both survive with 1", async () => {
  const crash = await simulate(["--crash", "server1"]);
  assert.equal(crash.status, 0);
  assert.match(crash.text, /^ {2}outage: \d+\.\d s$/m);
  assert.match(crash.text, /^ {2}two carriers: never$/m);
  const cut = await simulate(["--cut", "server1,server2"]);
  assert.equal(cut.status, 1);
  assert.match(cut.text, /two carriers: from 9\.\d s on \(weak vote\)/);
  assert.match(cut.text, /^advice: .*vip\.yaml:\d+: quorum: .*with a witness: no outage, never two carriers/m);
});

Deno.test("a one-way cut cuts one way, and --at and --after say when", async () => {
  const { text } = await simulate([
    "--cut",
    "server1>server2",
    "--at",
    "5s",
    "--kill=server2",
    "--after",
    "2s",
    "--stop",
    "failover1",
  ]);
  assert.match(
    text,
    /^what server1 sends to server2 is lost, 5 s later agent of server2 is killed, 2 s later operator stops/,
  );
  assert.match(text, /^ +7\.000 +operator stops failover1\.$/m);
});

Deno.test("a zone is that of the aws-az monitors, else the servers are named", async () => {
  assert.match((await simulate(["--az", "ap-northeast-1a"])).text, /outage: 9\.\d s/);
  await assert.rejects(simulate(["--az", "a"]), (error: Error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /ap-northeast-1a \(server1\) and ap-northeast-1b \(server2\)/);
    return true;
  });
  const both = await simulate(["--servers", "server1,server2", "--heal", "20s"]);
  assert.match(both.text, /server1 and server2 lose power/);
  assert.equal(both.status, 0);
});

Deno.test("what can't be asked is refused with what could be", async () => {
  const refused: [string[], RegExp][] = [
    [["--crash", "server3"], /there is no server server3; did you mean server1\?/],
    [["--move", "failover9=server2"], /there is no group failover9; did you mean failover1\?/],
    [["--monitor", "ipw1@server1=red"], /error, warning, unknown or normal/],
    [["--monitor", "ipw1=error"], /NAME@SERVER=error/],
    [["--cut", "server1,server1"], /two servers/],
    [["--cut", "server1"], /A,B for both ways/],
    [["--pause", "server1=soon"], /--pause soon: /],
    [["--witness-outage"], /the file has no witness/],
    [["--fence-fails"], /the file has no fence/],
    [["--heal", "5s"], /no fault/],
    [["--crash", "server1", "--for", "1s", "--at", "2s", "--kill", "server2"], /before the last thing/],
    [["--seed", "1.5"], /whole number/],
  ];
  for (const [args, message] of refused) {
    await assert.rejects(simulate(args), (error: Error) => {
      assert.ok(error instanceof UsageError, `${args.join(" ")}: ${error.stack}`);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.throws(() => simulateOptions(["--crsh", "server1"]), /did you mean --crash/);
});

Deno.test("as data: times, the line of the file, and what would come of the change", async () => {
  await withFile([[/^quorum:[^]*?\n\n/m, ""]], async (path) => {
    const { text, status } = await simulate(["--crash", "server1", "--json", "--story"], path);
    assert.equal(status, 1);
    const [question] = JSON.parse(text).questions;
    assert.equal(question.groups[0].down, true);
    assert.ok(question.story.length > 0);
    const lines = (await Deno.readTextFile(path)).split("\n");
    const [advice] = question.advice;
    assert.match(lines[advice.line - 1]!, /^servers:/, "where quorum would stand");
    assert.deepEqual(advice.keyPath, ["quorum"]);
    const witness = advice.tried.find(({ label }: { label: string }) => label === "with a witness");
    assert.ok(witness.groups[0].outageMs > 8_000 && witness.groups[0].outageMs < 12_000);
  });
});

Deno.test("how long resources take makes the outage longer", async () => {
  const text = (await simulate(["--crash", "server1", "--activation", "30s"])).text;
  assert.match(text, /outage: 39\.\d s/);
});

Deno.test("without a fault each usual question is a row", async () => {
  const { text, status } = await simulate([]);
  assert.equal(status, 1);
  assert.match(text, /^question +outage +afterwards +two carriers +advice$/m);
  assert.match(text, /^zone ap-northeast-1b loses power +none +server1 +never$/m);
});
