/**
 * The questions, in the order of the guide's wizard: cluster, servers, interconnect, network partition resolution, group,
 * resource, monitor.
 *
 * @module
 */
import { isIPv4 } from "node:net";
import type { AccountInstance } from "../../aws/account.ts";
import { ec2Host } from "../../aws/partition.ts";
import { NAME } from "../../config/shape/shape.ts";
import { canonicalIp, cidrContains, unusable } from "../../plugin/ip_address.ts";
import { UsageError } from "../command.ts";
import { FAULT_CODES } from "../../plugin/fault.ts";
import { bucketNameProblem, newBucketName } from "./bucket_name.ts";
import type { InitPlan, PlannedQuorum, PlannedServer, Topology } from "./plan.ts";
import type { Prompter } from "./prompter.ts";
import type { Survey } from "./survey.ts";

/** More servers than these are not proposed by themselves. */
const MOST_PROPOSED = 3;

/** Asks everything. `show` gets what a person has to see before a question. */
export async function askPlan(prompter: Prompter, survey: Survey, show: (text: string) => void): Promise<InitPlan> {
  const topology = await askTopology(prompter);
  const cluster = await askName(prompter, "name", "Name of the cluster", "cluster");
  const vpc = await askVpc(prompter, survey);
  const instances = await askInstances(prompter, survey, vpc.id, topology, show);
  const timing = await prompter.ask({
    option: "timing",
    text: "How fast is a failure noticed: fast (3 s), standard (10 s), relaxed (30 s)",
    suggestion: "standard",
    problem: (answer) => /^(fast|standard|relaxed)$/.test(answer) ? undefined : "fast, standard or relaxed is needed",
  });
  const servers = await askInterconnect(prompter, instances);
  const quorum = await askQuorum(prompter, survey, servers, topology, cluster);
  const group = await askName(prompter, "group", "Name of the failover group", "failover1");
  const witness = quorum.type === "s3" ? witnessPlace(survey, vpc.id, servers) : undefined;
  const plan = { topology, cluster, region: survey.account.region, vpc, servers, timing, quorum, group };
  const address = topology === "vip"
    ? { ip: await askVip(prompter, survey, vpc, show) }
    : { allocation: await askAllocation(prompter, survey, show) };
  const finalAction = quorum.type !== "ping" ? "none" : await prompter.ask({
    option: "final-action",
    text: "What a server does that can't leave its subnet any more: none, stop-service, shutdown, reboot",
    suggestion: "shutdown",
    problem: (answer) =>
      ["none", "stop-service", "shutdown", "reboot"].includes(answer) ? undefined : "that is no final action",
  }) as InitPlan["finalAction"];
  const said = [...remarks(survey, { ...plan, ...address }), ...witness?.remarks ?? []];
  return { ...plan, ...address, finalAction, ...(witness ? { witness: witness.place } : {}), remarks: said };
}

async function askTopology(prompter: Prompter): Promise<Topology> {
  return await prompter.ask({
    option: "topology",
    text: "Where are the clients: in the VPC (vip) or on the Internet (eip)",
    suggestion: "vip",
    problem: (answer) => answer === "vip" || answer === "eip" ? undefined : "vip or eip is needed",
  }) as Topology;
}

async function askName(prompter: Prompter, option: string, text: string, suggestion: string): Promise<string> {
  const problem = (answer: string) => NAME.test.test(answer) ? undefined : `write ${NAME.expected}`;
  return await prompter.ask({ option, text, suggestion, problem });
}

async function askVpc(prompter: Prompter, survey: Survey): Promise<InitPlan["vpc"]> {
  const { vpcs } = survey;
  if (vpcs.length === 0) {
    throw new UsageError(
      `no VPC of ${survey.account.region} has an instance; launch the servers first, or give --region`,
      FAULT_CODES.output,
    );
  }
  const suggestion = survey.own?.vpcId ?? (vpcs.length === 1 ? vpcs[0]!.id : undefined);
  const id = await prompter.ask({
    option: "vpc",
    text: `VPC of the servers (${vpcs.map(({ id, name }) => name === "" ? id : `${id} ${name}`).join(", ")})`,
    ...(suggestion === undefined ? {} : { suggestion }),
    problem: (answer) =>
      vpcs.some(({ id }) => id === answer)
        ? undefined
        : `there is no such VPC with instances in ${survey.account.region}`,
  });
  return vpcs.find((vpc) => vpc.id === id)!;
}

