import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { CLUSTER_SHAPE } from "../../../core/config/cluster.ts";
import { loadConfig } from "../../../core/config/load.ts";
import { isValueShape, type Shape } from "../../../core/config/shape/shape.ts";
import { exampleLoader, examplePath, readExample } from "./examples.ts";
import { fromText } from "./from_text.ts";

Deno.test("examples: the VIP cluster is the guide's", async () => {
  const config = await loadConfig(examplePath("vip.yaml"), { plugins: exampleLoader, server: "server2" });
  assert.deepEqual(config.warnings, []);
  assert.equal(config.path, examplePath("vip.yaml"));
  assert.equal(config.digest, createHash("sha256").update(await readExample("vip.yaml")).digest("hex"));
  const [vip] = config.groups[0]?.resources ?? [];
  const unasked = { createRoute: false, sourceDestCheck: "warn" };
  assert.deepEqual([...vip?.options ?? []], [
    ["server1", { ip: "10.1.0.20", vpc: "vpc-1234abcd", eni: "eni-4bc00502", ...unasked }],
    ["server2", { ip: "10.1.0.20", vpc: "vpc-1234abcd", eni: "eni-5a3a7902", ...unasked }],
  ]);
  assert.equal(vip?.plugin.address, true);
  assert.deepEqual(config.monitors.map(({ name, type, timing }) => [name, type, timing]), [
    ["awsazw1", "aws-az", "always"],
    ["ipw1", "ip", "always"],
    ["awsvipw1", "aws-vip", "active"],
  ]);
  const [az, ip] = config.monitors;
  assert.equal(az?.options.get("server2")?.zone, "ap-northeast-1b");
  assert.deepEqual(ip?.options.get("server1")?.addresses, ["10.0.10.100", "10.0.20.100"]);
  assert.deepEqual(ip?.recovery, {
    target: { kind: "local-server" },
    maxReactivations: 0,
    maxFailovers: 0,
    finalAction: "shutdown",
    onUnknown: "warn",
  });
  assert.deepEqual([config.quorum, config.witness?.type], [[], "s3"]);
});

Deno.test("examples: the EIP cluster is the guide's", async () => {
  const config = await loadConfig(examplePath("eip.yaml"), { plugins: exampleLoader });
  assert.deepEqual(config.warnings, []);
  const [eip] = config.groups[0]?.resources ?? [];
  assert.deepEqual(eip?.options.get("server1"), { allocation: "eipalloc-1234abcd", eni: "eni-249f6c6d" });
  assert.notEqual(eip?.options.get("server2")?.eni, "eni-249f6c6d");
  assert.deepEqual(config.monitors.map(({ name, type }) => [name, type]), [
    ["awsazw1", "aws-az"],
    ["genw1", "port443"],
    ["awseipw1", "aws-eip"],
  ]);
  assert.deepEqual([config.quorum, config.witness?.type], [[], "s3"]);
});

Deno.test("examples: the guide's own votes are the same clusters, with the weaker vote and nothing else", async () => {
  for (const name of ["vip", "eip"] as const) {
    const [sound, weak] = await Promise.all(
      [`${name}.yaml`, `guide-${name}.yaml`].map((file) =>
        loadConfig(examplePath(file), { plugins: exampleLoader, server: "server2" })
      ),
    );
    const rest = (
      { path: _path, digest: _digest, quorum: _quorum, witness: _witness, ...config }: typeof sound & object,
    ) => config;
    assert.deepEqual(rest(weak!), rest(sound!));
    const { type, options } = weak!.quorum[0]!;
    const { host, port, addresses } = options.get("server1")!;
    const device = name === "vip"
      ? ["ping", undefined, undefined, ["10.0.10.100", "10.0.20.100"]]
      : ["tcp", "ec2.ap-northeast-1.amazonaws.com", 443, undefined];
    assert.deepEqual([type, host, port, addresses], device);
  }
});

Deno.test("examples: the file in docs/configuration.md is sound and names every key", async () => {
  const page = await Deno.readTextFile(fileURLToPath(new URL("../../../docs/configuration.md", import.meta.url)));
  const text = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? assert.fail("the page has no YAML");
  const config = await fromText(text, exampleLoader, { label: "configuration.md" });
  assert.deepEqual(config.warnings, []);
  const keys = new Set<string>();
  const collect = (shape: Shape): void => {
    if (isValueShape(shape)) return;
    if (shape.form === "table") return collect(shape.of);
    if (shape.form === "word-or-section") return collect(shape.section);
    if (shape.form !== "section") return;
    for (const [key, child] of Object.entries(shape.keys)) {
      keys.add(key);
      collect(child);
    }
  };
  collect(CLUSTER_SHAPE);
  const missing = [...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(page));
  assert.deepEqual(missing, [], `not on the page: ${missing.join(", ")}`);
  assert.ok(keys.size > 30, `only ${keys.size} keys`);
});

Deno.test("examples: the drop-in of eip.yaml is the one that operators copy", async () => {
  const [used, copied] = await Promise.all(
    ["examples/plugins/port443.ts", "plugins/examples/port443.ts"].map((path) =>
      Deno.readTextFile(new URL(`../../../${path}`, import.meta.url))
    ),
  );
  assert.equal(used, copied, "cp plugins/examples/port443.ts examples/plugins/");
});
