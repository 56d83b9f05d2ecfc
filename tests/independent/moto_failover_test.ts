import assert from "node:assert/strict";
import { AwsCli } from "./aws_cli.ts";
import { startMoto } from "./moto.ts";
import { MotoCluster, VIP } from "./moto_cluster.ts";
import { allReady, carriesFirst, online, until } from "../e2e/waiting.ts";

/** Where clients are sent, as the AWS CLI tells: the interfaces of all routes of the VIP, or of the Elastic IP. */
async function targets(kind: "vip" | "eip", cli: AwsCli, { net }: MotoCluster): Promise<(string | null)[]> {
  if (kind === "eip") {
    const { Addresses } = await cli.ec2("describe-addresses", "--allocation-ids", net.allocation);
    return Addresses.map((one: { NetworkInterfaceId?: string }) => one.NetworkInterfaceId || null);
  }
  const { RouteTables } = await cli.ec2(
    "describe-route-tables",
    "--filters",
    `Name=vpc-id,Values=${net.vpc}`,
    `Name=route.destination-cidr-block,Values=${VIP}/32`,
  );
  type Table = { Routes: { DestinationCidrBlock?: string; NetworkInterfaceId?: string }[] };
  return RouteTables.map(({ Routes }: Table) =>
    Routes.find((one) => one.DestinationCidrBlock === `${VIP}/32`)?.NetworkInterfaceId ?? null
  );
}

for (const kind of ["vip", "eip"] as const) {
  Deno.test(`moto: ${kind}: two agents hand the group over by kill -9, by hand and in order, seen with the AWS CLI`, async () => {
    await using moto = await startMoto();
    await using cluster = await MotoCluster.make(kind, moto);
    const cli = new AwsCli(moto.url, moto.env);
    const [server1, server2] = cluster.machines;
    const [eni1, eni2] = cluster.net.servers.map(({ eni }) => eni);
    const logs = () => cluster.logs();
    const everywhere = (eni: string | undefined) => kind === "vip" ? [eni, eni] : [eni];

    assert.deepEqual(
      await targets(kind, cli, cluster),
      kind === "vip" ? [eni1, eni1] : [null],
      "before the first start",
    );
    server1.start();
    server2.start();
    await carriesFirst(server1, server2);
    assert.deepEqual(await targets(kind, cli, cluster), everywhere(eni1), "after the start");
    await until("both are ready", () => allReady(server1), { told: logs });

    await server1.kill();
    await until("server2 carries", () => online(server2), { told: logs });
    assert.deepEqual(await targets(kind, cli, cluster), everywhere(eni2), "after kill -9");
    assert.deepEqual(cluster.carriers(), ["server2"]);

    server1.start();
    await until("both are ready again", () => allReady(server2), { told: logs });
    assert.deepEqual(await targets(kind, cli, cluster), everywhere(eni2), "no failback by itself");
    const moved = await server2.baton("move", "failover1", "server1");
    assert.equal(moved.status, 0, moved.text);
    await until("server1 carries again", () => online(server1), { told: logs });
    assert.deepEqual(await targets(kind, cli, cluster), everywhere(eni1), "after the planned move");
    assert.deepEqual(cluster.carriers(), ["server1"]);

    // Moto may leave a question of it unanswered in time, on a machine with much else to do; the next one is answered.
    await until("the monitor of the zone is normal", async () => {
      const zone = (await server1.status())?.view.monitors.find(({ name }) => name === "awsazw1");
      return zone?.status === "normal";
    }, { told: logs });

    assert.equal(await server1.stop(), 0);
    await until("server2 carries after the orderly stop", () => online(server2), { told: logs });
    assert.deepEqual(await targets(kind, cli, cluster), everywhere(eni2), "after the orderly stop");
    assert.equal(await server2.stop(), 0);
    assert.deepEqual(cluster.carriers(), [], "the last server left something behind");
    // Routes stay where they led; the address is given back.
    assert.deepEqual(await targets(kind, cli, cluster), kind === "vip" ? [eni2, eni2] : [null], "after the last stop");
    assert.equal(cluster.overlaps, 0);
    assert.ok(cluster.looks > 100);
  });
}
