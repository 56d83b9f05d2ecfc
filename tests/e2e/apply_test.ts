import assert from "node:assert/strict";
import { join } from "node:path";
import { type ApplyCluster, NAMES, startedAt, until, withCluster } from "./apply_cluster.ts";

const ADDED = `  failover2:
    servers: [server1, server2, server3]
    resources:
      app2: { type: script, start: ["true"], stop: ["true"] }
`;

Deno.test("apply: other intervals of a monitor are taken up at once, in agents that go on, with the group where it is", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const server2 = cluster.machine("server2");
    const before = await startedAt(cluster);
    const epoch = (await cluster.answer(server2)).view.groups[0]!.epoch;
    const text = cluster.file({ interval: "3s" });
    const { status, text: said } = await cluster.apply(server2, text);
    assert.equal(status, 0, said);
    assert.match(said, /^~ monitors\.awsazw1\.interval: 2s -> 3s$/m);
    assert.match(said, /No agent and no group starts again/);
    await cluster.allRun(text);
    assert.deepEqual(await startedAt(cluster), before);
    const seen = await cluster.answer(server2);
    assert.deepEqual([seen.view.groups[0]!.carrier, seen.view.groups[0]!.epoch], ["server1", epoch]);
    assert.equal(seen.file.generation, 1);
    for (const { folder } of cluster.machines) {
      assert.equal(await Deno.readTextFile(join(folder, "cluster.yaml")), text);
      assert.equal(await Deno.readTextFile(join(folder, "cluster.yaml.before")), cluster.file());
    }
    // A file with the same meaning is a new generation, and nothing else.
    const again = await cluster.apply(server2, `# a comment\n${text}`);
    assert.equal(again.status, 0, again.text);
    assert.deepEqual(await startedAt(cluster), before);
  }));

Deno.test("apply: a new group comes into agents that go on; for a fourth server they start again one after the other, the carrier last and only if allowed", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const server3 = cluster.machine("server3");
    const [before, text] = [await startedAt(cluster), cluster.file({ groups: ADDED })];
    const epoch = (await cluster.answer(server3)).view.groups[0]!.epoch;
    const added = await cluster.apply(server3, text);
    assert.equal(added.status, 0, added.text);
    assert.match(added.text, /No agent and no group starts again/);
    // It ends when the new group is up.
    assert.match(added.text, /^failover2 is online on server\d, after \d+ ms$/m);
    await cluster.allRun(text);
    assert.deepEqual(await startedAt(cluster), before);
    const [first] = (await cluster.answer(server3)).view.groups;
    assert.deepEqual([first!.carrier, first!.epoch], ["server1", epoch]);

    const four = cluster.file({ groups: ADDED, servers: 4 });
    const refused = await cluster.apply(server3, four);
    assert.equal(refused.status, 1, refused.text);
    assert.match(refused.text, /\(failover1 on server1, failover2 on server\d\): allow it with --allow-restart/);
    const carriers = (await cluster.answer(server3)).view.groups.map(({ carrier }) => carrier);
    const grown = await cluster.apply(server3, four, "--allow-restart");
    assert.equal(grown.status, 0, grown.text);
    const order = [...grown.text.matchAll(/^(server\d) runs it/gm)].map((match) => match[1]);
    const wanted = [...NAMES].sort((a, b) => Number(carriers.includes(a)) - Number(carriers.includes(b)));
    assert.deepEqual(order, wanted, `carriers: ${carriers.join(", ")}`);
    await cluster.allRun(four);
    await until("a majority of four carries both groups", async () => {
      const seen = await cluster.seen(server3);
      return seen?.view.votes.total === 4 && seen.view.groups.every(({ carrier }) => carrier !== null);
    });
  }));

