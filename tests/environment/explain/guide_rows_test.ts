/** Chapter 7 of the guide: each symptom is provoked, and read where an operator would read it. */
import assert from "node:assert/strict";
import { meaningOf } from "../../../core/explain/codes.ts";
import { GUIDE_ROWS } from "../../../core/explain/guide_rows.ts";
import { LinuxOs } from "../../../core/os/linux.ts";
import { az, eip, type GuideBench, type GuideSetting, onGuide, vip } from "./guide_bench.ts";

/** One way to provoke a row, and what has to be read then. */
interface Case {
  setting: GuideSetting;
  /** Once the agent runs. */
  provoke?: (bench: GuideBench) => Promise<void> | void;
  name: string;
  message: RegExp;
  /** The cause that is shown first, its remedy, and what is to be done: words of each. */
  cause: RegExp;
  remedy: RegExp;
}

const denied = (code: string): GuideSetting["prepare"] => ({ sandbox }) =>
  void sandbox.faults.add({ kind: "error", code });
const silent: GuideSetting["prepare"] = ({ sandbox }) => void sandbox.faults.add({ kind: "hang" });
const noRole: GuideSetting["prepare"] = ({ sandbox }) => sandbox.region.instances.forEach((one) => one.role = "");
/** A search path without any program. */
const NO_PROGRAMS = "/nonexistent-folder-without-programs";

const online = ({ until, status }: GuideBench) =>
  until("the group is online", () => status().view.groups[0]?.status === "online");

