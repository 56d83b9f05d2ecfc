/** What a preflight finds with a secondary address and with a floating one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertFound, type Break, notWell, onBench, type PreflightBench } from "./bench.ts";

const VIP = "aws-vip, ip: 10.1.0.20, vpc: vpc-1234abcd";
const secondary = (ip: string, more: Partial<Break> = {}): Break => ({
  file: [[VIP, `aws-secondary-ip, ip: ${ip}`]],
  ...more,
});
const tried = ({ sandbox }: PreflightBench) =>
  sandbox.calls.list().filter(({ action }) => !action.startsWith("Describe"));

Deno.test("preflight of a secondary address: all well, and nothing is assigned", () =>
  onBench("vip", secondary("10.0.120.50"), async (bench) => {
    assert.deepEqual(notWell(await bench.run()), []);
    assert.ok(!tried(bench).some(({ action }) => action.startsWith("Assign")), "EC2 has no dry run for it");
    assert.ok(tried(bench).every(({ params }) => params.DryRun === "true"));
  }));

Deno.test("preflight of a secondary address finds one of another subnet", () =>
  onBench("vip", secondary("10.0.110.50"), async (bench) => {
    assertFound(await bench.run(), ["error", 7, "awsvip1", /10\.0\.110\.50 lies outside subnet-0000002b/]);
  }));

Deno.test("preflight of a secondary address finds somebody else who has it", () =>
  onBench("vip", {
    ...secondary("10.0.120.50"),
    world: ({ sandbox }) => {
      const { networkInterfaces } = sandbox.region;
      networkInterfaces.push({
        ...structuredClone(networkInterfaces[0]!),
        id: "eni-0f0f0f0f",
        privateIps: ["10.0.120.50"],
      });
    },
  }, async (bench) => {
    assertFound(await bench.run(), ["error", 44, "awsvip1", /is on eni-0f0f0f0f, which is of no server/]);
  }));

Deno.test("preflight of a floating address finds a server without its subnet", () =>
  onBench("vip", {
    file: [
      [
        `awsvip1: { type: ${VIP}, eni: eni-4bc00502, individually: { server2: { eni: eni-5a3a7902 } } }`,
        "fip1: { type: floating-ip, ip: 10.9.0.9, nic: eth9 }",
      ],
    ],
    world: ({ folder }) => Deno.writeTextFile(join(folder, "machine/nics/eth0/addresses/10.0.120.100"), ""),
  }, async (bench) => {
    const found = notWell(await bench.run());
    assert.ok(
      found.some(({ subject, status, message }) => subject === "fip1" && status === "error" && /eth9/.test(message)),
      JSON.stringify(found),
    );
  }));
