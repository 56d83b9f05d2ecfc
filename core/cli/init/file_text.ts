/**
 * The `cluster.yaml` of a plan, with comments that say what each part is for.
 *
 * @module
 */
import { witnessLines } from "../../config/vote_text.ts";
import type { InitPlan, PlannedServer } from "./plan.ts";

/** The text. Everything that was typed in was checked when it was: names, ids and addresses need no quotes. */
export function fileText(plan: InitPlan): string {
  return [
    head(plan),
    quorum(plan),
    `groups:
  ${plan.group}: # servers: all of them, ${plan.servers[0]!.name} preferred
    resources: # activated in this order, deactivated in reverse
      # What clients come for belongs here, before the address, so that nobody reaches a service that is not up:
      # app1: { type: service, service: nginx }
${plan.topology === "vip" ? vip(plan) : eip(plan)}`,
    monitors(plan),
  ].filter((part) => part !== "").join("\n");
}

function head(plan: InitPlan): string {
  const width = Math.max(...plan.servers.map(({ name }) => name.length));
  const lines = plan.servers.map(({ name, interconnect, instance }) =>
    `  ${`${name}:`.padEnd(width + 1)} { interconnect: ${interconnect} } # ${instance.id}, ${instance.zone}`
  );
  const clients = plan.topology === "vip"
    ? `Clients in ${plan.vpc.id} reach it through the virtual address ${plan.ip}.`
    : `Clients on the Internet reach it through the Elastic IP ${plan.allocation!.publicIp}.`;
  return `# ${clients}
# The same file lies on every server, with the key beside it. Made by baton init.

cluster: ${plan.cluster}
key: baton.key # what all servers share; never put it under version control

# How fast a failure is noticed: fast 3 s, standard 10 s, relaxed 30 s, or { detection: 8s }.
timing: ${plan.timing}

aws: { region: ${plan.region} }

servers: # the order is the order of preference
${lines.join("\n")}
`;
}

function quorum({ quorum, servers, region }: InitPlan): string {
  if (quorum.type === "s3") return `${witnessLines({ name: "witness", bucket: quorum.bucket, region })}`;
  if (quorum.type === "none") {
    const need = Math.floor(servers.length / 2) + 1;
    return `# Network partition resolution: ${need} of ${servers.length} servers are a majority, nothing else is asked.\n`;
  }
  const entry = quorum.type === "ping"
    ? `  nat: { type: ping, addresses: [${quorum.addresses.join(", ")}] } # NAT instances on the way out`
    : `  endpoint: { type: tcp, host: ${quorum.host}, port: 443 } # the regional endpoint`;
  return `# Network partition resolution: servers that no longer hear each other ask whether they are cut off themselves. Both
# sides of a partition may get an answer, and then both carry. A witness makes sure of it: baton witness.
quorum:
${entry}
`;
}

function vip({ ip, vpc, servers }: InitPlan): string {
  const [first, ...others] = servers as [PlannedServer, ...PlannedServer[]];
  return `      awsvip1: # its monitor awsvipw1 comes by itself
        type: aws-vip
        ip: ${ip} # outside ${vpc.blocks.join(", ")}; each route table of the clients has a row ${ip}/32
        vpc: ${vpc.id}
        eni: ${first.instance.eniId} # of ${first.name}; source/destination check off
        individually:
${others.map(({ name, instance }) => `          ${name}: { eni: ${instance.eniId} }`).join("\n")}
`;
}

function eip({ allocation, servers }: InitPlan): string {
  const [first, ...others] = servers as [PlannedServer, ...PlannedServer[]];
  return `      awseip1: # its monitor awseipw1 comes by itself
        type: aws-eip
        allocation: ${allocation!.id} # ${allocation!.publicIp}
        eni: ${first.instance.eniId} # of ${first.name}
        individually:
${others.map(({ name, instance }) => `          ${name}: { eni: ${instance.eniId} }`).join("\n")}
`;
}

function monitors({ servers, quorum, finalAction }: InitPlan): string {
  const [first, ...others] = servers as [PlannedServer, ...PlannedServer[]];
  const elsewhere = others.filter(({ instance }) => instance.zone !== first.instance.zone);
  const own = elsewhere.length === 0
    ? ""
    : `    individually:\n${
      elsewhere.map(({ name, instance }) => `      ${name}: { zone: ${instance.zone} }`).join("\n")
    }\n`;
  const zone = `monitors:
  awsazw1: # is the availability zone in order? Only reported.
    type: aws-az
    zone: ${first.instance.zone}
${own}    recovery: { target: LocalServer, finalAction: none }
`;
  if (quorum.type !== "ping") return zone;
  return `${zone}
  ipw1: # can this server leave its subnet?${finalAction === "none" ? " Only reported." : ""}
    type: ip
    addresses: [${quorum.addresses.join(", ")}]
    recovery: { target: LocalServer, finalAction: ${finalAction} }
`;
}