Deno.test("apply: what one server refuses, and what is not sound in a running cluster, changes nothing anywhere", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const [server1, server2] = [cluster.machine("server1"), cluster.machine("server2")];
    // A drop-in that two servers have and the third has not.
    for (const { folder } of [server1, server2]) {
      await Deno.mkdir(join(folder, "plugins"));
      await Deno.writeTextFile(
        join(folder, "plugins", "well.ts"),
        `export default { kind: "monitor", description: "Well.", options: {},
  check: () => Promise.resolve({ status: "normal", message: "" }) };\n`,
      );
    }
    const before = await startedAt(cluster);
    const odd = `${cluster.file()}  well1: { type: well, recovery: { target: LocalServer } }\n`;
    const refused = await cluster.apply(server1, odd, "--allow-restart");
    assert.equal(refused.status, 1, refused.text);
    assert.match(refused.text, /nothing was changed: server3: .*cluster\.yaml\.next:.*well/);

    const slower = await cluster.apply(server1, cluster.file({ timing: "standard" }), "--allow-restart");
    assert.equal(slower.status, 1, slower.text);
    assert.match(slower.text, /another timing needs a cluster that carries nothing.*`baton stop failover1`/);

    const two = cluster.file().replace("  server3:", "  server5:").replaceAll(
      /server3: \{ (start|eni)/g,
      "server5: { $1",
    ).replace("[server1, server2, server3]", "[server1, server2, server5]");
    const votes = await cluster.apply(server1, two, "--allow-restart");
    assert.equal(votes.status, 1, votes.text);
    assert.match(votes.text, /votes are changed one at a time.*changes 2 \(without server3, with server5\)/);

    assert.deepEqual(await startedAt(cluster), before);
    for (const { folder } of cluster.machines) {
      assert.equal(await Deno.readTextFile(join(folder, "cluster.yaml")), cluster.file());
      await assert.rejects(Deno.stat(join(folder, "cluster.yaml.next")), Deno.errors.NotFound);
    }
    assert.equal((await cluster.answer(server1)).file.generation, 0);
  }));

Deno.test("apply: a server that was dead, and one that dies before the file counts for it, fetch it when they are back", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const [server1, server2, server3] = NAMES.map((name) => cluster.machine(name)) as [
      ReturnType<ApplyCluster["machine"]>,
      ReturnType<ApplyCluster["machine"]>,
      ReturnType<ApplyCluster["machine"]>,
    ];
    await server3.kill();
    await until(
      "server3 is missed",
      async () =>
        (await cluster.seen(server1))?.view.servers.find(({ name }) => name === "server3")?.status === "offline",
    );
    const text = cluster.file({ interval: "3s" });
    const missed = await cluster.apply(server1, text);
    assert.equal(missed.status, 1, missed.text);
    assert.match(missed.text, /server3 is not heard: start it, or leave it out with --without server3/);
    const wrong = await cluster.apply(server1, text, "--without", "server2");
    assert.match(wrong.text, /--without server2: it is heard, so it can take part/);
    const { status, text: said } = await cluster.apply(server1, text, "--without", "server3");
    assert.equal(status, 0, said);
    await cluster.allRun(text, ["server1", "server2"]);
    server3.start();
    await cluster.allRun(text);
    const seen = await cluster.answer(server3);
    assert.equal(seen.file.generation, 1);
    assert.match(
      seen.reasons.find(({ code }) => code === "file")?.text ?? "",
      /had an older cluster\.yaml; it has fetched generation 1 from server[12]\./,
    );
    await until(
      "server2 sees that all have generation 1",
      async () => (await cluster.seen(server2))?.file.others.every(({ generation }) => generation === 1) === true,
    );
  }));

Deno.test("apply: a server that is killed between preparing a file and the moment it counts fetches it, and the others wait for it", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const [server1, server2, server3] = ["server1", "server2", "server3"].map((name) => cluster.machine(name));
    for (const { name, folder } of cluster.machines) {
      await Deno.mkdir(join(folder, "plugins"));
      // Server2 takes its time to look at the file, so that server3 can die after its yes.
      const wait = name === "server2" ? "await new Promise((resolve) => setTimeout(resolve, 4_000));\n" : "";
      await Deno.writeTextFile(
        join(folder, "plugins", "well.ts"),
        `${wait}export default { kind: "monitor", description: "Well.", options: {},
  check: () => Promise.resolve({ status: "normal", message: "" }) };\n`,
      );
    }
    // All agents start again for it, one after the other.
    const file = cluster.file({ top: "selfFence: reboot\n" });
    const text = `${file}  well1: { type: well, recovery: { target: LocalServer } }\n`;
    const applied = cluster.apply(server1!, text, "--allow-restart", "--wait", "0");
    const next = join(server3!.folder, "cluster.yaml.next");
    await until("server3 has prepared it", async () => (await Deno.readTextFile(next).catch(() => "")) === text);
    // Its own look at the drop-in takes a part of a second, that of server2 four.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await server3!.kill();
    const { status, text: said } = await applied;
    assert.equal(status, 0, said);
    assert.match(said, /Generation 1 is in place, not yet on server3 \(it did not answer within 10 s\), which/);
    await cluster.allRun(text, ["server2"]);
    await until(
      "server1 waits for server3",
      async () => /server3 comes before it/.test((await cluster.seen(server1!))?.file.waits ?? ""),
    );
    assert.equal((await cluster.answer(server1!)).view.groups[0]?.carrier, "server1");
    const shown = await server1!.baton("status", "--url", server1!.statusUrl);
    assert.match(
      shown.text,
      /generation 1: not the same\n {2}server1 still runs the one before: server3 comes before it/,
    );

    assert.equal(await Deno.readTextFile(join(server3!.folder, "cluster.yaml")), cluster.file());
    server3!.start();
    await cluster.allRun(text);
    await until(
      "the group is carried again",
      async () => typeof (await cluster.seen(server2!))?.view.groups[0]?.carrier === "string",
    );
  }));