async function askInstances(
  prompter: Prompter,
  survey: Survey,
  vpcId: string,
  topology: Topology,
  show: (text: string) => void,
): Promise<Map<string, AccountInstance>> {
  const candidates = survey.candidates(vpcId);
  for (const one of candidates) {
    const here = one.id === survey.ownId ? ", this machine" : "";
    show(`  ${one.id}  ${one.name || "(no name)"}  ${one.privateIp}  ${one.zone}  ${one.state}${here}`);
  }
  const likely = survey.likely(vpcId, topology);
  const proposed = likely.length >= 2 && likely.length <= MOST_PROPOSED ? likely.map(label).sort() : undefined;
  const problem = (answer: string) => {
    const found = pick(answer, candidates);
    return typeof found === "string" ? found : undefined;
  };
  const answer = await prompter.ask({
    option: "servers",
    text: "Servers, by their names or instance ids, the preferred one first",
    ...(proposed === undefined ? {} : { suggestion: proposed.join(",") }),
    problem,
  });
  return pick(answer, candidates) as Map<string, AccountInstance>;
}

/** Server name -> instance; a string says what is wrong. `web1=i-...` gives a name of its own. */
function pick(answer: string, candidates: readonly AccountInstance[]): Map<string, AccountInstance> | string {
  const chosen = new Map<string, AccountInstance>();
  for (const word of answer.split(/[\s,]+/).filter((one) => one !== "")) {
    const [first = "", id] = word.split("=");
    const wanted = id ?? first;
    const found = candidates.filter((one) => one.id === wanted || (one.name !== "" && one.name === wanted));
    if (found.length !== 1) {
      const known = candidates.map((one) => one.name || one.id).join(", ");
      return found.length > 1
        ? `several instances are named ${wanted}; give ids`
        : `there is no ${wanted}; there are ${known}`;
    }
    const name = id === undefined ? label(found[0]!) : first;
    if (!NAME.test.test(name)) {
      return `${JSON.stringify(name)} can't be the name of a server; write NAME=${found[0]!.id}`;
    }
    if (chosen.has(name)) return `${name} is there twice; write NAME=INSTANCE`;
    if ([...chosen.values()].includes(found[0]!)) return `${found[0]!.id} is there twice`;
    chosen.set(name, found[0]!);
  }
  return chosen.size >= 2 ? chosen : "at least two servers are needed";
}

/** The name of an instance, when it can be that of a server; its id otherwise. */
function label({ name, id }: AccountInstance): string {
  return NAME.test.test(name) ? name : id;
}

async function askInterconnect(
  prompter: Prompter,
  instances: ReadonlyMap<string, AccountInstance>,
): Promise<PlannedServer[]> {
  const suggestion = [...instances.values()].map(({ privateIp }) => privateIp);
  const answer = await prompter.ask({
    option: "interconnect",
    text: `Addresses at which the servers hear each other, in the order ${[...instances.keys()].join(", ")}`,
    suggestion: suggestion.join(","),
    problem: (answer) => {
      const ips = split(answer);
      if (ips.length !== instances.size) return `${instances.size} addresses are needed`;
      const wrong = ips.find((ip) => canonicalIp(ip) === undefined);
      return wrong === undefined ? undefined : `${wrong} is no IP address`;
    },
  });
  const ips = split(answer);
  return [...instances].map(([name, instance], at) => ({ name, instance, interconnect: ips[at]! }));
}

async function askQuorum(
  prompter: Prompter,
  survey: Survey,
  servers: readonly PlannedServer[],
  topology: Topology,
  cluster: string,
): Promise<PlannedQuorum> {
  const nats = survey.natsOfSubnets(servers.map(({ instance }) => instance.subnetId)).map(({ privateIp }) => privateIp);
  const weak = topology === "vip" && nats.length > 0 ? `ping:${nats.join(",")}` : "tcp";
  const how = await prompter.ask({
    option: "quorum",
    text:
      "Network partition resolution: s3 (a witness in a bucket, whose vote only one side of a partition can have), or " +
      `weaker, because both sides may get an answer: ${
        weak === "tcp" ? "ping:ADDRESS,ADDRESS" : weak
      } (NAT instances) ` +
      "or tcp (port 443 of the regional endpoint); none (for an odd number of servers)",
    suggestion: servers.length % 2 === 1 ? "none" : "s3",
    problem: (answer) => {
      const found = readQuorum(answer, survey.account.region);
      return typeof found === "string" ? found : undefined;
    },
  });
  if (how !== "s3") return readQuorum(how, survey.account.region) as PlannedQuorum;
  const bucket = await prompter.ask({
    option: "bucket",
    text: "Bucket of the witness: one that is there, or a new name; nothing is created now",
    suggestion: newBucketName(cluster),
    problem: bucketNameProblem,
  });
  return { type: "s3", bucket };
}

