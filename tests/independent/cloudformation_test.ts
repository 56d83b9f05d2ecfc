/** Templates as cfn-lint judges them, and as moto's CloudFormation deploys them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AwsCli } from "./aws_cli.ts";
import { REGION, startMoto } from "./moto.ts";
import { pythonEnv } from "./python_env.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VIP = await Deno.readTextFile(join(ROOT, "examples", "guide-vip.yaml"));
/** Without its drop-in, which needs a file beside it. */
const EIP = (await Deno.readTextFile(join(ROOT, "examples", "guide-eip.yaml"))).replace(/ {2}genw1:[^]*$/, "");
/** The regional endpoint through NAT gateways, which answer no pings. */
const GATEWAYS = VIP.replace(
  / {2}nat: .*/,
  "  endpoint: { type: tcp, host: ec2.ap-northeast-1.amazonaws.com, port: 443 }",
)
  .replace(/ {2}# Can this server leave[^]*$/, "");
const BUCKET = "votes-of-mine";
const witnessed = (text: string) => text.replace(/quorum:\n.*/, `quorum: { store: { type: s3, bucket: ${BUCKET} } }`);
const WITNESS = witnessed(EIP);

/** The Tokyo of moto, as that of younger accounts, has no zone b. */
const ZONES = { Zone2: "ap-northeast-1c" };
/** What cfn-lint may take. In milliseconds. */
const LINT_MS = 120_000;

async function template(folder: string, name: string, text: string, ...options: string[]): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await Deno.writeTextFile(file, text);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", join(ROOT, "main.ts"), "cloudformation", "-c", file, ...options],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const path = join(folder, `${name}.template.yaml`);
  await Deno.writeFile(path, stdout);
  return path;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function lint(...paths: string[]): Promise<{ status: number; said: string }> {
  const { folder } = await pythonEnv();
  const command = Deno.build.os === "windows"
    ? join(folder, "Scripts", "cfn-lint.exe")
    : join(folder, "bin", "cfn-lint");
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: ["--regions", REGION, "--", ...paths],
    stdin: "null",
    signal: AbortSignal.timeout(LINT_MS),
  }).output();
  const decoder = new TextDecoder();
  return { status: code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** A stack on moto: its outputs, and a client of its EC2 and IAM. */
async function deployed(
  path: string,
  parameters: Record<string, string>,
  work: (outputs: Record<string, string>, cli: AwsCli, id: (logical: string) => string) => Promise<void>,
  before: (cli: AwsCli) => Promise<Record<string, string>> = () => Promise.resolve({}),
): Promise<void> {
  await using moto = await startMoto();
  const cli = new AwsCli(moto.url, moto.env);
  const all = { ...parameters, ...await before(cli) };
  const words = Object.entries(all).map(([key, value]) => `ParameterKey=${key},ParameterValue=${value}`);
  const created = await cli.run(
    "cloudformation",
    "create-stack",
    "--stack-name",
    "cluster",
    "--template-body",
    `file://${path}`,
    "--capabilities",
    "CAPABILITY_IAM",
    ...(words.length === 0 ? [] : ["--parameters", ...words]),
  );
  assert.equal(created.status, 0, created.error);
  const { output } = await cli.run("cloudformation", "describe-stacks", "--stack-name", "cluster");
  const [stack] = output.Stacks;
  assert.equal(stack.StackStatus, "CREATE_COMPLETE", JSON.stringify(stack));
  type Output = { OutputKey: string; OutputValue: string };
  const outputs = Object.fromEntries(stack.Outputs.map((one: Output) => [one.OutputKey, one.OutputValue]));
  const { output: listed } = await cli.run("cloudformation", "list-stack-resources", "--stack-name", "cluster");
  type Resource = { LogicalResourceId: string; PhysicalResourceId: string };
  const ids = new Map<string, string>(
    listed.StackResourceSummaries.map((one: Resource) => [one.LogicalResourceId, one.PhysicalResourceId]),
  );
  await work(outputs, cli, (logical) => {
    const id = ids.get(logical);
    assert.ok(id !== undefined, `there is no ${logical} among ${[...ids.keys()].join(", ")}`);
    return id;
  });
}

/** The policy of the stack's role as text: moto hands it out as Python would print it. */
async function policy(cli: AwsCli, role: string): Promise<string> {
  const { output, error } = await cli.run("iam", "get-role-policy", "--role-name", role, "--policy-name", "baton");
  assert.ok(output, error);
  return typeof output.PolicyDocument === "string" ? output.PolicyDocument : JSON.stringify(output.PolicyDocument);
}

Deno.test("cloudformation: cfn-lint has nothing to say about any of the templates, and would about a broken one", () =>
  inFolder(async (folder) => {
    const paths = await Promise.all([
      template(folder, "vip", VIP, "--instances"),
      template(folder, "vip-existing", VIP, "--network", "existing", "--tables", "2"),
      template(folder, "eip", EIP, "--instances"),
      template(folder, "eip-existing", EIP, "--network", "existing", "--instances"),
      template(folder, "gateways", GATEWAYS),
      template(folder, "witness", WITNESS),
      template(folder, "witness-vip", witnessed(VIP), "--instances"),
      template(folder, "witness-gateways", witnessed(GATEWAYS)),
      template(folder, "witness-existing", witnessed(VIP), "--network", "existing", "--tables", "1"),
      template(folder, "witness-alone", witnessed(VIP), "--witness"),
    ]);
    assert.deepEqual(await lint(...paths), { status: 0, said: "" });
    const broken = join(folder, "broken.template.yaml");
    await Deno.writeTextFile(
      broken,
      (await Deno.readTextFile(paths[0]!)).replace("Ref: Server1Interface", "Ref: Nothing"),
    );
    const { status, said } = await lint(broken);
    assert.notEqual(status, 0);
    assert.match(said, /Nothing/);
  }));

Deno.test("cloudformation: moto deploys the VIP cluster: a row in every table, checks off, only the rules that are needed", () =>
  inFolder(async (folder) => {
    const path = await template(folder, "vip", VIP);
    // Moto's CloudFormation leaves these properties aside, so they are looked for where they are written.
    const text = await Deno.readTextFile(path);
    assert.equal(text.match(/SourceDestCheck: false/g)?.length, 2 + 2, "2 servers, 2 NATs");
    assert.equal(text.match(/GroupSet:\n +- Fn::GetAtt:\n +- ServerSecurityGroup\n/g)?.length, 2);
    await deployed(path, ZONES, async (outputs, cli, id) => {
      const { RouteTables } = await cli.ec2("describe-route-tables", "--filters", `Name=vpc-id,Values=${outputs.Vpc}`);
      type Table = { Associations: { Main?: boolean }[]; Routes: Record<string, string>[] };
      const used = RouteTables.filter((one: Table) => !one.Associations.some(({ Main }) => Main));
      assert.equal(used.length, 3);
      for (const { Routes } of used as Table[]) {
        const row = Routes.find((one) => one.DestinationCidrBlock === "10.1.0.20/32");
        assert.equal(row?.NetworkInterfaceId, outputs.Server1Interface);
        assert.ok(Routes.some((one) => one.DestinationCidrBlock === "0.0.0.0/0"));
      }
      const enis = [outputs.Server1Interface!, outputs.Server2Interface!];
      const { NetworkInterfaces } = await cli.ec2("describe-network-interfaces", "--network-interface-ids", ...enis);
      const group = id("ServerSecurityGroup");
      assert.deepEqual(NetworkInterfaces.map((eni: { PrivateIpAddress: string }) => eni.PrivateIpAddress).sort(), [
        "10.0.110.10",
        "10.0.120.20",
      ]);
      const { SecurityGroups: [rules] } = await cli.ec2("describe-security-groups", "--group-ids", group);
      type Rule = { IpProtocol: string; FromPort?: number };
      const ports = (list: Rule[]) => list.map(({ IpProtocol, FromPort }) => `${IpProtocol} ${FromPort}`).sort();
      assert.deepEqual(ports(rules.IpPermissions), ["tcp 443", "udp 7710"]);
      const text = await policy(cli, id("ServerRole"));
      assert.match(
        text,
        new RegExp(`ec2:ReplaceRoute.*vpc/${outputs.Vpc}`),
        "it is for another VPC than the one made here",
      );
    });
  }));

Deno.test("cloudformation: moto deploys the EIP cluster: an address that is nobody's, and an endpoint for the standby", () =>
  inFolder(async (folder) => {
    const path = await template(folder, "eip", EIP);
    await deployed(path, ZONES, async (outputs, cli, id) => {
      const { Addresses } = await cli.ec2("describe-addresses", "--allocation-ids", outputs.Allocation1!);
      assert.equal(Addresses[0].PublicIp, outputs.Address1);
      assert.equal(Addresses[0].AssociationId ?? null, null);
      const { VpcEndpoints } = await cli.ec2("describe-vpc-endpoints");
      assert.deepEqual(VpcEndpoints.map((one: { ServiceName: string }) => one.ServiceName), [
        `com.amazonaws.${REGION}.ec2`,
      ]);
      const text = await policy(cli, id("ServerRole"));
      assert.match(text, /ec2:AssociateAddress/);
      assert.doesNotMatch(text, /ec2:ReplaceRoute|eipalloc-1234abcd|\$\{/);
    });
  }));

Deno.test("cloudformation: moto puts the rows into the tables of a network that is there", () =>
  inFolder(async (folder) => {
    const path = await template(folder, "existing", VIP, "--network", "existing", "--tables", "1");
    let table = "";
    await deployed(path, {}, async (outputs, cli) => {
      const { RouteTables: [found] } = await cli.ec2("describe-route-tables", "--route-table-ids", table);
      const row = found.Routes.find((one: Record<string, string>) => one.DestinationCidrBlock === "10.1.0.20/32");
      assert.equal(row.NetworkInterfaceId, outputs.Server1Interface);
    }, async (cli) => {
      const { Vpc } = await cli.ec2("create-vpc", "--cidr-block", "10.0.0.0/16");
      const subnets = await Promise.all(
        ["10.0.110.0/24", "10.0.120.0/24"].map((block) =>
          cli.ec2("create-subnet", "--vpc-id", Vpc.VpcId, "--cidr-block", block)
        ),
      );
      const { RouteTable } = await cli.ec2("create-route-table", "--vpc-id", Vpc.VpcId);
      table = RouteTable.RouteTableId;
      return {
        VpcId: Vpc.VpcId,
        Subnet1: subnets[0].Subnet.SubnetId,
        Subnet2: subnets[1].Subnet.SubnetId,
        RouteTable1: table,
      };
    });
  }));

/** The witness of a stack: its bucket is there, and these are the endpoint's route tables. */
async function witnessOf(cli: AwsCli): Promise<{ tables: string[] }> {
  const { status, error } = await cli.run("s3api", "head-bucket", "--bucket", BUCKET);
  assert.equal(status, 0, error);
  const { VpcEndpoints } = await cli.ec2("describe-vpc-endpoints");
  const [endpoint] = VpcEndpoints.filter((one: { ServiceName: string }) => one.ServiceName.endsWith(".s3"));
  return { tables: endpoint?.RouteTableIds ?? [] };
}

Deno.test("cloudformation: moto makes the witness of a new network, which each private subnet reaches without its NAT", () =>
  inFolder(async (folder) => {
    const path = await template(folder, "witness", witnessed(VIP));
    // Moto's CloudFormation leaves these properties aside, so they are looked for where they are written.
    const text = await Deno.readTextFile(path);
    assert.match(
      text,
      /WitnessBucket:\n +Type: "AWS::S3::Bucket"\n[^]*?DeletionPolicy: Retain[^]*?RestrictPublicBuckets: true[^]*?aws:SecureTransport/,
    );
    await deployed(path, ZONES, async (_outputs, cli, id) => {
      const { tables } = await witnessOf(cli);
      assert.deepEqual(tables.sort(), [id("PublicRoutes"), id("PrivateRoutes1"), id("PrivateRoutes2")].sort());
      const text = await policy(cli, id("ServerRole"));
      assert.match(text, new RegExp(`s3:PutObject.*${BUCKET}/baton/`));
    });
  }));

for (const isThere of [false, true]) {
  Deno.test(`cloudformation: moto adds a witness to servers that are there${isThere ? ", and to a bucket that is" : ""}`, () =>
    inFolder(async (folder) => {
      const path = await template(folder, "alone", witnessed(VIP), "--witness");
      let table = "";
      await deployed(path, {}, async (outputs, cli) => {
        const { output } = await cli.run("iam", "list-attached-role-policies", "--role-name", "servers");
        assert.deepEqual(output.AttachedPolicies.map((one: { PolicyArn: string }) => one.PolicyArn), [outputs.Policy]);
        const { output: version } = await cli.run(
          "iam",
          "get-policy-version",
          "--policy-arn",
          outputs.Policy!,
          "--version-id",
          "v1",
        );
        const text = JSON.stringify(version.PolicyVersion.Document);
        assert.match(text, new RegExp(`s3:PutObject.*${BUCKET}/baton/`));
        assert.doesNotMatch(text, /ec2:|\$\{/);
        if (!isThere) assert.deepEqual((await witnessOf(cli)).tables, [table]);
      }, async (cli) => {
        const trust = JSON.stringify({ Version: "2012-10-17", Statement: [] });
        await cli.run("iam", "create-role", "--role-name", "servers", "--assume-role-policy-document", trust);
        const { Vpc } = await cli.ec2("create-vpc", "--cidr-block", "10.0.0.0/16");
        const { RouteTable } = await cli.ec2("create-route-table", "--vpc-id", Vpc.VpcId);
        table = RouteTable.RouteTableId;
        return {
          VpcId: Vpc.VpcId,
          ServerRoles: "servers",
          ...(isThere ? { MakeBucket: "no" } : { EndpointTables: table }),
        };
      });
    }));
}