const CASES: Readonly<Record<string, readonly Case[]>> = {
  "vip-99": [{
    setting: {
      ...vip(),
      env: { PATH: NO_PROGRAMS },
      prepare: ({ machine }) => machine.see = (_nics, signal) => new LinuxOs().nics(signal),
    },
    name: "awsvip1",
    message: /\(99 : .*the program ip does not exist on this server/,
    cause: /A program is missing, or its folder is not in PATH/,
    remedy: /install the package that has it/,
  }],
  "vip-5": [
    {
      setting: { ...vip(), prepare: noRole },
      name: "awsvip1",
      message: /\(5 : .*CredentialsProviderError/,
      cause: /no AWS credentials: no IAM role/,
      remedy: /attach a role to the instance/,
    },
    {
      setting: { ...vip(), prepare: denied("AuthFailure") },
      name: "awsvip1",
      message: /\(5 : .*AuthFailure/,
      cause: /The access key is unknown to AWS/,
      remedy: /remove the keys and attach a role/,
    },
    {
      setting: { ...vip(), prepare: denied("UnauthorizedOperation") },
      name: "awsvip1",
      message: /\(5 : .*UnauthorizedOperation/,
      cause: /The role or user may not do this/,
      remedy: /allow the action that is named/,
    },
    {
      setting: {
        ...vip(),
        env: { AWS_REGION: "", AWS_DEFAULT_REGION: "" },
        prepare: ({ sandbox }) => sandbox.imds("server1").mode = "unreachable",
      },
      name: "awsvip1",
      message: /\(5 : the AWS region is not known/,
      cause: /No region is known/,
      remedy: /set aws.region/,
    },
    {
      setting: {
        ...vip(),
        prepare: ({ sandbox }) => {
          for (const table of sandbox.region.routeTables) {
            table.routes = table.routes.filter(({ destination }) => destination !== "10.1.0.20/32");
          }
        },
      },
      name: "awsvip1",
      message: /\(5 : no route table of vpc-1234abcd has a route for 10\.1\.0\.20\/32/,
      cause: /No route table of the VPC has a route for the VIP/,
      remedy: /add it once to each of them/,
    },
  ],
  "vip-5-vpc": [{
    setting: vip({ vpc: "vpc-0000dead" }),
    name: "awsvip1",
    message: /\(5 : The vpc ID 'vpc-0000dead' does not exist/,
    cause: /The VPC id is wrong/,
    remedy: /correct vpc of the aws-vip/,
  }],
  "vip-5-eni": [{
    setting: vip({ eni: "eni-0000dead" }),
    name: "awsvip1",
    message: /\(5 : The networkInterface ID 'eni-0000dead' does not exist/,
    cause: /The ENI id is wrong/,
    remedy: /correct eni/,
  }],
  "vip-6": [{
    setting: { ...vip(), prepare: silent },
    name: "awsvip1",
    message: /\(6 : /,
    cause: /The regional endpoint can't be reached/,
    remedy: /start the NAT/,
  }],
  "vip-7": [{
    setting: vip({ ip: "10.0.110.50" }),
    name: "awsvip1",
    message: /\(7 : the VIP 10\.0\.110\.50 lies inside 10\.0\.0\.0\/16/,
    cause: /The VIP lies inside a CIDR block of the VPC/,
    remedy: /choose an address outside all of them/,
  }],
  "vip-12": [{
    setting: {
      ...vip(),
      prepare: ({ machine }) =>
        machine.see = (nics) =>
          nics.map((nic) => ({ ...nic, addresses: [...nic.addresses, { ip: "10.1.0.20", prefix: 24 }] })),
    },
    name: "awsvip1",
    message: /\(12 : the VIP 10\.1\.0\.20 is configured on eth0 by the system, as \/24/,
    cause: /The VIP stands in the network configuration/,
    remedy: /take it out there/,
  }],
  "vip-ping": [{
    setting: {
      ...vip(),
      prepare: ({ sandbox }) => sandbox.region.networkInterfaces.forEach((eni) => eni.sourceDestCheck = true),
    },
    name: "awsvipw1",
    message: /\(120 : the source\/destination check of eni-4bc00502 is on/,
    cause: /The source\/destination check of the ENI is on/,
    remedy: /turn it off for the ENI of each server/,
  }],
  "vipw-8": [{
    setting: vip(),
    async provoke(bench) {
      await online(bench);
      const routes = bench.sandbox.region.routeTables.flatMap((table) => table.routes);
      for (const route of routes) if (route.destination === "10.1.0.20/32") route.eniId = "eni-5a3a7902";
    },
    name: "awsvipw1",
    message: /\(8 : the routing for the VIP 10\.1\.0\.20 was changed/,
    cause: /Another cluster uses the same VIP/,
    remedy: /give each cluster a VIP of its own/,
  }],
  "eip-5": [
    {
      setting: { ...eip(), prepare: noRole },
      name: "awseip1",
      message: /\(5 : .*CredentialsProviderError/,
      cause: /no AWS credentials: no IAM role/,
      remedy: /attach a role to the instance/,
    },
    {
      setting: { ...eip(), prepare: denied("UnauthorizedOperation") },
      name: "awseip1",
      message: /\(5 : .*UnauthorizedOperation/,
      cause: /The role or user may not do this/,
      remedy: /ec2:AssociateAddress/,
    },
  ],
  "eip-5-allocation": [{
    setting: eip({ allocation: "eipalloc-0000dead" }),
    name: "awseip1",
    message: /\(5 : The allocation ID 'eipalloc-0000dead' does not exist/,
    cause: /The allocation id of the Elastic IP is wrong/,
    remedy: /correct allocation of the aws-eip/,
  }],
  "eip-5-eni": [{
    setting: eip({ eni: "eni-0000dead" }),
    name: "awseip1",
    message: /\(5 : The networkInterface ID 'eni-0000dead' does not exist/,
    cause: /The ENI id is wrong/,
    remedy: /correct eni/,
  }],
  "eip-6": [{
    setting: { ...eip(), prepare: silent },
    name: "awseip1",
    message: /\(6 : /,
    cause: /The regional endpoint can't be reached/,
    remedy: /assign a public address/,
  }],
  "eipw-7": [{
    setting: eip(),
    async provoke(bench) {
      await online(bench);
      bench.sandbox.region.addresses.forEach((address) => delete address.association);
    },
    name: "awseipw1",
    message: /\(7 : the EIP 203\.0\.113\.10 is not on eni-249f6c6d/,
    cause: /has taken the Elastic IP to another interface/,
    remedy: /give each cluster an Elastic IP of its own/,
  }],
  "az-5": [
    {
      setting: { ...az("ap-northeast-1a"), prepare: noRole },
      name: "awsazw1",
      message: /\(105 : .*CredentialsProviderError/,
      cause: /no AWS credentials: no IAM role/,
      remedy: /attach a role to the instance/,
    },
    {
      // What could not be found out is an error only where cluster.yaml says so.
      setting: {
        ...az("ap-northeast-1a", ", recovery: { onUnknown: recover }"),
        prepare: denied("UnauthorizedOperation"),
      },
      name: "awsazw1",
      message: /\(5 : .*UnauthorizedOperation/,
      cause: /The role or user may not do this/,
      remedy: /ec2:Describe\*/,
    },
  ],
  "az-5-zone": [{
    setting: az("ap-northeast-1x"),
    name: "awsazw1",
    message: /\(105 : Invalid availability zone: \[ap-northeast-1x\]/,
    cause: /The availability zone does not exist/,
    remedy: /correct zone of the aws-az/,
  }],
  "az-6": [{
    setting: { ...az("ap-northeast-1a"), prepare: silent },
    name: "awsazw1",
    message: /\(106 : /,
    cause: /The regional endpoint can't be reached/,
    remedy: /start the NAT/,
  }],
};

for (const [id, cases] of Object.entries(CASES)) {
  for (const [index, { setting, provoke, name, message, cause, remedy }] of cases.entries()) {
    const which = cases.length === 1 ? "" : `, ${index + 1} of ${cases.length}`;
    Deno.test(`guide, chapter 7, ${id}${which}: ${String(message)}`, () =>
      onGuide(setting, async (bench) => {
        await provoke?.(bench);
        const text = await bench.shows(name, message);
        const [first] = text.slice(text.indexOf("What the message shows:")).split(" - ").slice(1);
        assert.match(first ?? "", cause, text);
        assert.match(first ?? "", remedy, text);
        assert.match(text.slice(text.indexOf("What to do now:")), remedy, text);
        assert.match(text, /\bIn chapter 7 of the guide/);
        const code = Number(/\((\d+) : /.exec(message.exec(text)![0])![1]);
        assert.equal(bench.explanation(name).failures[0]?.code, code);
        assert.ok(meaningOf(code)!.entry.guide.includes(id));
        const line = bench.status().reasons.find(({ number }) => number === code);
        assert.match(line?.text ?? "", message, "the journal has the same words and the number as data");
      }));
  }
}

Deno.test("guide, chapter 7, python and eip-99: what is AWS's needs no program at all", () =>
  onGuide({ ...eip(), env: { PATH: NO_PROGRAMS } }, async (bench) => {
    await online(bench);
    await bench.until("its monitor is normal", () => bench.status().view.monitors[0]?.status === "normal");
    assert.match(bench.explain("awseip1"), /What to do now:\n {2}nothing/);
  }));

Deno.test("guide, chapter 7, language: a role works whatever the language of the system is", () =>
  onGuide({ ...az("ap-northeast-1a"), env: { LANG: "ja_JP.UTF-8", LC_ALL: "ja_JP.UTF-8" } }, async (bench) => {
    await bench.until("the zone is normal", () => bench.status().view.monitors[0]?.status === "normal");
    assert.match(bench.explain("awsazw1"), /State: normal on server1/);
  }));

Deno.test("guide, chapter 7, installer: there is none, and one program for every language", async () => {
  const main = new URL("../../../main.ts", import.meta.url).pathname;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", main, "version"],
    env: { LANG: "ja_JP.UTF-8", LC_ALL: "ja_JP.UTF-8", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assert.equal(code, 0);
  assert.match(new TextDecoder().decode(stdout), /^baton \d+\.\d+\.\d+ \(/);
});

Deno.test("guide, chapter 7: every row is provoked, or is shown not to happen", () => {
  const shown = [...Object.keys(CASES), "python", "eip-99", "language", "installer"];
  assert.deepEqual(shown.sort(), GUIDE_ROWS.map(({ id }) => id).sort());
  for (const { id, code } of GUIDE_ROWS) assert.equal(code !== null, id in CASES, id);
});
