/** `baton check --here` and `--all` on real processes, and the policy of a run against what EC2 was asked. */
import assert from "node:assert/strict";
import { DemoCluster } from "../../sandbox/demo/cluster.ts";
import { eventually } from "../unit/agent/helpers.ts";
import { carriesFirst } from "./waiting.ts";

interface Found {
  reports: { server: string; findings: { status: string; code: number | null; subject: string; message: string }[] }[];
  readiness: { server: string; ready: boolean | null; message: string }[];
}

const json = (text: string): Found => JSON.parse(text.slice(text.indexOf("{")));

for (const kind of ["vip", "eip"] as const) {
  Deno.test(`preflight on real servers (${kind}): before the agents run, while they run, and all that EC2 is asked`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "baton-preflight-e2e-" });
    const cluster = await DemoCluster.make(kind, folder);
    const [server1, server2] = cluster.machines;
    assert.ok(server1 && server2);
    try {
      const policy = await server2.baton("iam-policy", "--region", "ap-northeast-1", "--account", "123456789012");
      assert.equal(policy.status, 0, policy.text);
      const document = JSON.parse(policy.text.slice(0, policy.text.lastIndexOf("\n}") + 2));
      const allowed: string[] = document.Statement.flatMap(({ Action }: { Action: string[] }) => Action);

      const alone = await server2.baton("check", "--here", "--server", "server2", "--json");
      const found = json(alone.text);
      const bad = found.reports[0]!.findings.filter(({ status }) => status !== "ok");
      assert.deepEqual(bad, []);
      assert.equal(alone.status, 0);
      assert.deepEqual(found.readiness.map(({ server, ready }) => [server, ready]), [["server2", true]]);

      const nobody = await server2.baton("check", "--all");
      assert.equal(nobody.status, 1);
      assert.match(nobody.text, /no agent of this cluster runs here/);

      server1.start();
      server2.start();
      await carriesFirst(server1, server2);
      const all = await server1.baton("check", "--all", "--json");
      const reports = json(all.text).reports;
      assert.deepEqual(reports.map(({ server }) => server).sort(), ["server1", "server2"], all.text);
      // Each server of the demo has ports of its own, so the files differ; how long this machine runs is not ours.
      const odd = reports.flatMap(({ findings }) => findings).filter(({ status, code }) =>
        status !== "ok" && code !== 45 && code !== 43
      );
      assert.deepEqual(odd, []);
      assert.equal(all.status, 1, "they differ");
      const text = await server1.baton("status");
      assert.match(text.text, /ready +server2 is ready to take failover1/);

      // The failover in order, with all monitors at work: nothing outside the policy, and nothing in it for nothing.
      assert.equal(await server1.stop(), 0);
      await eventually(
        "server2 is online",
        async () => (await server2.status())?.view.groups[0]?.status === "online",
      );
      assert.equal(await server2.stop(), 0);
      const called = new Set(cluster.sandbox.calls.list().map(({ action }) => `ec2:${action}`));
      assert.deepEqual([...called].sort(), allowed.sort());
    } finally {
      await cluster.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
