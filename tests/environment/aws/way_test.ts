/** The way to AWS by a real CONNECT proxy, and certificates of a private CA; for every client that there is. */
import assert from "node:assert/strict";
import { join } from "node:path";
import "../../../core/aws/sdk_route53.ts";
import "../../../core/aws/sdk_s3.ts";
import "../../../core/aws/sdk_sts.ts";
import { createEc2 } from "../../../core/aws/ec2_client.ts";
import { Ec2Sdk } from "../../../core/aws/ec2_sdk.ts";
import { classify } from "../../../core/aws/failure.ts";
import { createImds } from "../../../core/aws/imds_client.ts";
import { Route53Records } from "../../../core/aws/route53_client.ts";
import { S3Objects } from "../../../core/aws/s3_client.ts";
import { tryTunnel } from "../../../core/aws/tunnel.ts";
import { type AwsWay, findWay, isDirect, proxyProblem, shownProxy } from "../../../core/aws/way.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { type Bench, faultOf, withBench } from "../../integration/aws/helpers.ts";
import { certificates } from "../../integration/plugins/certificates.ts";
import { withEnv } from "../variables.ts";
import { type CompanyNetwork, companyNetwork } from "./company_network.ts";

const ROLE = "arn:aws:iam::222233334444:role/baton-routes";
const ZONE = "Z0000000000000000001";
const NO_WAY = {
  HTTPS_PROXY: null,
  https_proxy: null,
  NO_PROXY: null,
  no_proxy: null,
  AWS_CA_BUNDLE: null,
  NODE_EXTRA_CA_CERTS: null,
};

/** A sandbox that only a company's proxy knows. */
function withCompany(
  env: (network: CompanyNetwork) => Record<string, string | null>,
  work: (network: CompanyNetwork, bench: Bench) => Promise<void>,
): Promise<void> {
  return withBench(async (bench) => {
    await using network = await companyNetwork(bench.sandbox);
    await withEnv({ ...network.env, ...NO_WAY, ...env(network) }, () => work(network, bench));
  }, {
    env: {},
    options: {
      zones: [{ id: ZONE, name: "example.com.", records: [] }],
      roles: { [ROLE]: { account: "222233334444", allow: ["ec2:*"] } } as never,
    },
  });
}

/** Asks all services, each by its own client. */
async function askAll({ signal }: Bench, way?: AwsWay): Promise<void> {
  const settings = { region: "ap-northeast-1", ...(way === undefined ? {} : { way }) };
  const sdk = new Ec2Sdk({ ...settings, callTimeoutMs: 8_000 });
  try {
    const ec2 = createEc2(sdk);
    assert.ok((await ec2.vpcCidrs("vpc-1234abcd", { signal })).length > 0);
    assert.ok((await ec2.assuming(ROLE).vpcCidrs("vpc-1234abcd", { signal })).length > 0);
    const imds = createImds();
    assert.equal(await new Route53Records(ZONE, { ...settings, imds }).find("db.example.com.", "A", signal), null);
    await new S3Objects("votes", { ...settings, imds, endpoint: Deno.env.get("AWS_ENDPOINT_URL_S3")! })
      .get("k", signal).catch((error) => assert.match(String(error), /NoSuchBucket/));
  } finally {
    sdk.close();
  }
}

const EVERY = ["ec2.aws.test:443", "route53.aws.test:443", "s3.aws.test:443", "sts.aws.test:443"];
const asked = ({ heard }: CompanyNetwork) => [...new Set(heard.map(({ target }) => target))].sort();

Deno.test("HTTPS_PROXY and AWS_CA_BUNDLE of the environment are the way of every client of AWS, with a password", () =>
  withCompany(
    ({ proxy, ca }) => ({ HTTPS_PROXY: proxy.replace("//", "//us%40er:pass@"), AWS_CA_BUNDLE: ca }),
    async (network, bench) => {
      await askAll(bench);
      assert.deepEqual(asked(network), EVERY);
      assert.ok(network.heard.every(({ authorization }) => authorization === `Basic ${btoa("us@er:pass")}`));
    },
  ));

