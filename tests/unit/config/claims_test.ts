/** The same thing named twice: by two resources, in two groups, for two servers, in other words, by drop-ins and OCF. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pluginLoader } from "../../../core/config/context.ts";
import { ConfigError } from "../../../core/config/problem.ts";
import { DropIns } from "../../../core/host/drop_ins.ts";
import { createOs } from "../../../core/os/mod.ts";
import { ocfFamily } from "../../../plugins/ocf/family.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { unnumbered, yaml } from "./fakes.ts";
import { fromText } from "./from_text.ts";

const SILENT = { debug() {}, info() {}, warn() {} };

/** A file whose groups have these resources; a third and a fourth server for what may be the same on other machines. */
function file(groups: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const lines = Object.entries(groups).flatMap(([name, resources]) => [
    `  ${name}:`,
    ...(name.endsWith("34") ? ["    servers: [server3, server4]"] : ["    servers: [server1, server2]"]),
    "    resources:",
    ...Object.entries(resources).map(([resource, text]) => `      ${resource}: { ${text} }`),
  ]);
  return yaml({
    servers: "servers: { server1: { interconnect: 10.0.0.1 }, server2: { interconnect: 10.0.0.2 }, " +
      "server3: { interconnect: 10.0.0.3 }, server4: { interconnect: [10.0.0.4, 192.0.2.4] } }",
    quorum: "quorum: { nat: { type: ping, addresses: [10.0.0.9] } }",
    groups: ["groups:", ...lines].join("\n"),
  });
}

const load = pluginLoader({ builtIns, dropInDirs: [] });

async function problemsOf(text: string, loader = load): Promise<string[]> {
  try {
    await fromText(text, loader);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(unnumbered);
    throw error;
  }
}

const enis = (first: number) => `individually: { server1: { eni: eni-${first} }, server2: { eni: eni-${first + 1} } }`;
const vip = (ip: string, first = 1) => `type: aws-vip, ip: "${ip}", vpc: vpc-1, ${enis(first)}`;
const eip = (allocation: string, more = "", first = 1) =>
  `type: aws-eip, allocation: ${allocation}, ${more}${enis(first)}`;
const floating = (ip: string) => `type: floating-ip, ip: "${ip}"`;
const dns = (name: string, more = "") =>
  `type: aws-dns, zone: Z1, name: ${name}, ${more}` +
  "individually: { server1: { value: 10.0.0.1 }, server2: { value: 10.0.0.2 } }";
const service = (name: string) => `type: service, service: ${name}`;

