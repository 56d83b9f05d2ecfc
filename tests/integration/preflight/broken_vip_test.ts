/** What a preflight finds in a cluster with a VIP: one set-up, one thing broken. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Region } from "../../../sandbox/ec2/model.ts";
import { assertFound, type Break, notWell, onBench, type PreflightBench } from "./bench.ts";

const region = ({ sandbox }: PreflightBench): Region => sandbox.region;
const rowsOf = (bench: PreflightBench) =>
  region(bench).routeTables.flatMap(({ routes }) => routes).filter(({ destination }) => destination === "10.1.0.20/32");

function finds(
  what: string,
  broken: Break,
  ...wanted: Parameters<typeof assertFound> extends [unknown, ...infer W] ? W : never
) {
  Deno.test(`preflight of a VIP finds ${what}`, () =>
    onBench("vip", broken, async (bench) => assertFound(await bench.run(), ...wanted)));
}

Deno.test("preflight of the guide's cluster with a VIP has nothing to say, and changes nothing", () =>
  onBench("vip", {}, async (bench) => {
    const before = structuredClone(region(bench));
    const report = await bench.run();
    assert.deepEqual(notWell(report), []);
    assert.ok(report.findings.length > 20);
    assert.deepEqual(region(bench), before);
    const dry = bench.sandbox.calls.list().filter(({ action }) => !action.startsWith("Describe"));
    assert.ok(dry.length >= 4 && dry.every(({ params }) => params.DryRun === "true"));
  }));

finds("a VIP inside the VPC", {
  world: (bench) => void region(bench).vpcs[0]!.cidrBlocks.push("10.1.0.0/16"),
}, ["error", 7, "awsvip1", /10\.1\.0\.20 lies inside 10\.1\.0\.0\/16.*choose an address outside/]);

Deno.test("preflight of a VIP finds a VPC that does not exist", () =>
  onBench("vip", { file: [["vpc-1234abcd", "vpc-99999999"]] }, async (bench) => {
    const found = notWell(await bench.run());
    assert.ok(found.some(({ code, message }) => code === 5 && /vpc ID 'vpc-99999999' does not exist/.test(message)));
  }));

finds("an ENI that does not exist", {
  file: [["eni: eni-5a3a7902", "eni: eni-99999999"]],
}, ["error", 5, "awsvip1", /networkInterface ID 'eni-99999999' does not exist.*correct 'eni-99999999'/]);

Deno.test("preflight of a VIP finds ENIs that are interchanged", () =>
  onBench("vip", {
    file: [["eni-5a3a7902", "eni-0"], ["eni-4bc00502", "eni-5a3a7902"], ["eni-0", "eni-4bc00502"]],
  }, async (bench) => {
    assertFound(await bench.run(), ["error", 5, "awsvip1", /eni-4bc00502 is on i-\w+, but server2 is i-\w+; set eni/]);
  }));

finds("a source/destination check that is on", {
  world: (bench) => {
    region(bench).networkInterfaces.find(({ id }) => id === "eni-5a3a7902")!.sourceDestCheck = true;
  },
}, ["error", 20, "awsvip1", /is on, so EC2 drops.*--no-source-dest-check/]);

finds("a route table without a row for the VIP", {
  world: (bench) => {
    const table = region(bench).routeTables.find(({ id }) => id === "rtb-0000a002")!;
    table.routes = table.routes.filter(({ destination }) => destination !== "10.1.0.20/32");
  },
}, ["warning", 48, "awsvip1", /rtb-0000a002 has no route.*subnet-0000002a.*add the route 10\.1\.0\.20\/32/]);

finds(
  "that no route table has a row for the VIP",
  {
    world: (bench) => {
      for (const table of region(bench).routeTables) {
        table.routes = table.routes.filter(({ destination }) => destination !== "10.1.0.20/32");
      }
    },
  },
  ["error", 5, "awsvip1", /no route table of vpc-1234abcd.*add the route 10\.1\.0\.20\/32/],
);

finds("another cluster that has the same VIP", {
  world: (bench) => {
    const nat = region(bench).networkInterfaces.find(({ description }) => description === "NAT1")!;
    rowsOf(bench)[0]!.eniId = nat.id;
  },
}, ["error", 44, "awsvip1", /rtb-0000ab01 leads 10\.1\.0\.20\/32 to eni-\w+, which is of no server of this cluster/]);

finds(
  "routes that lead into a black hole",
  {
    world: (bench) => {
      region(bench).instances.find(({ tags }) => tags.Name === "server1")!.state = "stopped";
    },
  },
  ...["rtb-0000ab01", "rtb-0000a002", "rtb-0000b002"].map((id) =>
    ["warning", 48, "awsvip1", new RegExp(`${id} leads .* into a black hole`)] as ["warning", number, string, RegExp]
  ),
);

finds("a NAT instance that is stopped", {
  world: (bench) => {
    region(bench).instances.find(({ tags }) => tags.Name === "NAT2")!.state = "stopped";
  },
}, ["error", 47, "awsvip1", /default route of rtb-0000b002.*gone or stopped; start the NAT instance/]);

finds(
  "that routes may not be replaced",
  {
    allow: ["ec2:Describe*", "ec2:StopInstances"],
  },
  ...["rtb-0000ab01", "rtb-0000a002", "rtb-0000b002"].map((id) =>
    ["error", 5, "awsvip1", new RegExp(`${id}.*UnauthorizedOperation.*allow the action ec2:ReplaceRoute`)] as [
      "error",
      number,
      string,
      RegExp,
    ]
  ),
);

finds("that other servers may not be stopped", {
  allow: ["ec2:Describe*", "ec2:ReplaceRoute"],
}, ["error", 5, "fence of server1", /ec2:StopInstances/]);

finds("that the zone may not be asked for", {
  allow: [
    "ec2:DescribeV*",
    "ec2:DescribeR*",
    "ec2:DescribeN*",
    "ec2:DescribeS*",
    "ec2:DescribeI*",
    "ec2:ReplaceRoute",
    "ec2:StopInstances",
  ],
}, ["error", 5, "awsazw1", /allow the action ec2:DescribeAvailabilityZones/]);

finds("a security group that does not let heartbeats in", {
  world: (bench) => {
    const group = region(bench).securityGroups[0]!;
    group.rules = group.rules.filter(({ protocol }) => protocol !== "udp");
  },
}, [
  "error",
  42,
  "server1 -> server2",
  /sg-0000ba70 \(servers\) of server2 has no inbound rule that lets UDP 7710 from 10\.0\.110\.100 \(server1\) through; add to sg-0000ba70 the inbound rule: UDP, port 7710, from sg-0000ba70/,
], ["error", 42, "server2 -> server1", /of server1 has no inbound rule/]);

finds("a network ACL that denies heartbeats", {
  world: (bench) => {
    const acl = region(bench).networkAcls[0]!;
    acl.entries.push({
      number: 50,
      egress: false,
      allow: false,
      protocol: "17",
      cidr: "10.0.110.0/24",
      fromPort: 7_000,
      toPort: 8_000,
    });
  },
}, [
  "error",
  42,
  "server1 -> server2",
  /acl-0000ba70 of subnet-0000002b.*rule 50 denies it.*number below 50: allow UDP, port 7710/,
]);

Deno.test("preflight of a VIP finds that EC2 is not reached", () =>
  onBench("vip", {
    file: [["timeout: 3s }\nservers", "timeout: 300ms }\nservers"]],
    world: ({ sandbox }) => void sandbox.faults.add({ kind: "unreachable" }),
  }, async (bench) => {
    const found = notWell(await bench.run({ thorough: false }));
    assert.ok(found.some(({ subject, code, status }) => subject === "awsvip1" && code === 6 && status === "unknown"));
    assert.ok(!found.some(({ status, subject }) => status === "error" && subject.startsWith("awsvip1")));
  }));

finds("a start script that is not there", {
  file: [["start: [FOLDER/start.sh]", "start: [FOLDER/other.sh]"]],
}, ["error", 99, "app1", /start: the program .*other\.sh does not exist/]);

finds("a stop script that its interpreter would not find", {
  file: [["sh, FOLDER/start.sh", "sh, FOLDER/stop.sh"]],
}, ["error", 99, "app1", /stop: sh has to run .*stop\.sh, which does not exist/]);

finds("a start script that may not be executed", {
  world: ({ folder }) => Deno.chmod(join(folder, "start.sh"), 0o644),
}, ["error", 99, "app1", /start\.sh may not be executed; chmod \+x/]);

finds("a service that is not installed", {
  world: ({ folder }) => Deno.remove(join(folder, "machine/services/db")),
}, ["error", 5, "db1", /there is no service db on this server; install it here too/]);

finds(
  "a tie-breaker that does not answer",
  {
    world: ({ folder }) => Deno.remove(join(folder, "machine/reach/10.0.10.100")),
  },
  ["error", 6, "nat", /10\.0\.10\.100/],
  ["error", 6, "ipw1", /10\.0\.10\.100/],
);