function readQuorum(answer: string, region: string): PlannedQuorum | string {
  if (answer === "s3") return { type: "s3", bucket: "" };
  if (answer === "none") return { type: "none" };
  if (answer === "tcp") return { type: "tcp", host: ec2Host(region) };
  const addresses = answer.startsWith("ping:") ? split(answer.slice("ping:".length)) : [];
  if (addresses.length === 0) return "s3 or ping:ADDRESS,ADDRESS or tcp or none is needed";
  const wrong = addresses.find((ip) => canonicalIp(ip) === undefined);
  return wrong === undefined ? { type: "ping", addresses } : `${wrong} is no IP address`;
}

async function askVip(
  prompter: Prompter,
  survey: Survey,
  vpc: InitPlan["vpc"],
  show: (text: string) => void,
): Promise<string> {
  const routed = survey.routedAddresses(vpc.id);
  if (routed.length > 0) show(`  route tables already have a row for ${routed.join(", ")}`);
  return await prompter.ask({
    option: "ip",
    text: `Virtual IP address, outside ${vpc.blocks.join(", ")}`,
    ...(routed.length === 1 ? { suggestion: routed[0]! } : {}),
    problem: (answer) => {
      if (!isIPv4(answer)) return "an IPv4 address without its prefix is needed";
      const block = vpc.blocks.find((one) => cidrContains(one, answer));
      return block === undefined
        ? unusable(answer)
        : `it lies in ${block} of ${vpc.id}; take one outside of every block`;
    },
  });
}

async function askAllocation(
  prompter: Prompter,
  survey: Survey,
  show: (text: string) => void,
): Promise<NonNullable<InitPlan["allocation"]>> {
  const { addresses } = survey.account;
  if (addresses.length === 0) {
    throw new UsageError(
      "the account has no Elastic IP in this region; allocate one first (aws ec2 allocate-address)",
      FAULT_CODES.output,
    );
  }
  for (const { allocationId, publicIp, name, eniId } of addresses) {
    show(`  ${publicIp}  ${allocationId}  ${name}${eniId ? `  at ${eniId}` : ""}`);
  }
  const find = (answer: string) =>
    addresses.find(({ allocationId, publicIp }) => allocationId === answer || publicIp === answer);
  const answer = await prompter.ask({
    option: "ip",
    text: "Elastic IP, by its address or allocation id",
    ...(addresses.length === 1 ? { suggestion: addresses[0]!.publicIp } : {}),
    problem: (answer) => find(answer) ? undefined : "the account has no such Elastic IP in this region",
  });
  const { allocationId, publicIp } = find(answer)!;
  return { id: allocationId, publicIp };
}

/** What the account still lacks for the plan. */
function remarks(survey: Survey, plan: Pick<InitPlan, "topology" | "servers" | "vpc" | "ip">): string[] {
  const found: string[] = [];
  for (const { name, instance } of plan.servers) {
    if (instance.state !== "running") found.push(`${name} (${instance.id}) is ${instance.state}; start it.`);
    if (instance.profile === undefined) {
      found.push(`${name} (${instance.id}) has no IAM role; give it one with the policy of baton iam-policy.`);
    }
    if (plan.topology === "vip" && instance.sourceDestCheck) {
      found.push(
        `The source/destination check of ${instance.eniId} (${name}) is on; turn it off, or nothing sent to the ` +
          "virtual address arrives.",
      );
    }
  }
  if (plan.ip !== undefined) {
    const lacking = survey.tablesInUse(plan.vpc.id).filter(({ routes }) =>
      !routes.some(({ destination }) => destination === `${plan.ip}/32`)
    );
    if (lacking.length > 0) {
      found.push(
        `${
          lacking.map(({ id }) => id).join(", ")
        }: no row ${plan.ip}/32. Clients on subnets of these tables can't reach the ` +
          `address; add a row that leads to ${plan.servers[0]!.instance.eniId}, Baton moves it from then on.`,
      );
    }
  }
  return found;
}

/** Where the endpoint and the policy of the witness go, as far as the account says it. */
function witnessPlace(survey: Survey, vpc: string, servers: readonly PlannedServer[]) {
  const tables = [
    ...new Map(servers.flatMap(({ instance }) => survey.tableOf(instance.subnetId) ?? []).map((one) => [one.id, one]))
      .values(),
  ];
  const there = tables.filter(({ routes }) => routes.some(({ target }) => target.startsWith("vpce-")));
  const roles = [...new Set(servers.flatMap(({ instance }) => instance.profile ?? []))];
  const remarks = there.length === 0 ? [] : [
    `${there.map(({ id }) => id).join(", ")}: a row leads to an endpoint in the VPC already. Where it is that of S3, ` +
    "leave the table out of EndpointTables.",
  ];
  return { place: { vpc, tables: tables.map(({ id }) => id), ...(roles.length > 0 ? { roles } : {}) }, remarks };
}

function split(answer: string): string[] {
  return answer.split(/[\s,]+/).filter((one) => one !== "");
}