const refused: Readonly<Record<string, [Parameters<typeof file>[0], RegExp]>> = {
  "one VIP in two groups": [
    { g1: { a: vip("10.1.0.20") }, g2: { b: vip("10.1.0.20") } },
    /^cluster\.yaml:13:\d+: groups\.g2\.resources\.b\.ip: the IP address 10\.1\.0\.20 belongs to a of the group g1 already \(line 9\)/,
  ],
  "one VIP twice in a group": [
    { g1: { a: vip("10.1.0.20"), b: vip("10.1.0.20") } },
    /groups\.g1\.resources\.b\.ip: the IP address 10\.1\.0\.20 belongs to a of the same group already \(line 9\)/,
  ],
  "one IPv6 address in two spellings": [
    { g1: { a: vip("fd00:0::20") }, g2: { b: vip("FD00::20") } },
    /b\.ip: the IP address fd00::20 belongs to a/,
  ],
  "a VIP that is a floating IP elsewhere": [
    { g1: { a: vip("10.1.0.20") }, g2: { b: floating("10.1.0.20") } },
    /b\.ip: the IP address 10\.1\.0\.20 belongs to a/,
  ],
  "one secondary IP in two groups": [
    {
      g1: { a: `type: aws-secondary-ip, ip: 10.0.0.50, ${enis(1)}` },
      g2: { b: `type: aws-secondary-ip, ip: 10.0.0.50, ${enis(1)}` },
    },
    /b\.ip: the IP address 10\.0\.0\.50 belongs to a/,
  ],
  "one address that only one server of each group gives": [
    {
      g1: { a: "type: floating-ip, individually: { server1: { ip: 192.0.2.7 }, server2: { ip: 192.0.2.8 } }" },
      g2: { b: "type: floating-ip, individually: { server1: { ip: 192.0.2.9 }, server2: { ip: 192.0.2.7 } }" },
    },
    /groups\.g2\.resources\.b\.individually\.server2\.ip: the IP address 192\.0\.2\.7 belongs to a/,
  ],
  "one floating IP in groups of different servers": [
    { g1: { a: floating("192.0.2.7") }, g34: { b: floating("192.0.2.7") } },
    /b\.ip: the IP address 192\.0\.2\.7 belongs to a/,
  ],
  "one Elastic IP in two groups": [
    { g1: { a: eip("eipalloc-1") }, g2: { b: eip("eipalloc-1", "privateIp: 10.0.0.77, ") } },
    /b\.allocation: the Elastic IP eipalloc-1 belongs to a of the group g1/,
  ],
  "two Elastic IPs for the first address of one ENI": [
    { g1: { a: eip("eipalloc-1") }, g2: { b: eip("eipalloc-2") } },
    /b\.individually\.server1\.eni: the place for an Elastic IP eni-1 without privateIp belongs to a/,
  ],
  "two Elastic IPs for one private address": [
    { g1: { a: eip("eipalloc-1", "privateIp: 10.0.0.77, "), b: eip("eipalloc-2", "privateIp: 10.0.0.77, ") } },
    /the place for an Elastic IP eni-1, privateIp 10\.0\.0\.77 belongs to a of the same group/,
  ],
  "one DNS record in two groups, in two spellings": [
    { g1: { a: dns("db.example.com") }, g2: { b: dns("DB.example.com.") } },
    /b\.name: the DNS record DB\.example\.com\., zone Z1, record A belongs to a/,
  ],
  "one DNS record that says the same on every server": [
    { g1: { a: "type: aws-dns, zone: Z1, name: db.example.com, value: 10.0.0.1" } },
    /a\.value: is 10\.0\.0\.1 for both server1 and server2; each has its own/,
  ],
  "one service in two groups, in two spellings": [
    { g1: { a: service("postgresql") }, g2: { b: service("postgresql.service") } },
    /b\.service: the service postgresql\.service on server1 belongs to a of the group g1 already \(line 9\)/,
  ],
  "one ENI for all servers": [
    { g1: { a: "type: aws-vip, ip: 10.1.0.20, vpc: vpc-1, eni: eni-1" } },
    /a\.eni: is eni-1 for both server1 and server2; each has its own/,
  ],
  "the ENI of another server, in another group and of another type": [
    {
      g1: { a: vip("10.1.0.20") },
      g34: {
        b: "type: aws-eip, allocation: eipalloc-1, individually: { server3: { eni: eni-3 }, server4: { eni: eni-2 } }",
      },
    },
    /b\.individually\.server4\.eni: eni-2 is given for server4, but it is the network interface of server2 \(line 9: groups\.g1\.resources\.a\.individually\.server2\.eni\)/,
  ],
  "a floating IP that is an interconnect address": [
    { g1: { a: floating("192.0.2.4") } },
    /a\.ip: 192\.0\.2\.4 is an interconnect address of server4, which would be taken from it/,
  ],
  "a secondary IP that is an interconnect address": [
    { g1: { a: `type: aws-secondary-ip, ip: 10.0.0.2, ${enis(1)}` } },
    /a\.ip: 10\.0\.0\.2 is an interconnect address of server2/,
  ],
};

for (const [what, [groups, problem]] of Object.entries(refused)) {
  Deno.test(`claims: ${what} is refused, once`, async () => {
    const problems = await problemsOf(file(groups));
    assert.ok(problems.some((line) => problem.test(line)), problems.join("\n") || "nothing was wrong");
    assert.equal(problems.filter((line) => problem.test(line)).length, 1);
  });
}

