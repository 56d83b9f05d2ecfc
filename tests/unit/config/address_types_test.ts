/** The address types in `cluster.yaml`: what servers have for themselves, what companions get, what is refused. */
import assert from "node:assert/strict";
import type { ClusterConfig } from "../../../core/config/config.ts";
import { ConfigError, problemLine } from "../../../core/config/problem.ts";
import { exampleLoader } from "./examples.ts";
import { yaml } from "./fakes.ts";
import { fromText } from "./from_text.ts";

const read = (text: string) => fromText(text, exampleLoader);

const quorum = "quorum: { nat: { type: ping, addresses: [10.0.0.9] } }";
const group = (resource: string) =>
  yaml({ quorum, groups: `groups: { g: { resources: { thing1: { ${resource} } } } }` });
const ENIS = "individually: { server1: { eni: eni-1 }, server2: { eni: eni-2 } }";
const ROLE = "arn:aws:iam::222233334444:role/baton-routes";

const companionOf = ({ monitors }: ClusterConfig, server: string) =>
  monitors.find(({ name }) => name === "thingw1")?.options.get(server);

Deno.test("aws-vip: tables, roles and the missing route go to the companion, the check does not", async () => {
  const options = `type: aws-vip, ip: 10.1.0.20, vpc: vpc-1, tables: [rtb-1], assumeRole: ["${ROLE} rtb-2"], ` +
    `createRoute: true, sourceDestCheck: disable, ${ENIS}`;
  const config = await read(group(options));
  const common = { ip: "10.1.0.20", vpc: "vpc-1", tables: ["rtb-1"], assumeRole: [`${ROLE} rtb-2`], createRoute: true };
  assert.deepEqual(config.groups[0]?.resources[0]?.options.get("server2"), {
    ...common,
    eni: "eni-2",
    sourceDestCheck: "disable",
  });
  assert.deepEqual(companionOf(config, "server1"), { ...common, eni: "eni-1" });
});

Deno.test("aws-dns: each server has its value; the companion gets them, and its own options beside monitor", async () => {
  const config = await read(group(
    "type: aws-dns, zone: Z0123456789, name: db.example.com, ttl: 30s, delete: true, monitor: { resolve: true }, " +
      "individually: { server1: { value: 10.0.0.1 }, server2: { value: 10.0.0.2 } }",
  ));
  assert.deepEqual(companionOf(config, "server2"), {
    zone: "Z0123456789",
    name: "db.example.com",
    record: "A",
    value: "10.0.0.2",
    ttl: 30_000,
    resolve: true,
  });
});

Deno.test("aws-secondary-ip and floating-ip bring their companions", async () => {
  const secondary = await read(group(`type: aws-secondary-ip, ip: 10.0.0.50, ${ENIS}`));
  assert.deepEqual(companionOf(secondary, "server2"), { ip: "10.0.0.50", eni: "eni-2" });
  const floating = await read(group(
    "type: floating-ip, ip: 192.0.2.20, individually: { server1: { nic: eth0 }, server2: { nic: ens5 } }",
  ));
  assert.deepEqual(companionOf(floating, "server2"), { ip: "192.0.2.20", nic: "ens5", link: true });
});

Deno.test("aws-az: each server watches a zone of its own", async () => {
  const zones = "individually: { server1: { zone: ap-northeast-1a }, server2: { zone: ap-northeast-1c } }";
  const config = await read(yaml({ quorum, monitors: `monitors: { az: { type: aws-az, ${zones} } }` }));
  const [az] = config.monitors;
  assert.deepEqual([...az?.options ?? []].map(([server, { zone }]) => [server, zone]), [
    ["server1", "ap-northeast-1a"],
    ["server2", "ap-northeast-1c"],
  ]);
  assert.equal(az?.timing, "always");
});

const refused: readonly (readonly [options: string, problem: RegExp])[] = [
  [`type: aws-vip, ip: 224.0.0.20, vpc: vpc-1, ${ENIS}`, /multicast/],
  [`type: aws-vip, ip: 10.1.0.20, vpc: vpc-1, tables: [main], ${ENIS}`, /must be the id of a route table/],
  [`type: aws-vip, ip: 10.1.0.20, vpc: vpc-1, assumeRole: [baton-routes], ${ENIS}`, /must be the ARN of a role/],
  [
    `type: aws-vip, ip: 10.1.0.20, vpc: vpc-1, tables: [rtb-1], assumeRole: ["${ROLE} rtb-1"], ${ENIS}`,
    /rtb-1 is named twice/,
  ],
  [`type: aws-vip, ip: 10.1.0.20, vpc: vpc-1, sourceDestCheck: "off", ${ENIS}`, /must be one of warn, disable/],
  [`type: aws-eip, allocation: eipalloc-1, privateIp: "fd00::1", ${ENIS}`, /stands for an IPv4 address/],
  [`type: aws-secondary-ip, ip: 127.0.0.5, ${ENIS}`, /loopback/],
  ["type: aws-dns, zone: Z1, name: db.example.com, value: db2", /an A record needs an IPv4 address/],
  ["type: aws-dns, zone: example.com, name: db.example.com, value: 10.0.0.1", /must be the id of a hosted zone/],
  ["type: aws-dns, zone: Z1, name: db.example.com, value: 10.0.0.1, ttl: 1.5s", /whole seconds/],
  ["type: floating-ip, ip: fe80::1", /link-local/],
  ["type: floating-ip, ip: 192.0.2.20, announcements: 0", /is less than 1/],
];
for (const [options, problem] of refused) {
  Deno.test(`refused: ${options.slice(0, 100)}`, async () => {
    await assert.rejects(read(group(options)), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.problems.map(problemLine).join("\n"), problem);
      return true;
    });
  });
}
