/**
 * What every plugin test needs: a simulated machine, a fake EC2 with two servers in it, and contexts.
 *
 * @module
 */
import { join } from "node:path";
import type { Ec2 } from "../../core/aws/ec2.ts";
import type { Imds } from "../../core/aws/imds.ts";
import { SimulatedOs } from "../../core/os/simulated.ts";
import { createContext } from "../../core/plugin/context.ts";
import type { PluginContext, PluginLog } from "../../core/plugin/contract.ts";
import { FakeEc2 } from "./fake_ec2.ts";

export const VIP = "10.1.0.20";
export const VPC = "vpc-1";
/** This server's ENI, on the NIC eth0, and the other server's. */
export const ENI = "eni-a";
export const PEER_ENI = "eni-b";
export const EIP = "eipalloc-1";
export const ZONE = "ap-northeast-1a";
const MAC = "02:00:00:00:00:0a";

/** A simulated machine in a temporary folder, with its EC2. Dispose of it with `await using`. */
export interface TestBench extends AsyncDisposable {
  folder: string;
  os: SimulatedOs;
  ec2: FakeEc2;
  /** What plugins logged as warnings. */
  warnings: string[];
  /** What the machine's power did. */
  powered: string[];
  context<Options>(options: Options, parts?: Partial<ContextChoices>): PluginContext<Options>;
  /** Addresses on eth0. */
  addresses(): Promise<string[]>;
}

interface ContextChoices {
  signal: AbortSignal;
  ec2: Ec2;
}

/** Makes a bench. `ec2` holds one VPC 10.0.0.0/16 with two tables that route the VIP to the other server. */
export async function createBench(): Promise<TestBench> {
  const folder = await Deno.makeTempDir({ prefix: "baton-bench-" });
  await Deno.mkdir(join(folder, "nics", "eth0", "addresses"), { recursive: true });
  await Deno.mkdir(join(folder, "services"));
  await Deno.mkdir(join(folder, "reach"));
  await Deno.writeTextFile(join(folder, "nics", "eth0", "mac"), `${MAC}\n`);
  const warnings: string[] = [];
  const powered: string[] = [];
  const os = new SimulatedOs(folder, (action) => powered.push(action));
  const ec2 = twoServers();
  const log: PluginLog = { debug() {}, info() {}, warn: (message) => void warnings.push(message) };
  const imds: Imds = {
    instanceId: () => Promise.resolve("i-a"),
    region: () => Promise.resolve("ap-northeast-1"),
    availabilityZone: () => Promise.resolve(ZONE),
  };
  return {
    folder,
    os,
    ec2,
    warnings,
    powered,
    context: (options, parts = {}) =>
      createContext({
        options,
        name: "thing1",
        server: "server1",
        group: "group1",
        signal: parts.signal ?? new AbortController().signal,
        log,
        os,
        // Another object for each context, as in the agent: nothing may be remembered by it.
        ec2: () => Promise.resolve(parts.ec2 ?? facade(ec2)),
        imds,
      }),
    addresses: async () => (await os.nics(new AbortController().signal))[0]?.addresses.map(({ ip }) => ip) ?? [],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function facade(ec2: FakeEc2): Ec2 {
  return {
    assuming: (roleArn) => ec2.assuming(roleArn),
    subnetCidrs: (...asked) => ec2.subnetCidrs(...asked),
    interfaceWithAddress: (...asked) => ec2.interfaceWithAddress(...asked),
    setSourceDestCheck: (...asked) => ec2.setSourceDestCheck(...asked),
    assignAddress: (...asked) => ec2.assignAddress(...asked),
    unassignAddress: (...asked) => ec2.unassignAddress(...asked),
    vpcCidrs: (...asked) => ec2.vpcCidrs(...asked),
    routeTables: (...asked) => ec2.routeTables(...asked),
    replaceRoute: (...asked) => ec2.replaceRoute(...asked),
    createRoute: (...asked) => ec2.createRoute(...asked),
    networkInterface: (...asked) => ec2.networkInterface(...asked),
    elasticIp: (...asked) => ec2.elasticIp(...asked),
    associateAddress: (...asked) => ec2.associateAddress(...asked),
    disassociateAddress: (...asked) => ec2.disassociateAddress(...asked),
    availabilityZone: (...asked) => ec2.availabilityZone(...asked),
    instanceState: (...asked) => ec2.instanceState(...asked),
    stopInstance: (...asked) => ec2.stopInstance(...asked),
  };
}

function twoServers(): FakeEc2 {
  const ec2 = new FakeEc2();
  ec2.cidrs.set(VPC, ["10.0.0.0/16", "fd00:aaaa::/56"]);
  for (const id of ["rtb-1", "rtb-2"]) {
    ec2.tables.push({
      id,
      vpcId: VPC,
      routes: [
        { destination: `${VIP}/32`, eniId: PEER_ENI, state: "active" },
        { destination: "fd00:bbbb::20/128", eniId: PEER_ENI, state: "active" },
      ],
    });
  }
  ec2.tables.push({ id: "rtb-other", vpcId: VPC, routes: [{ destination: "0.0.0.0/0", state: "active" }] });
  ec2.cidrs.set("subnet-1", ["10.0.0.0/24", "fd00:aaaa:0:1::/64"]);
  const servers = [[ENI, MAC, "i-a", "10.0.0.10"], [PEER_ENI, "02:00:00:00:00:0b", "i-b", "10.0.0.11"]] as const;
  for (const [id, mac, instanceId, ip] of servers) {
    ec2.enis.set(id, {
      id,
      vpcId: VPC,
      subnetId: "subnet-1",
      availabilityZone: ZONE,
      mac,
      privateIp: ip,
      privateIps: [ip],
      ipv6Addresses: [],
      sourceDestCheck: false,
      instanceId,
    });
  }
  ec2.eips.set(EIP, { allocationId: EIP, publicIp: "198.51.100.7" });
  ec2.zones.set(ZONE, { name: ZONE, state: "available", messages: [] });
  return ec2;
}
