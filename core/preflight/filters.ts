/**
 * What security groups and network ACLs let through. Pure: rules in, sentences out.
 *
 * @module
 */
import type { GroupRule, InspectedInterface, NetworkAcl, SecurityGroup } from "../aws/inspection.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { broken, type Finding, fine, unclear } from "../plugin/finding.ts";
import { cidrContains, hostBlock } from "../plugin/ip_address.ts";

/** One end of a path. */
export interface PathEnd {
  server: string;
  ip: string;
  port: number;
  eni: InspectedInterface;
}

/** All rules that are concerned. */
export interface Filters {
  groups: readonly SecurityGroup[];
  acls: readonly NetworkAcl[];
}

/** The number of UDP in network ACLs. */
const UDP_NUMBER = "17";

type Answer = "yes" | "no" | "unknown";

/** Whether heartbeats get from one end to the other: out of the one, through both subnets, into the other. */
export function pathFindings(from: PathEnd, to: PathEnd, filters: Filters): Finding[] {
  const subject = `${from.server} -> ${to.server}`;
  const found = [
    groupFinding(subject, from, to, filters.groups, true),
    groupFinding(subject, from, to, filters.groups, false),
    // Within one subnet no network ACL is asked.
    ...(from.eni.subnetId === to.eni.subnetId ? [] : [
      aclFinding(subject, from, to, filters.acls, true),
      aclFinding(subject, from, to, filters.acls, false),
    ]),
  ].filter((finding) => finding !== undefined);
  return found.length > 0 ? found : [fine(subject, `security groups and network ACLs let UDP ${to.port} through`)];
}

function groupFinding(
  subject: string,
  from: PathEnd,
  to: PathEnd,
  groups: readonly SecurityGroup[],
  egress: boolean,
): Finding | undefined {
  const [own, peer] = egress ? [from, to] : [to, from];
  const ids = own.eni.securityGroupIds;
  const rules = groups.filter(({ id }) => ids.includes(id)).flatMap((group) => group.rules);
  const answers = rules.filter((rule) => rule.egress === egress).map((rule) => groupAnswer(rule, to.port, peer));
  if (answers.includes("yes")) return undefined;
  const names = ids.map((id) => {
    const name = groups.find((group) => group.id === id)?.name;
    return name === undefined || name === "" ? id : `${id} (${name})`;
  }).join(", ") || "no security group";
  if (answers.includes("unknown")) {
    return unclear(
      subject,
      FAULT_CODES.filter,
      `${names} of ${own.server} names prefix lists; whether UDP ${to.port} gets through is not known`,
    );
  }
  const [direction, towards] = egress ? ["outbound", "to"] : ["inbound", "from"];
  const other = peer.eni.securityGroupIds[0];
  const block = hostBlock(peer.ip);
  return broken(
    subject,
    FAULT_CODES.filter,
    `${names} of ${own.server} has no ${direction} rule that lets UDP ${to.port} ${towards} ${peer.ip} (${peer.server}) ` +
      "through",
    `add to ${ids[0] ?? own.eni.id} the ${direction} rule: UDP, port ${to.port}, ${towards} ` +
      `${other === undefined ? block : `${other} (or ${block})`}`,
  );
}

function groupAnswer(rule: GroupRule, port: number, peer: PathEnd): Answer {
  if (!["-1", "udp", UDP_NUMBER].includes(rule.protocol)) return "no";
  if (rule.protocol !== "-1" && !portFits(rule, port)) return "no";
  if (rule.blocks.some((block) => cidrContains(block, peer.ip))) return "yes";
  if (rule.groupIds.some((id) => peer.eni.securityGroupIds.includes(id))) return "yes";
  return rule.lists.length > 0 ? "unknown" : "no";
}

function aclFinding(
  subject: string,
  from: PathEnd,
  to: PathEnd,
  acls: readonly NetworkAcl[],
  egress: boolean,
): Finding | undefined {
  const [own, peer] = egress ? [from, to] : [to, from];
  const acl = acls.find(({ subnetIds }) => subnetIds.includes(own.eni.subnetId));
  if (acl === undefined) {
    const message = `EC2 shows no network ACL of ${own.eni.subnetId} (${own.server})`;
    return unclear(subject, FAULT_CODES.filter, message);
  }
  const entry = acl.entries.find((one) =>
    one.egress === egress && ["-1", UDP_NUMBER].includes(one.protocol) &&
    (one.protocol === "-1" || portFits(one, to.port)) && cidrContains(one.block, peer.ip)
  );
  if (entry?.allow === true) return undefined;
  const [direction, towards] = egress ? ["outbound", "to"] : ["inbound", "from"];
  const why = entry === undefined ? "no rule allows it" : `rule ${entry.number} denies it`;
  return broken(
    subject,
    FAULT_CODES.filter,
    `${acl.id} of ${own.eni.subnetId} (${own.server}) does not let UDP ${to.port} ${towards} ${peer.ip} ` +
      `(${peer.server}) through: ${why}`,
    `add to ${acl.id} an ${direction} rule with a number below ${
      entry?.number ?? 32_767
    }: allow UDP, port ${to.port}, ` +
      `${towards} ${hostBlock(peer.ip)}`,
  );
}

function portFits({ fromPort, toPort }: { fromPort: number; toPort: number }, port: number): boolean {
  return (fromPort === -1 && toPort === -1) || (fromPort <= port && port <= toPort);
}
