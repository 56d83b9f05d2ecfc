import assert from "node:assert/strict";
import { startSandbox, vipTopology } from "../../sandbox/mod.ts";
import { addressCases } from "./cases_addresses.ts";
import { creationCases } from "./cases_creation.ts";
import { deniedCases } from "./cases_denied.ts";
import { instanceCases } from "./cases_instances.ts";
import { malformedCases } from "./cases_malformed.ts";
import { networkCases } from "./cases_network.ts";
import { privateAddressCases } from "./cases_private_addresses.ts";
import { routeCases } from "./cases_routes.ts";
import { twoNetworkCases } from "./cases_two_networks.ts";
import { Conversation, type EndpointName } from "./conversation.ts";
import { withEnv } from "../environment/variables.ts";
import { clientEnv, startMoto } from "./moto.ts";
import { buildNetwork, type Network } from "./network.ts";
import { motoReader } from "./moto_reader.ts";

/** An instance of the sandbox takes that long to start or to stop, in milliseconds. */
const INSTANCE_DELAY_MS = 100;

/** An endpoint, and the environment of a user of it who may only read. */
interface Endpoint extends AsyncDisposable {
  url: string;
  reader(): Promise<Record<string, string>>;
}

async function open(endpoint: EndpointName): Promise<Endpoint> {
  if (endpoint === "moto") {
    const moto = await startMoto();
    return {
      url: moto.url,
      reader: async () => {
        const { accessKeyId, secretAccessKey } = await motoReader(moto.url, moto.env);
        return { ...moto.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
      },
      [Symbol.asyncDispose]: () => moto[Symbol.asyncDispose](),
    };
  }
  // The topology's own VPC stays beside what the script builds, as moto has its default VPC.
  const sandbox = await startSandbox(vipTopology(), {
    instanceDelayMs: INSTANCE_DELAY_MS,
    allow: { server2: ["ec2:Describe*"] },
  });
  return {
    url: sandbox.endpoint("server1"),
    reader: () => Promise.resolve(clientEnv(sandbox.endpoint("server2"))),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

function nameAll(talk: Conversation, net: Network): void {
  talk.name(net.vpc, "vpc");
  talk.name(net.gateway, "gateway");
  talk.name(net.mainTable, "mainTable");
  talk.name(net.allocation, "allocation");
  talk.name(net.publicIp, "publicIp");
  for (const [index, server] of net.servers.entries()) {
    talk.name(net.tables[index], `table${index + 1}`);
    talk.name(server.eni, `eni${index + 1}`);
    talk.name(server.instance, `instance${index + 1}`);
    talk.name(server.subnet, `subnet${index + 1}`);
  }
}

/** What one endpoint was asked, by both users together. */
interface Told {
  actions: Map<string, number>;
  compared: number;
  differences: Set<string>;
}

const told = new Map<EndpointName, Told>();

async function conversation(
  endpoint: EndpointName,
  url: string,
  env: Record<string, string>,
  play: (talk: Conversation) => Promise<void>,
): Promise<void> {
  await withEnv(env, async () => {
    const talk = await Conversation.open(endpoint, url);
    try {
      await play(talk);
    } finally {
      talk.close();
      const sum = told.get(endpoint) ?? { actions: new Map<string, number>(), compared: 0, differences: new Set() };
      for (const [action, count] of talk.actions) sum.actions.set(action, (sum.actions.get(action) ?? 0) + count);
      sum.compared += talk.compared;
      for (const name of talk.differences) sum.differences.add(name);
      told.set(endpoint, sum);
    }
  });
}

function conform(talk: Conversation): void {
  const problems = talk.problems.splice(0);
  assert.equal(problems.length, 0, `\n${problems.join("\n")}\n`);
}

for (const endpoint of ["sandbox", "moto"] as const) {
  Deno.test(`conformance: ${endpoint} answers every request of the script as it must`, async (t) => {
    await using server = await open(endpoint);
    let net: Network | undefined;
    await conversation(endpoint, server.url, clientEnv(server.url), async (talk) => {
      const built = net = await talk.need("the network", buildNetwork(talk.client));
      nameAll(talk, built);
      for (
        const group of [
          networkCases,
          creationCases,
          routeCases,
          twoNetworkCases,
          addressCases,
          instanceCases,
          privateAddressCases,
          malformedCases,
        ]
      ) {
        await t.step(group.name, async () => {
          await group(talk, built);
          conform(talk);
        });
      }
    });
    const readerEnv = await server.reader();
    await conversation(endpoint, readerEnv.AWS_ENDPOINT_URL_EC2!, readerEnv, async (talk) => {
      await t.step(deniedCases.name, async () => {
        await deniedCases(talk, net!);
        conform(talk);
      });
    });
  });
}

Deno.test("conformance: both endpoints were sent the same requests", () => {
  const [sandbox, moto] = [told.get("sandbox"), told.get("moto")];
  assert.ok(sandbox && moto, "a conversation did not take place");
  // Looked at until an instance has stopped or started; how often, is a matter of time.
  const polled = "DescribeInstances";
  const counts = ({ actions }: Told) => Object.fromEntries([...actions].filter(([action]) => action !== polled).sort());
  assert.deepEqual(counts(sandbox), counts(moto));
  assert.equal(sandbox.compared, moto.compared);
  assert.deepEqual([...sandbox.differences].sort(), [...moto.differences].sort());
  const total = (one: Told) => [...one.actions.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `conformance: ${sandbox.actions.size} actions; ${total(sandbox)} requests to the sandbox, ${
      total(moto)
    } to moto; ` +
      `${sandbox.compared} answers compared on each; ${moto.differences.size} known differences of moto`,
  );
});

Deno.test("conformance: every difference is written down, and nothing else is", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/ec2-differences.md", import.meta.url));
  const written = [...text.matchAll(/^\| `([a-z-]+)`/gm)].map((match) => match[1]!);
  assert.deepEqual(written.toSorted(), [...told.get("moto")?.differences ?? []].sort());
});
