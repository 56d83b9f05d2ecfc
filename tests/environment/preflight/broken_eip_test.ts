/** What a preflight finds in a cluster with an Elastic IP, on the machine, and in the credentials. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertFound, type Break, notWell, onBench } from "../../integration/preflight/bench.ts";

function finds(
  what: string,
  broken: Break,
  ...wanted: Parameters<typeof assertFound> extends [unknown, ...infer Rest] ? Rest : never
) {
  Deno.test(`preflight of an Elastic IP finds ${what}`, () =>
    onBench("eip", broken, async (bench) => assertFound(await bench.run(), ...wanted)));
}

Deno.test("preflight of the guide's cluster with an Elastic IP has nothing to say, and moves nothing", () =>
  onBench("eip", {}, async ({ sandbox, run }) => {
    const before = structuredClone(sandbox.region);
    assert.deepEqual(notWell(await run()), []);
    assert.deepEqual(sandbox.region, before);
    for (const action of ["AssociateAddress", "DisassociateAddress", "StopInstances"]) {
      const tried = sandbox.calls.list({ action });
      assert.ok(tried.length > 0 && tried.every(({ params }) => params.DryRun === "true"), action);
    }
  }));

finds("an allocation that does not exist", {
  file: [["eipalloc-1234abcd", "eipalloc-99999999"]],
}, ["error", 5, "awseip1", /allocation ID 'eipalloc-99999999' does not exist.*correct 'eipalloc-99999999'/]);

finds("a standby that has no way to EC2 without the Elastic IP", {
  world: ({ sandbox }) => {
    delete sandbox.region.networkInterfaces.find(({ id }) => id === "eni-3c8a1e5f")!.publicIp;
  },
}, ["error", 47, "awseip1", /no public address of its own.*without eipalloc-1234abcd nothing leads from here/]);

finds("another cluster that has the same Elastic IP", {
  world: ({ sandbox }) => {
    const { region } = sandbox;
    const foreign = structuredClone(region.networkInterfaces[0]!);
    region.networkInterfaces.push({ ...foreign, id: "eni-0f0f0f0f", privateIps: ["10.0.10.99"] });
    region.addresses[0]!.association!.eniId = "eni-0f0f0f0f";
  },
}, ["error", 44, "awseip1", /is on eni-0f0f0f0f, which is of no server of this cluster/]);

finds("that the Elastic IP may not be moved", {
  allow: ["ec2:Describe*", "ec2:StopInstances", "ec2:DisassociateAddress"],
}, ["error", 5, "awseip1", /allow the action ec2:AssociateAddress/]);

finds("that the Elastic IP may not be taken off", {
  allow: ["ec2:Describe*", "ec2:StopInstances", "ec2:AssociateAddress"],
}, ["error", 5, "awseip1", /allow the action ec2:DisassociateAddress/]);

finds("a fence that has the instances interchanged", {
  file: [["instance: i-00000000000000001", "instance: i-0"], [
    "instance: i-00000000000000003",
    "instance: i-00000000000000001",
  ], [
    "instance: i-0,",
    "instance: i-00000000000000003,",
  ]],
}, ["error", 5, "fence of server1", /this server runs on i-00000000000000003, not on i-00000000000000001/]);

finds("an availability zone that is impaired", {
  world: ({ sandbox }) => {
    sandbox.region.zones[1]!.state = "impaired";
  },
}, ["warning", 5, "awsazw1", /AWS reports ap-northeast-1b as impaired/]);

finds("an access key in place of a role", {
  env: { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" },
}, ["warning", 46, "credentials", /an access key is used \(…MPLE\).*attach a role/]);

Deno.test("preflight of an Elastic IP finds that there are no credentials", () =>
  onBench("eip", { env: { AWS_EC2_METADATA_DISABLED: "true" } }, async ({ run }) => {
    const found = notWell(await run({ thorough: false }));
    assert.ok(
      found.some(({ status, subject, remedy }) =>
        status === "error" && subject === "credentials" && /attach an IAM role/.test(remedy)
      ),
      JSON.stringify(found),
    );
  }));

finds("a key that others can read", {
  world: ({ folder }) => Deno.chmod(join(folder, "baton.key"), 0o644),
}, ["error", 306, "key FOLDER/baton.key", /it can be read by others; chmod 600/]);

finds("a key that is missing", {
  world: ({ folder }) => Deno.remove(join(folder, "baton.key")),
}, ["error", 306, "key FOLDER/baton.key", /does not exist; make one with `baton key/]);

finds("a state folder that can't be one", {
  world: ({ folder }) => Deno.writeTextFile(join(folder, "state"), ""),
}, ["error", 308, "state FOLDER/state", /can't be written.*set state in cluster\.yaml/]);

Deno.test("preflight says no secret", () =>
  onBench(
    "eip",
    { env: { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "kept-for-itself" } },
    async ({ run }) => {
      const text = JSON.stringify(await run());
      assert.ok(
        !text.includes("kept-for-itself") && !text.includes("AKIAIOSFODNN7EXAMPLE") &&
          !text.includes("0123456789".repeat(4)),
      );
    },
  ));

Deno.test("preflight shows the way to AWS that is used, and finds a proxy and certificates that are not there", async () => {
  const way = async (env: Record<string, string>, file: [string, string][] = []) => {
    let said = "";
    await onBench("eip", { env: { ...NO_WAY, ...env }, file }, async ({ run }) => {
      const { findings } = await run({ thorough: false });
      const found = findings.find(({ subject }) => subject === "way to AWS")!;
      said = `${found.status} ${found.code ?? ""} ${found.message}; ${found.remedy}`;
    });
    return said;
  };
  assert.match(await way({}), /^ok {2}AWS is asked straight, without a proxy; the well-known CAs are trusted/);
  const proxied = { HTTPS_PROXY: "http://user:geheim@127.0.0.1:1", NO_PROXY: "internal.test" };
  const shown = await way(proxied);
  assert.match(shown, /by the proxy http:\/\/127\.0\.0\.1:1 \(HTTPS_PROXY\), but internal\.test straight \(NO_PROXY\)/);
  assert.doesNotMatch(shown, /geheim/);
  const named: [string, string][] = [[
    "timeout: 3s }\nservers",
    "timeout: 3s, proxy: none, caBundle: ca.pem }\nservers",
  ]];
  assert.match(
    await way(proxied, named),
    /^error 5 the CA certificates of aws\.caBundle can't be read from .*\/ca\.pem/,
  );
  // The endpoint is one that has to be asked by the proxy, and there is no such proxy.
  await onBench("eip", {
    env: { ...NO_WAY, HTTPS_PROXY: "http://127.0.0.1:1", AWS_ENDPOINT_URL_EC2: "https://ec2.aws.test" },
  }, async ({ run }) => {
    const found = notWell(await run({ thorough: false }));
    assert.ok(
      found.some(({ subject, code, message, remedy }) =>
        subject === "EC2 endpoint" && code === 47 && /127\.0\.0\.1:1 \(HTTPS_PROXY\) can't be reached/.test(message) &&
        /ec2\.aws\.test:443/.test(remedy)
      ),
      JSON.stringify(found),
    );
  });
});

const NO_WAY = {
  HTTPS_PROXY: "",
  https_proxy: "",
  NO_PROXY: "",
  no_proxy: "",
  AWS_CA_BUNDLE: "",
  NODE_EXTRA_CA_CERTS: "",
};