Deno.test("proxy and caBundle of cluster.yaml come before the environment", () =>
  withCompany(({ folder }) => ({
    https_proxy: "http://127.0.0.1:1",
    AWS_CA_BUNDLE: join(folder, "nosuchfile"),
  }), async (network, bench) => {
    await askAll(bench, { proxy: network.proxy, caBundle: network.ca });
    assert.deepEqual(asked(network), EVERY);
  }));

Deno.test("NODE_EXTRA_CA_CERTS counts too; without the CA the certificate is named, not the network", () =>
  withCompany(({ proxy }) => ({ HTTPS_PROXY: proxy }), async (network, bench) => {
    const fault = await faultOf(askAll(bench));
    assert.equal(classify(fault.cause).kind, "tls");
    assert.match(fault.message, /the certificate of the EC2 endpoint of ap-northeast-1 is not trusted/);
    assert.match(fault.remedy, /aws\.caBundle/);
    await withEnv({ NODE_EXTRA_CA_CERTS: network.ca }, () => askAll(bench));
  }));

Deno.test("NO_PROXY is asked straight, and proxy: none asks everything straight", () =>
  withCompany(
    ({ proxy, ca }) => ({ HTTPS_PROXY: proxy, AWS_CA_BUNDLE: ca, NO_PROXY: "s3.aws.test, .ec2.aws.test" }),
    async (
      network,
      bench,
    ) => {
      // Nobody but the proxy knows the name: straight means not at all.
      assert.equal(classify((await faultOf(askAll(bench))).cause).kind, "unreachable");
      assert.deepEqual(asked(network), []);
      await withEnv({ NO_PROXY: null }, async () => {
        assert.equal(classify((await faultOf(askAll(bench, { proxy: "none" }))).cause).kind, "unreachable");
        assert.deepEqual(asked(network), []);
      });
    },
  ));

Deno.test("whether the proxy connects can be tried without a client", () =>
  withCompany(({ proxy }) => ({ HTTPS_PROXY: proxy }), async (network) => {
    const { proxy, ...way } = findWay();
    assert.ok(await tryTunnel({ ...way, proxy: proxy! }, "ec2.aws.test", 443) >= 0);
    assert.deepEqual(asked(network), ["ec2.aws.test:443"]);
    network.mood = "HTTP/1.1 403 Forbidden";
    await assert.rejects(tryTunnel({ ...way, proxy: proxy! }, "ec2.aws.test", 443), /does not connect to .*403/);
  }));

