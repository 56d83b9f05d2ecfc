import type { CodeEntry } from "../entry.ts";

/** 7: the guide's "belongs to a VPC subnet" of the VIP, and its "does not exist" of the EIP. */
export const ADDRESS: CodeEntry = {
  code: 7,
  title: "the address is not where it has to be",
  meaning:
    "The virtual IP lies inside the VPC, where no route of its own can lead to it; or an address is not on the " +
    "server that carries the group. What was seen is certain.",
  from: [
    "resource aws-vip",
    "resource aws-secondary-ip",
    "monitor aws-vip",
    "monitor aws-eip",
    "monitor aws-secondary-ip",
    "monitor floating-ip",
  ],
  causes: [
    {
      what: "The VIP lies inside a CIDR block of the VPC.",
      sign: /lies inside/,
      check: "compare ip with all CIDR blocks of the VPC, the secondary ones too",
      remedy: "choose an address outside all of them, in cluster.yaml and in the route tables",
    },
    {
      what: "Somebody or another cluster has taken the Elastic IP to another interface.",
      sign: /the EIP .* is not on/,
      check: "CloudTrail shows who called AssociateAddress; look for another cluster with the same allocation",
      remedy: "give each cluster an Elastic IP of its own; the recovery associates this one again by itself",
    },
    {
      what: "Somebody has taken the VIP off the NIC, or a network manager has.",
      sign: /^(?:the VIP )?\S+ is on (?:no network interface|\S+)$|the VIP \S+ is on/,
      check: "ip -j addr on this server; look at what else configures the NIC (cloud-init, NetworkManager, netplan)",
      remedy: "let it keep addresses it does not know; the recovery puts the VIP back by itself",
    },
    {
      what: "The secondary address is not assigned to this server's ENI, or it is the first address of one.",
      sign: /is not assigned to|which can't move|lies outside subnet-/,
      check: "see the private addresses of the ENIs; CloudTrail shows who called AssignPrivateIpAddresses",
      remedy:
        "choose an address of the subnet that no instance has for itself; the recovery assigns it again by itself",
    },
  ],
  commands: ["baton status", "baton check", "baton start GROUP"],
  guide: ["vip-7", "eipw-7"],
};

/** 8: the guide's "The routing for VIP was changed". */
export const ROUTE: CodeEntry = {
  code: 8,
  title: "the route of the VIP was changed",
  meaning:
    "A route table sends the VIP to another network interface than the one of the server that carries the group, or " +
    "no table routes it any more.",
  from: ["monitor aws-vip"],
  causes: [
    {
      what: "Another cluster uses the same VIP, or a server that is no longer in this one.",
      sign: /leads to eni-/,
      check: "the message names the ENI that the table leads to; whose is it? CloudTrail shows who called ReplaceRoute",
      remedy: "give each cluster a VIP of its own; the recovery points the routes back by itself",
    },
    {
      what: "Somebody has deleted the route, or the ENI it led to.",
      sign: /leads to no network interface|no route table of/,
      check: "look for the VIP as /32 in the route tables",
      remedy: "add it again with the ENI of the server that carries the group as target",
    },
  ],
  commands: ["baton status", "baton start GROUP"],
  guide: ["vipw-8"],
};

/** 12: the guide's "The IP address on ENI is not static". */
export const NIC: CodeEntry = {
  code: 12,
  title: "the addresses of the NIC don't fit",
  meaning:
    "The operating system configures the address by itself, so every server with that configuration would have it at " +
    "once; or the address fits no NIC. Whether the other addresses come by DHCP does not matter to Baton.",
  from: ["resource aws-vip", "resource floating-ip"],
  causes: [
    {
      what: "The VIP stands in the network configuration of this server.",
      sign: /is configured on/,
      check:
        "ip -j addr shows it with another prefix than /32; look in netplan, /etc/sysconfig/network, the Windows adapter",
      remedy: "take it out there and off the NIC: Baton sets it where the group is active",
    },
    {
      what: "A floating address is in no subnet of this server.",
      sign: /lies in the subnet of no/,
      check: "compare ip with the addresses and prefixes of the NICs of all servers",
      remedy: "choose an address of a subnet that all servers are in, or name the NIC with nic",
    },
  ],
  commands: ["baton status", "baton start GROUP"],
  guide: ["vip-12"],
};

/** 20: ours. In the guide it has no message at all. */
export const SOURCE_DEST_CHECK: CodeEntry = {
  code: 20,
  title: "EC2 drops what is sent to the VIP",
  meaning:
    "The source/destination check of the ENI is on. The VIP is set and routed, and everything looks right, but EC2 " +
    "delivers only what is sent to the ENI's own addresses. It is a warning (120): moving the group would not help.",
  from: ["monitor aws-vip"],
  causes: [
    {
      what: "The source/destination check of the ENI is on, as it is for every new one.",
      sign: /source\/destination check/,
      check: "ping the VIP from another instance in the VPC; see the attribute of the ENI",
      remedy: "turn it off for the ENI of each server: EC2 console, Actions, Change source/dest. check; or set " +
        "sourceDestCheck: disable",
    },
  ],
  commands: ["baton status", "baton explain NAME"],
  guide: ["vip-ping"],
};
