/** Which tables a VIP has, and what is done about those without a route; the source/destination check. */
import assert from "node:assert/strict";
import { activateContext } from "../../../core/plugin/context.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import awsVipMonitor from "../../../plugins/monitors/aws-vip.ts";
import awsVip, { type AwsVipOptions } from "../../../plugins/resources/aws-vip.ts";
import { createBench, ENI, PEER_ENI, type TestBench, VIP, VPC } from "../../conformance/bench.ts";
import { FakeEc2 } from "../../conformance/fake_ec2.ts";

const OPTIONS: AwsVipOptions = { ip: VIP, vpc: VPC, eni: ENI };
const ROLE = "arn:aws:iam::222233334444:role/baton-routes";

const activate = (bench: TestBench, options: AwsVipOptions) =>
  awsVip.activate(activateContext(bench.context(options), "failover", 7));

/** Where each table sends the VIP, by table. */
function targets(ec2: FakeEc2): Record<string, string | undefined> {
  return Object.fromEntries(
    ec2.tables.map(({ id, routes }) => [id, routes.find((one) => one.destination === `${VIP}/32`)?.eniId]),
  );
}

/** An account of others with two tables, of which one routes the VIP. */
function otherAccount(bench: TestBench): FakeEc2 {
  const account = new FakeEc2();
  account.tables.push(
    { id: "rtb-8", vpcId: VPC, routes: [{ destination: `${VIP}/32`, eniId: PEER_ENI, state: "active" }] },
    { id: "rtb-9", vpcId: VPC, routes: [] },
  );
  bench.ec2.accounts.set(ROLE, account);
  return account;
}

Deno.test("createRoute adds the route where it is missing: to all tables of the VPC, or to those that are listed", async () => {
  await using bench = await createBench();
  await activate(bench, { ...OPTIONS, tables: ["rtb-1", "rtb-other"], createRoute: true });
  assert.deepEqual(targets(bench.ec2), { "rtb-1": ENI, "rtb-2": PEER_ENI, "rtb-other": ENI });
  assert.equal(bench.ec2.calls.filter((call) => call === "createRoute").length, 1);
  await using whole = await createBench();
  await activate(whole, { ...OPTIONS, createRoute: true });
  assert.deepEqual(targets(whole.ec2), { "rtb-1": ENI, "rtb-2": ENI, "rtb-other": ENI });
});

Deno.test("createRoute of IPv6 makes a /128, and of a VIP that no table routes makes all", async () => {
  await using bench = await createBench();
  await activate(bench, { ...OPTIONS, ip: "fd00:cccc::20", createRoute: true });
  for (const { routes } of bench.ec2.tables) {
    assert.deepEqual(routes.at(-1), { destination: "fd00:cccc::20/128", eniId: ENI, state: "active" });
  }
});

Deno.test("createRoute replaces a route that was made since the tables were read", async () => {
  await using bench = await createBench();
  const createRoute = bench.ec2.createRoute.bind(bench.ec2);
  bench.ec2.createRoute = async (route, options) => {
    await createRoute({ ...route, eniId: PEER_ENI }, options);
    await createRoute(route, options);
  };
  await activate(bench, { ...OPTIONS, tables: ["rtb-other"], createRoute: true });
  assert.equal(targets(bench.ec2)["rtb-other"], ENI);
});

Deno.test("tables limits what is touched; a listed one without the route, or that does not exist, is named", async () => {
  await using bench = await createBench();
  await activate(bench, { ...OPTIONS, tables: ["rtb-2"] });
  assert.deepEqual(targets(bench.ec2), { "rtb-1": PEER_ENI, "rtb-2": ENI, "rtb-other": undefined });
  for (const id of ["rtb-other", "rtb-none"]) {
    await assert.rejects(activate(bench, { ...OPTIONS, tables: ["rtb-2", id] }), (error) => {
      assert.ok(error instanceof Fault && error.code === FAULT_CODES.requestFailed && !error.uncertain);
      assert.match(error.message, new RegExp(`1 route table\\(s\\) could not be pointed to eni-a: ${id} \\(`));
      return true;
    });
    const verdict = await awsVipMonitor.check(bench.context({ ...OPTIONS, tables: ["rtb-2", id] }));
    assert.deepEqual([verdict.status, verdict.code], ["error", FAULT_CODES.routeChanged]);
    assert.match(verdict.message, new RegExp(`${id} leads to no network interface`));
  }
});