Deno.test("what goes wrong at the proxy is told as that, without its password", () =>
  withCompany(({ ca }) => ({ AWS_CA_BUNDLE: ca }), async (network, bench) => {
    const told = async (proxy: string, message: RegExp) => {
      await withEnv({ HTTPS_PROXY: proxy.replace("//", "//user:geheim@") }, async () => {
        const fault = await faultOf(askAll(bench));
        assert.equal(classify(fault.cause).kind, "proxy", fault.message);
        assert.match(fault.message, message);
        assert.match(fault.message, /DescribeVpcs of vpc-1234abcd did not get through the proxy/);
        assert.match(fault.remedy, /HTTPS_PROXY/);
        assert.doesNotMatch(fault.message + fault.remedy, /geheim/);
      });
    };
    await told("http://127.0.0.1:1", /http:\/\/127\.0\.0\.1:1 \(HTTPS_PROXY\) can't be reached: .*ECONNREFUSED/);
    network.mood = "HTTP/1.1 407 Proxy Authentication Required";
    await told(network.proxy, /does not connect to ec2\.aws\.test:443: HTTP\/1\.1 407/);
    network.mood = "is silent";
    await told(network.proxy, /has not answered within 3000 ms/);
  }));

Deno.test("a file without certificates, and one that is not there, is named with who named it", () =>
  withCompany(({ proxy }) => ({ HTTPS_PROXY: proxy }), async ({ folder }, bench) => {
    await Deno.writeTextFile(join(folder, "empty.pem"), "nothing\n");
    await withEnv({ AWS_CA_BUNDLE: join(folder, "nosuchfile") }, async () => {
      assert.match((await faultOf(askAll(bench))).message, /of AWS_CA_BUNDLE can't be read from .*nosuchfile/);
    });
    const fault = await faultOf(askAll(bench, { caBundle: join(folder, "empty.pem") }));
    assert.match(fault.message, /empty\.pem, which aws\.caBundle names, has no certificate/);
    await withEnv({ HTTPS_PROXY: "ftp://proxy" }, async () => {
      assert.match((await faultOf(askAll(bench))).message, /the proxy that HTTPS_PROXY names is no URL of a proxy/);
    });
  }));

Deno.test("a store on this machine is asked straight although there is a proxy, with the company's CA", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-straight-" });
  const { cert, key } = await certificates(folder);
  const answer = () => new Response("text", { headers: { ETag: '"1"' } });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} }, answer);
  try {
    const env = { ...NO_WAY, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_CONFIG_FILE: "/dev/null" };
    await withEnv({ ...env, AWS_SHARED_CREDENTIALS_FILE: "/dev/null" }, async () => {
      const way = { proxy: "http://127.0.0.1:1", caBundle: join(folder, "ca.pem") };
      const endpoint = `https://localhost:${server.addr.port}`;
      const s3 = new S3Objects("votes", { region: "ap-northeast-1", endpoint, imds: createImds(), way });
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await s3.get("k", new AbortController().signal), { etag: '"1"', text: "text" });
      }
    });
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what is asked without a proxy: exceptions with and without port, and always this machine and the metadata service", () => {
  const table: [exceptions: string, host: string, port: number, direct: boolean][] = [
    ["", "ec2.eu-west-1.amazonaws.com", 443, false],
    ["", "127.0.0.1", 443, true],
    ["", "localhost", 443, true],
    ["", "[::1]", 443, true],
    ["", "169.254.169.254", 80, true],
    ["", "fd00:ec2::254", 80, true],
    ["*", "ec2.eu-west-1.amazonaws.com", 443, true],
    ["amazonaws.com", "ec2.eu-west-1.amazonaws.com", 443, true],
    [".amazonaws.com", "ec2.eu-west-1.AmazonAWS.com.", 443, true],
    ["*.amazonaws.com", "ec2.eu-west-1.amazonaws.com", 443, true],
    ["amazonaws.com", "notamazonaws.com", 443, false],
    ["ec2.eu-west-1.amazonaws.com:443", "ec2.eu-west-1.amazonaws.com", 443, true],
    ["ec2.eu-west-1.amazonaws.com:8443", "ec2.eu-west-1.amazonaws.com", 443, false],
    ["localhost, s3.amazonaws.com", "s3.amazonaws.com", 443, true],
  ];
  for (const [NO_PROXY, host, port, direct] of table) {
    const env: Record<string, string> = { NO_PROXY, HTTPS_PROXY: "proxy:3128" };
    const way = findWay({}, (name) => env[name]);
    assert.equal(isDirect(way, host, port), direct, `${host}:${port} with ${NO_PROXY}`);
    assert.equal(shownProxy(way.proxy!), "http://proxy:3128 (HTTPS_PROXY)");
  }
  assert.equal(proxyProblem("none"), undefined);
  assert.equal(proxyProblem("https://proxy:3128"), undefined);
  assert.match(proxyProblem("http://proxy:3128/path") ?? "", /has a path/);
  assert.match(proxyProblem("http://user:50%@proxy:3128") ?? "", /write it as %25/);
  assert.throws(() => findWay({ proxy: "nonsense://x" }, () => undefined), (error) => error instanceof Fault);
});