const accepted: Readonly<Record<string, Parameters<typeof file>[0]>> = {
  "different things": {
    g1: { a: vip("10.1.0.20"), b: eip("eipalloc-1"), c: dns("a.example.com"), d: service("one") },
    g2: { e: vip("10.1.0.21"), f: eip("eipalloc-2", "privateIp: 10.0.0.77, "), h: dns("b.example.com") },
  },
  "two types of records of one name": {
    g1: {
      a: dns("a.example.com"),
      b: dns("a.example.com", "record: CNAME, ").replace("10.0.0.1", "x.example.com").replace(
        "10.0.0.2",
        "y.example.com",
      ),
    },
  },
  "one service on different servers": { g1: { a: service("postgresql") }, g34: { b: service("postgresql") } },
  "a secondary IP and the Elastic IP that stands for it": {
    g1: { a: `type: aws-secondary-ip, ip: 10.0.0.50, ${enis(1)}`, b: eip("eipalloc-1", "privateIp: 10.0.0.50, ") },
  },
};

for (const [what, groups] of Object.entries(accepted)) {
  Deno.test(`claims: ${what} are accepted`, async () => {
    assert.deepEqual(await problemsOf(file(groups)), []);
  });
}

/** Runs with drop-ins in a folder of their own, each as the agent would load it: in a host. */
async function withDropIns(files: Readonly<Record<string, string>>, use: (loader: typeof load) => Promise<void>) {
  const dir = await Deno.makeTempDir({ prefix: "baton-claims-" });
  const dropIns = new DropIns({ log: () => SILENT });
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(dir, `${name}.ts`), text);
    await use(pluginLoader({ builtIns, dropInDirs: [dir], load: dropIns.load }));
  } finally {
    await dropIns.close();
    await Deno.remove(dir, { recursive: true });
  }
}

const dropIn = (claims: string) =>
  `export default { kind: "resource", description: "x", claims: ${claims}, options: {
     address: { type: "address", description: "x" }, disk: { type: "string", description: "x" } },
     activate: async () => {}, deactivate: async () => {} };`;
const MINE = dropIn(`[{ what: "IP address", options: ["address"], within: "cluster" },
  { what: "disk", options: ["disk"], within: "server" }]`);

Deno.test("claims: what drop-ins claim is compared with their own kind and with built-in types", async () => {
  await withDropIns({ mine: MINE, other: MINE }, async (loader) => {
    const both = file({
      g1: { a: floating("192.0.2.7"), b: "type: mine, disk: sda" },
      g2: { c: "type: other, address: 192.0.2.7, disk: sda" },
    });
    const problems = await problemsOf(both, loader);
    assert.match(problems[0]!, /c\.address: the IP address 192\.0\.2\.7 belongs to a of the group g1/);
    assert.match(problems[1]!, /c\.disk: the disk sda on server1 belongs to b of the group g1/);
    assert.equal(problems.length, 2);
    const apart = file({
      g1: { a: "type: mine, disk: sda" },
      g34: { b: "type: other, disk: sda" },
      g2: { c: "type: mine" },
    });
    assert.deepEqual(await problemsOf(apart, loader), []);
  });
});

Deno.test("claims: a list claims each of its values, and what each server has for itself is compared for drop-ins too", async () => {
  const listed = `export default { kind: "resource", description: "x",
    claims: [{ what: "IP address", options: ["ips"], within: "cluster" }],
    options: { ips: { type: "addresses", description: "x" },
      nic: { type: "string", description: "x", distinct: "network interface" } },
    activate: async () => {}, deactivate: async () => {} };`;
  await withDropIns({ listed }, async (loader) => {
    const groups = {
      g1: { a: vip("10.1.0.20", 1) },
      g2: { b: 'type: listed, ips: ["10.1.0.19", "10.1.0.20"], nic: eni-2, individually: { server2: { nic: eni-9 } }' },
    };
    const problems = await problemsOf(file(groups), loader);
    assert.equal(problems.length, 2, problems.join("\n"));
    assert.match(problems[0]!, /b\.ips: the IP address 10\.1\.0\.20 belongs to a of the group g1/);
    assert.match(problems[1]!, /b\.nic: eni-2 is given for server1, but it is the network interface of server2/);
  });
});