Deno.test("the tables of another account are changed by its role, together with ours", async () => {
  await using bench = await createBench();
  const account = otherAccount(bench);
  await activate(bench, { ...OPTIONS, assumeRole: [ROLE] });
  assert.deepEqual(targets(bench.ec2), { "rtb-1": ENI, "rtb-2": ENI, "rtb-other": undefined });
  assert.deepEqual(targets(account), { "rtb-8": ENI, "rtb-9": undefined });
  account.tables[0]!.routes[0]!.eniId = PEER_ENI;
  const verdict = await awsVipMonitor.check(bench.context({ ...OPTIONS, assumeRole: [ROLE] }));
  assert.match(verdict.message, /rtb-8 leads to eni-b/);
  await activate(bench, { ...OPTIONS, assumeRole: [`${ROLE} rtb-8 rtb-9`], createRoute: true, tables: ["rtb-1"] });
  assert.deepEqual(targets(account), { "rtb-8": ENI, "rtb-9": ENI });
});

Deno.test("a table that is seen without its role is changed by it all the same", async () => {
  await using bench = await createBench();
  const account = otherAccount(bench);
  bench.ec2.tables.push(account.tables[0]!);
  const replaceRoute = bench.ec2.replaceRoute.bind(bench.ec2);
  bench.ec2.replaceRoute = (route, options) =>
    route.tableId === "rtb-8" ? Promise.reject(new Fault(5, "denied")) : replaceRoute(route, options);
  await activate(bench, { ...OPTIONS, assumeRole: [ROLE] });
  assert.equal(targets(account)["rtb-8"], ENI);
});

Deno.test("a role that is refused stops the activation with the reason", async () => {
  await using bench = await createBench();
  await assert.rejects(activate(bench, { ...OPTIONS, assumeRole: [ROLE] }), /AssumeRole of arn:.* was denied/);
});

Deno.test("the source/destination check is switched off on request, once, and seen off", async () => {
  await using bench = await createBench();
  const eni = bench.ec2.enis.get(ENI)!;
  eni.sourceDestCheck = true;
  await awsVip.prepare?.(bench.context({ ...OPTIONS, sourceDestCheck: "disable" }));
  assert.ok(eni.sourceDestCheck, "preparing changes nothing");
  for (let round = 0; round < 2; round++) await activate(bench, { ...OPTIONS, sourceDestCheck: "disable" });
  assert.equal(eni.sourceDestCheck, false);
  assert.equal(bench.ec2.calls.filter((call) => call === "setSourceDestCheck").length, 1);
  assert.deepEqual(bench.warnings, []);
});

Deno.test("a check that can't be switched off stops the activation; one that can't be read does not", async () => {
  await using bench = await createBench();
  await awsVip.prepare?.(bench.context({ ...OPTIONS, sourceDestCheck: "disable" }));
  bench.ec2.failing.set("networkInterface", new Fault(5, "throttled", { uncertain: true }));
  await activate(bench, { ...OPTIONS, sourceDestCheck: "disable" });
  assert.match(bench.warnings.join(), /could not be found out: throttled/);
  bench.ec2.failing.clear();
  bench.ec2.enis.get(ENI)!.sourceDestCheck = true;
  bench.ec2.failing.set("setSourceDestCheck", new Fault(5, "ec2:ModifyNetworkInterfaceAttribute is denied"));
  await assert.rejects(activate(bench, { ...OPTIONS, sourceDestCheck: "disable" }), /is denied/);
});

Deno.test("the options of aws-vip are checked before anything runs", () => {
  const problems = (options: Partial<AwsVipOptions>) => awsVip.validate?.({ ...OPTIONS, ...options });
  assert.deepEqual(problems({}), []);
  assert.match(String(problems({ ip: "224.0.0.5" })), /multicast/);
  assert.match(String(problems({ ip: "fe80::1" })), /link-local/);
  assert.match(
    String(problems({ tables: ["rtb-1", "rtb-2"], assumeRole: [`${ROLE} rtb-2`] })),
    /rtb-2 is named twice/,
  );
});
