import assert from "node:assert/strict";
import "../../../core/aws/sdk_sts.ts";
import { vipTopology } from "../../../sandbox/mod.ts";
import { faultOf, withBench } from "./helpers.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

const VPC = "vpc-1234abcd";
const ROLE = "arn:aws:iam::222233334444:role/baton-routes";
const VIP = "10.1.0.20/32";

/** The table of the second zone belongs to another account. */
function sharedTopology() {
  const topology = vipTopology();
  topology.region.routeTables.find((one) => one.id === "rtb-0000b002")!.ownerId = "222233334444";
  return topology;
}

const roles = { [ROLE]: { allow: ["ec2:DescribeRouteTables", "ec2:ReplaceRoute"] } };

Deno.test("a role sees and changes the tables of its account, and those of ours are not its business", () =>
  withBench(async ({ sandbox, ec2, permitted, signal }) => {
    const ids = async (one = ec2) =>
      (await one.routeTables({ vpcId: VPC, destination: VIP }, { signal })).map(({ id }) => id);
    assert.deepEqual(await ids(), ["rtb-0000ab01", "rtb-0000a002"]);
    const theirs = ec2.assuming(ROLE);
    assert.deepEqual(await ids(theirs), ["rtb-0000b002"]);
    const route = { tableId: "rtb-0000b002", destination: VIP, eniId: "eni-5a3a7902" };
    assert.match((await faultOf(ec2.replaceRoute(route, { signal }))).message, /routeTable ID 'rtb-0000b002'/);
    assert.match(
      (await faultOf(permitted(() => 0).assuming(ROLE).replaceRoute(route, { signal }))).message,
      /was not sent: this server has no permit/,
    );
    await permitted(() => 5_000).assuming(ROLE).replaceRoute(route, { signal });
    const table = sandbox.region.routeTables.find((one) => one.id === "rtb-0000b002")!;
    assert.equal(table.routes.find((one) => one.destination === VIP)?.eniId, "eni-5a3a7902");
    assert.equal(sandbox.calls.list({ action: "AssumeRole" }).length, 1, "the credentials are kept");
    const denied = await faultOf(theirs.createRoute(route, { signal }));
    assert.match(denied.message, /222233334444:assumed-role\/baton-routes\/baton is not authorized.*ec2:CreateRoute/);
  }, { topology: sharedTopology(), options: { roles } }));

Deno.test("a role that may not be assumed is a fault of its own, and so is an STS that does not answer", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    const read = (role: string) => faultOf(ec2.assuming(role).routeTables({ vpcId: VPC }, { signal }));
    const denied = await read("arn:aws:iam::222233334444:role/other");
    assert.deepEqual([denied.code, denied.uncertain], [5, true]);
    assert.match(
      denied.message,
      /^AssumeRole of arn:.*role\/other was denied.*not authorized to perform: sts:AssumeRole/,
    );
    assert.match(denied.remedy, /allow the action sts:AssumeRole on arn:.*trust policy/);
    sandbox.faults.add({ kind: "throttle", action: "AssumeRole", count: 1 });
    await ec2.assuming(ROLE).routeTables({ vpcId: VPC }, { signal });
    const elsewhere = "arn:aws:iam::555566667777:role/baton";
    sandbox.faults.add({ kind: "hang", action: "AssumeRole" });
    const watch = new Stopwatch();
    const silent = await read(elsewhere);
    assert.deepEqual([silent.code, silent.uncertain], [6, true]);
    assert.ok(watch.ownMs < 2_500, "the deadline of the call ends it");
  }, { topology: sharedTopology(), options: { roles }, sdk: { callTimeoutMs: 1_500 } }));