Deno.test("claims: a drop-in that claims what nobody can compare is refused with the member that is wrong", async () => {
  const wrong: [string, RegExp][] = [
    [`"ip"`, /claims is "ip": it must be a list/],
    [
      `[{ what: "IP address", options: ["ip"], within: "cluster" }]`,
      /claims\[0\]\.options has "ip", which is no option: it has address, disk/,
    ],
    [`[{ what: "disk", options: [], within: "server" }]`, /claims\[0\]\.options is \[\]/],
    [`[{ what: "disk", options: ["disk"] }]`, /claims\[0\]\.within is missing: it must be "cluster" or "server"/],
    [`[{ options: ["disk"], within: "server" }]`, /claims\[0\]\.what is missing/],
  ];
  await withDropIns(
    Object.fromEntries(wrong.map(([claims], index) => [`w${index}`, dropIn(claims)])),
    async (loader) => {
      for (const [index, [, said]] of wrong.entries()) {
        const [problem = ""] = await problemsOf(file({ g1: { a: `type: w${index}` } }), loader);
        assert.match(problem, said);
      }
    },
  );
});

const agent = (parameters: string) =>
  `#!/bin/sh\ncat <<'END'\n<?xml version="1.0"?><resource-agent name="x"><shortdesc lang="en">x</shortdesc>` +
  `<parameters>${parameters}</parameters><actions></actions></resource-agent>\nEND\n`;
const parameter = (name: string, unique = "") =>
  `<parameter name="${name}" ${unique}><shortdesc lang="en">x</shortdesc><content type="string"/></parameter>`;

Deno.test({
  name: "claims: OCF agents claim what their meta-data calls unique, and what is known of them",
  ignore: Deno.build.os === "windows",
  async fn() {
    const root = await Deno.makeTempDir({ prefix: "baton-ocf-" });
    try {
      const dir = join(root, "resource.d", "heartbeat");
      await Deno.mkdir(dir, { recursive: true });
      const agents = {
        IPaddr2: parameter("ip", 'unique="1"') + parameter("nic"),
        awsvip: parameter("secondary_private_ip", 'unique="1"'),
        Filesystem: parameter("device") + parameter("directory"),
        thing: parameter("pidfile", 'unique="1"') + parameter("socket", 'unique-group="s"') + parameter("user"),
      };
      for (const [name, parameters] of Object.entries(agents)) {
        await Deno.writeTextFile(join(dir, name), agent(parameters), { mode: 0o755 });
      }
      const loader = pluginLoader({ builtIns, dropInDirs: [], families: { ocf: ocfFamily(createOs(), root) } });
      const ocf = (name: string, text: string) => `type: "ocf:heartbeat:${name}", ${text}`;
      const problems = await problemsOf(
        file({
          g1: {
            a: floating("192.0.2.7"),
            b: ocf("Filesystem", "device: /dev/a, directory: /data"),
            c: ocf("thing", "pidfile: /run/x, socket: /s, user: me"),
            d: ocf("awsvip", "secondary_private_ip: 192.0.2.7"),
          },
          g2: {
            e: ocf("IPaddr2", "ip: 192.0.2.7, nic: eth0"),
            f: ocf("Filesystem", "device: /dev/b, directory: /data/"),
            h: ocf("thing", "pidfile: /run/x, socket: /s, user: me"),
            i: `type: aws-secondary-ip, ip: 192.0.2.7, ${enis(1)}`,
          },
        }),
        loader,
      );
      const said = problems.map((line) =>
        /resources\.(.+?): the (.+?) belongs to (\w+)/.exec(line)?.slice(1).join("|")
      );
      assert.deepEqual(said, [
        "e.ip|IP address 192.0.2.7|a",
        "f.directory|mount point /data/ on server1|b",
        "h.pidfile|pidfile of thing /run/x on server1|c",
        "h.socket|socket of thing /s on server1|c",
        "i.ip|IP address 192.0.2.7|a",
        "i.ip|secondary private IP 192.0.2.7|d",
      ]);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