Deno.test("apply: other options of one group move that group once; no agent starts again, and the other group stays where it is", () =>
  withCluster(async (cluster) => {
    const own = (mark: string) =>
      `  failover2:
    servers: [server2, server1]
    resources:
      app2: { type: script, start: ["sh", "-c", "echo ${mark} >> ${cluster.folder}/started"], stop: ["true"] }
`;
    for (const machine of cluster.machines) await cluster.write(machine, cluster.file({ groups: own("old") }));
    await cluster.start();
    const [server1, server3] = [cluster.machine("server1"), cluster.machine("server3")];
    const groups = async () => {
      const seen = await cluster.answer(server1);
      return Object.fromEntries(seen.view.groups.map((one) => [one.name, one]));
    };
    await until("server2 carries failover2", async () => {
      if ((await groups()).failover2!.carrier === "server2") return true;
      await server3.baton("move", "failover2", "server2", "--url", server3.statusUrl);
      return false;
    });
    const [started, before] = [await startedAt(cluster), await groups()];
    const seenStarts = () => Deno.readTextFile(join(cluster.folder, "started")).catch(() => "");
    await until("its program has run", async () => await seenStarts() !== "");
    const starts = await seenStarts();

    const text = cluster.file({ groups: own("new") });
    const refused = await cluster.apply(server3, text);
    assert.equal(refused.status, 1, refused.text);
    assert.match(
      refused.text,
      /groups that change have to move \(failover2 on server2\): allow it with --allow-restart/,
    );
    const { status, text: said } = await cluster.apply(server3, text, "--allow-restart");
    assert.equal(status, 0, said);
    assert.match(said, /No agent starts again/);
    await cluster.allRun(text);
    assert.deepEqual(await startedAt(cluster), started);
    const after = await groups();
    assert.deepEqual([after.failover1!.carrier, after.failover1!.epoch], ["server1", before.failover1!.epoch]);
    await until("failover2 is online on server1", async () => {
      const { carrier, status } = (await groups()).failover2!;
      return carrier === "server1" && status === "online";
    });
    // Where it was activated, it was with the new options.
    assert.equal(await Deno.readTextFile(join(cluster.folder, "started")), `${starts}new\n`);
    // Back on server2, whose agent has never started again: also there with the new ones.
    const moved = await server3.baton("move", "failover2", "server2", "--url", server3.statusUrl);
    assert.equal(moved.status, 0, moved.text);
    assert.equal(await Deno.readTextFile(join(cluster.folder, "started")), `${starts}new\nnew\n`);
    for (const machine of cluster.machines) {
      // Server3 is none of the servers of failover2, and has nothing to remove.
      const { reasons } = await cluster.answer(machine);
      assert.deepEqual(reasons.filter(({ text }) => text.includes("could not be removed")), []);
    }
  }));

Deno.test("apply: a group that can't start elsewhere with its new options comes back with the former ones, and stays so", () =>
  withCluster(async (cluster) => {
    const own = (script: string) =>
      `  failover2:
    servers: [server2, server1]
    resources:
      app2: { type: script, start: ["sh", "-c", "${script}"], stop: ["true"], activation: { retries: 0 } }
`;
    for (const machine of cluster.machines) await cluster.write(machine, cluster.file({ groups: own("true") }));
    await cluster.start();
    const [server2, server3] = [cluster.machine("server2"), cluster.machine("server3")];
    const group = async () => (await cluster.answer(server2)).view.groups.find(({ name }) => name === "failover2")!;
    await until("server2 carries failover2", async () => (await group()).status === "online");
    const { epoch } = await group();
    const applied = await cluster.apply(
      server3,
      cluster.file({ groups: own("exit 7") }),
      "--allow-restart",
      "--wait",
      "0",
    );
    assert.equal(applied.status, 0, applied.text);
    await until("it has tried server1 and is back on server2", async () => {
      const { carrier, status, epoch: now } = await group();
      return now > epoch && carrier === "server2" && status === "online";
    });
    await until("it is told", async () => /move it by hand/.test((await cluster.answer(server2)).file.waits ?? ""));
    // A better file ends it, and where the group is it has to move for that once more.
    const good = cluster.file({ groups: own("exit 0") });
    const again = await cluster.apply(server3, good, "--allow-restart");
    assert.equal(again.status, 0, again.text);
    await cluster.allRun(good);
  }));
