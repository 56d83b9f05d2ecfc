import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import { freeUdpPort } from "../../sandbox/demo/wire.ts";
import { type ApplyCluster, NAMES, until, withCluster } from "./apply_cluster.ts";

/** Takes a UDP port on loopback until it is disposed of. */
async function taken(port: number): Promise<AsyncDisposable> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", () => resolve());
  });
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())) };
}

/** The file with a second path for each server. */
function twoPaths(cluster: ApplyCluster, ports: Readonly<Record<string, number>>): string {
  return NAMES.reduce(
    (text, name) =>
      text.replace(
        new RegExp(`(${name}: \\{ interconnect: )(127\\.0\\.0\\.1:\\d+)`),
        `$1[$2, 127.0.0.1:${ports[name]}]`,
      ),
    cluster.file(),
  );
}

/** An apply of a file with which one server can't start, because somebody has the port of its second path. */
async function applyThatFails(
  cluster: ApplyCluster,
  failing: string,
): Promise<{ said: string; status: number; text: string; port: number; stopFolder: string }> {
  const ports = Object.fromEntries(
    await Promise.all(NAMES.map(async (name) => [name, await freeUdpPort()] as const)),
  ) as Record<string, number>;
  const text = twoPaths(cluster, ports);
  await using _ = await taken(ports[failing]!);
  const from = cluster.machine("server3");
  const { status, text: said } = await cluster.apply(from, text, "--allow-restart", "--wait", "60");
  // While the port is taken: everybody has, and runs, what was before.
  await cluster.allRun(cluster.file());
  return { said, status, text, port: ports[failing]!, stopFolder: from.folder };
}

Deno.test("apply: a server that can't start with the new file goes on with the former one, and all go back to it; no group moves", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const server1 = cluster.machine("server1");
    const before = await cluster.answer(server1);
    const { said, status, text, port } = await applyThatFails(cluster, "server2");
    assert.equal(status, 1, said);
    assert.match(
      said,
      new RegExp(
        `did not stay: generation 2 is in place, by server2, which could not start with generation 1: .*:${port} `,
      ),
    );
    const after = await cluster.answer(server1);
    assert.equal(after.startedAt, before.startedAt);
    assert.deepEqual(
      [after.view.groups[0]!.carrier, after.view.groups[0]!.epoch],
      ["server1", before.view.groups[0]!.epoch],
    );
    const reasons = (await cluster.answer(cluster.machine("server2"))).reasons.filter(({ code }) => code === "file");
    assert.match(reasons.map(({ text }) => text).join("\n"), /No agent can start here with the file .*can't be bound/);
    for (const { folder } of cluster.machines) {
      assert.equal(await Deno.readTextFile(join(folder, "cluster.yaml")), cluster.file());
    }
    // The port is free again: the same file is good now, and nothing is left on trial.
    const again = await cluster.apply(server1, text, "--allow-restart");
    assert.equal(again.status, 0, again.text);
    await cluster.allRun(text);
    await until("no file is on trial", async () => {
      const left = await Promise.all(
        cluster.machines.map(({ folder }) =>
          Deno.stat(join(folder, "cluster.yaml.trial")).then(() => true, () => false)
        ),
      );
      return !left.includes(true);
    });
  }));

Deno.test("apply: a carrier that can't start with the new file comes back with the former one, after the others have taken it up", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const { said, status } = await applyThatFails(cluster, "server1");
    assert.equal(status, 1, said);
    assert.match(said, /server2 runs it, after/);
    await until("the group is carried", async () => {
      const seen = await Promise.all(cluster.machines.map((machine) => cluster.seen(machine)));
      return seen.every((one) => one?.view.servers.every(({ status }) => status === "online")) &&
        seen.filter((one) => one?.view.groups[0]?.status === "online").length === 1;
    });
  }));

Deno.test("apply: a server that could not remember the file refuses it while everybody can, and says where", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const [server1, server2] = [cluster.machine("server1"), cluster.machine("server2")];
    // A folder where the note has to go stands for a disk that takes nothing.
    const obstacle = join(server2.folder, "state", "applied.json.next");
    await Deno.mkdir(join(obstacle, "in the way"), { recursive: true });
    const text = cluster.file({ interval: "3s" });
    const refused = await cluster.apply(server1, text);
    assert.equal(refused.status, 1, refused.text);
    assert.match(
      refused.text,
      /nothing was changed: server2: the state folder can't take the note of it, .*applied\.json\.next/,
    );
    assert.equal((await cluster.answer(server1)).file.generation, 0);
    await Deno.remove(obstacle, { recursive: true });
    const { status, text: said } = await cluster.apply(server1, text);
    assert.equal(status, 0, said);
    await cluster.allRun(text);
  }));

Deno.test("status and operations work while cluster.yaml can't be read, and status says that it was changed by hand", () =>
  withCluster(async (cluster) => {
    await cluster.start();
    const server2 = cluster.machine("server2");
    await cluster.write(server2, cluster.file().replace("servers:", "servers: [x"));
    await until("it is told", async () => (await cluster.seen(server2))?.file.waits?.includes("changed it") === true);
    const shown = await server2.baton("status", "--url", server2.statusUrl);
    assert.equal(shown.status, 0, shown.text);
    assert.match(shown.text, /server2: .*cluster\.yaml is not what this agent has read/);
    assert.match(shown.text, /warning: .*cluster\.yaml:\d+:\d+: .* still runs with what it has read before/);
    const moved = await server2.baton("move", "failover1", "server2", "--url", server2.statusUrl);
    assert.equal(moved.status, 0, moved.text);
    // Without an agent it is the file that counts.
    await server2.kill();
    const silent = await server2.baton("status", "--url", server2.statusUrl);
    assert.equal(silent.status, 2, silent.text);
    assert.match(silent.text, /cluster\.yaml:\d+:\d+: /);
  }));
