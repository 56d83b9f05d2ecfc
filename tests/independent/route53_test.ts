/**
 * The sandbox's Route 53 and moto's, asked the same by our client: one list of answers, and by name what moto says
 * otherwise, which `docs/ec2-differences.md` explains.
 */
import { CreateHostedZoneCommand, ListHostedZonesByNameCommand, Route53Client } from "@aws-sdk/client-route-53";
import assert from "node:assert/strict";
import type { Imds } from "../../core/aws/imds.ts";
import { type DnsRecord, Route53Records } from "../../core/aws/route53_client.ts";
import { Fault } from "../../core/plugin/fault.ts";
import { startSandbox, vipTopology } from "../../sandbox/mod.ts";
import { withEnv } from "../environment/variables.ts";
import { REGION, startMoto } from "./moto.ts";

const NAME = "db.example.com.";
const FIRST: DnsRecord = { name: NAME, type: "A", ttlSeconds: 60, values: ["10.0.110.100"] };
const SECOND: DnsRecord = { ...FIRST, values: ["10.0.120.100"] };
const ALIAS: DnsRecord = { name: "www.example.com.", type: "CNAME", ttlSeconds: 30, values: ["db.example.com"] };
const SIX: DnsRecord = { name: NAME, type: "AAAA", ttlSeconds: 60, values: ["fd00::20"] };

const silent = () => Promise.reject(new Error("there is no metadata service"));
const imds: Imds = { instanceId: silent, region: silent, availabilityZone: silent };
const { signal } = new AbortController();

/** Everything that is asked, and what comes back, line by line. A fault is shown as its code of AWS. */
async function conversation(zone: string): Promise<Record<string, unknown>> {
  const records = new Route53Records(zone, { imds });
  const answers: Record<string, unknown> = {};
  const ask = async (title: string, call: Promise<unknown>) => {
    answers[title] = await call.catch((error) => {
      if (!(error instanceof Fault)) throw error;
      return `${error.uncertain ? "uncertain" : "certain"} ${
        /\((?:.*: )?(\w+)(?:, request .*)?\)$/.exec(error.message)?.[1]
      }`;
    });
  };
  await ask("no record", records.find(NAME, "A", signal));
  const change = await records.upsert(FIRST, { signal });
  await ask("the record", records.find(NAME, "A", signal));
  await ask("not of another type", records.find(NAME, "AAAA", signal));
  await ask("not of another name", records.find("da.example.com.", "A", signal));
  await records.upsert(SIX, { signal });
  await ask("the IPv6 record", records.find(NAME, "AAAA", signal));
  await records.upsert(ALIAS, { signal });
  await ask("the alias by name", records.find(ALIAS.name, "CNAME", signal));
  await records.upsert(SECOND, { signal });
  await ask("the record after a takeover", records.find(NAME, "A", signal));
  await ask("removal by a TTL that it never had", records.remove({ ...SECOND, ttlSeconds: 5 }, signal));
  await ask("still there", records.find(NAME, "A", signal));
  await ask("removal of it", records.remove(SECOND, signal));
  await ask("gone", records.find(NAME, "A", signal));
  await ask("a name outside the zone", records.upsert({ ...FIRST, name: "db.example.net." }, { signal }));
  await ask("an unknown zone", new Route53Records("Z0UNKNOWN", { imds }).find(NAME, "A", signal));
  await new Promise((resolve) => setTimeout(resolve, 60));
  await ask("in sync", records.isInSync(change, signal));
  const client = new Route53Client({
    region: REGION,
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: false } },
  });
  const { HostedZones } = await client.send(new ListHostedZonesByNameCommand({ DNSName: "example.com" }));
  answers["the zone by name"] = HostedZones?.map(({ Id, Name }) => [Id === `/hostedzone/${zone}`, Name]);
  client.destroy();
  return answers;
}

const EXPECTED: Record<string, unknown> = {
  "no record": null,
  "the record": FIRST,
  "not of another type": null,
  "not of another name": null,
  "the IPv6 record": SIX,
  "the alias by name": ALIAS,
  "the record after a takeover": SECOND,
  "removal by a TTL that it never had": false,
  "still there": SECOND,
  "removal of it": true,
  "gone": null,
  "a name outside the zone": "certain InvalidChangeBatch",
  "an unknown zone": "certain NoSuchHostedZone",
  "in sync": true,
  "the zone by name": [[true, "example.com."]],
};

/** What moto answers instead, under the names of `docs/ec2-differences.md`. */
const MOTO = [
  { name: "record-delete-code", answers: { "removal by a TTL that it never had": "certain InvalidInput" } },
];

Deno.test("Route 53: the sandbox answers as it must", async () => {
  const id = "Z0000000000000000001";
  const sandbox = await startSandbox(vipTopology(), {
    zones: [{ id, name: "example.com.", records: [] }],
    zoneSyncMs: 50,
  });
  try {
    const keys = { AWS_ACCESS_KEY_ID: "AKIAINDEPENDENTTEST", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
    await withEnv({ ...sandbox.env("server1"), ...keys }, async () => {
      assert.deepEqual(await conversation(id), EXPECTED);
    });
  } finally {
    await sandbox.close();
  }
});

Deno.test("Route 53: moto answers the same, but for what is written down", async () => {
  await using moto = await startMoto();
  await withEnv({ ...moto.env, AWS_ENDPOINT_URL_ROUTE_53: moto.url }, async () => {
    const client = new Route53Client({ region: REGION, requestHandler: { httpAgent: { keepAlive: false } } });
    const { HostedZone } = await client.send(
      new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "independent" }),
    );
    client.destroy();
    const expected = MOTO.reduce((all, { answers }) => ({ ...all, ...answers }), EXPECTED);
    assert.deepEqual(await conversation(HostedZone!.Id!.replace("/hostedzone/", "")), expected);
  });
  const text = await Deno.readTextFile(new URL("../../docs/ec2-differences.md", import.meta.url));
  for (const { name } of MOTO) assert.ok(text.includes(`- \`${name}\``), name);
});
