/**
 * DescribeSecurityGroups, DescribeNetworkAcls.
 *
 * @module
 */
import type { Action, Actions } from "./action.ts";
import type { GroupRule, NetworkAcl, Region, SecurityGroup } from "./model.ts";
import { filtered, paged } from "./query.ts";
import { byIds } from "./vpcs.ts";
import type { XmlElements } from "./xml.ts";

const describeSecurityGroups: Action = {
  mutating: false,
  plan({ region, query }) {
    const all = byIds(region.securityGroups, query.list("GroupId"), "securityGroup", (group) => group.id);
    const chosen = filtered(all, query.filters(), {
      "group-id": (group) => [group.id],
      "group-name": (group) => [group.name],
      "vpc-id": (group) => [group.vpcId],
    });
    const { page, nextToken } = paged(query, chosen, { min: 5, max: 1_000, exclusiveWith: "GroupId" });
    return () => ({ securityGroupInfo: page.map((group) => groupXml(region, group)), nextToken });
  },
};

const describeNetworkAcls: Action = {
  mutating: false,
  plan({ region, query }) {
    const chosen = filtered(region.networkAcls, query.filters(), {
      "network-acl-id": (acl) => [acl.id],
      "vpc-id": (acl) => [acl.vpcId],
      "association.subnet-id": (acl) => acl.subnetIds,
    });
    const { page, nextToken } = paged(query, chosen, { min: 5, max: 1_000 });
    return () => ({ networkAclSet: page.map((acl) => aclXml(region, acl)), nextToken });
  },
};

function groupXml(region: Region, group: SecurityGroup): XmlElements {
  const rules = (egress: boolean) =>
    group.rules.filter((rule) => rule.egress === egress).map((rule) => ruleXml(region, rule));
  return {
    ownerId: region.accountId,
    groupId: group.id,
    groupName: group.name,
    groupDescription: group.name,
    vpcId: group.vpcId,
    ipPermissions: rules(false),
    ipPermissionsEgress: rules(true),
    tagSet: [],
  };
}

function ruleXml(region: Region, { protocol, fromPort, toPort, cidr, groupId }: GroupRule): XmlElements {
  const six = cidr?.includes(":") === true;
  return {
    ipProtocol: protocol,
    fromPort,
    toPort,
    groups: groupId === undefined ? [] : [{ userId: region.accountId, groupId }],
    ipRanges: cidr === undefined || six ? [] : [{ cidrIp: cidr }],
    ipv6Ranges: cidr !== undefined && six ? [{ cidrIpv6: cidr }] : [],
    prefixListIds: [],
  };
}

function aclXml(region: Region, acl: NetworkAcl): XmlElements {
  const last = [false, true].map((egress) => ({
    number: 32_767,
    egress,
    allow: false,
    protocol: "-1",
    cidr: "0.0.0.0/0",
    fromPort: undefined,
    toPort: undefined,
  }));
  return {
    networkAclId: acl.id,
    vpcId: acl.vpcId,
    ownerId: region.accountId,
    default: false,
    entrySet: [...acl.entries, ...last].map((entry) => ({
      ruleNumber: entry.number,
      protocol: entry.protocol,
      ruleAction: entry.allow ? "allow" : "deny",
      egress: entry.egress,
      ...(entry.cidr.includes(":") ? { ipv6CidrBlock: entry.cidr } : { cidrBlock: entry.cidr }),
      ...(entry.fromPort === undefined ? {} : { portRange: { from: entry.fromPort, to: entry.toPort } }),
    })),
    associationSet: acl.subnetIds.map((subnetId, index) => ({
      networkAclAssociationId: `aclassoc-${acl.id.slice(4)}${index}`,
      networkAclId: acl.id,
      subnetId,
    })),
    tagSet: [],
  };
}

/** The actions of this family. */
export const filterActions: Actions = {
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeNetworkAcls: describeNetworkAcls,
};
