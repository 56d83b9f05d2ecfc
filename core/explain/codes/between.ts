import type { CodeEntry } from "../entry.ts";

/** What is between servers: found before it bites. */

/** 40: ours. */
export const CLOCK: CodeEntry = {
  code: 40,
  title: "the wall clocks of two servers differ",
  meaning:
    "Baton decides nothing by wall clocks. But AWS refuses requests of a server whose clock is minutes off, and the " +
    "journals of two servers can't be laid beside each other.",
  from: ["agent"],
  causes: [
    {
      what: "No NTP client runs on one of them.",
      sign: /clock|minutes off|journals/,
      check: "chronyc tracking, or timedatectl; on Windows w32tm /query /status",
      remedy: "run one; on EC2 the time service is at 169.254.169.123",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 41: ours. */
export const PATH: CodeEntry = {
  code: 41,
  title: "a path of the interconnect is silent",
  meaning:
    "Heartbeats do not come through on one of the paths between two servers, perhaps in one direction only. As long " +
    "as another path works nothing happens.",
  from: ["agent"],
  causes: [
    {
      what: "A security group, a network ACL or a firewall drops UDP or TCP 7710.",
      sign: /is silent/,
      check: "compare the rules for both directions; on the server, tcpdump -ni any udp port 7710 shows what arrives",
      remedy: "let the port in from every other server",
    },
    {
      what: "An address under interconnect is wrong, or no longer on that server.",
      check: "compare servers.SERVER.interconnect with ip -j addr on that server",
      remedy: "correct the address, in the same file on all servers",
    },
  ],
  commands: ["baton check", "baton status", "baton explain SERVER"],
  guide: [],
};

/** 42: ours. */
export const FILTER: CodeEntry = {
  code: 42,
  title: "a rule for the network is missing",
  meaning: "A security group or a network ACL of AWS lets something not through that the cluster needs.",
  from: ["agent"],
  causes: [
    {
      what: "The security group of one server does not let the other in.",
      sign: /has no (?:inbound|outbound) rule|prefix lists/,
      check: "the message names the group and the rule",
      remedy: "add the rule; a security group that names itself as its source does it for all servers",
    },
    {
      what: "A network ACL has only one direction: it knows no connections.",
      sign: /acl-|ACL|does not let UDP/,
      check: "look for the answer's direction: ports 1024 to 65535",
      remedy: "add the rule for the way back",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 43: ours. */
export const BOOT: CodeEntry = {
  code: 43,
  title: "a reboot is faster than the detection",
  meaning:
    "The server is back before the others notice that it was away. That is safe, but a group that stopped with it " +
    "waits for this server instead of starting at once on another.",
  from: ["agent"],
  causes: [
    {
      what: "The machine boots within the detection time.",
      sign: /it boots in/,
      check: "systemd-analyze, beside the detection time that baton check prints",
      remedy: "shorten timing, or delay the start of the agent at boot, as the guide does with the start of the system",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 44: ours. */
export const FOREIGN: CodeEntry = {
  code: 44,
  title: "somebody else uses the same address or record",
  meaning: "A route, an Elastic IP or a record of this cluster belongs to something that is none of its servers. Two " +
    "clusters with one address take it from each other in turn.",
  from: ["resource aws-vip", "resource aws-eip", "resource aws-secondary-ip", "resource aws-dns", "agent"],
  causes: [
    {
      what: "Another cluster has the same VIP, allocation id or name in its cluster.yaml.",
      sign: /of no server of this cluster/,
      check: "the message names the ENI; see in the console whose it is",
      remedy: "give each cluster addresses of its own",
    },
    {
      what: "Another cluster of the same name keeps its records in the same store, under the same prefix.",
      sign: /uses this record/,
      check: "the message names the server that holds the record; see whose it is",
      remedy:
        "give each cluster a name or a prefix of its own. When it is a server that was taken out of cluster.yaml, " +
        "make sure that it is off, then remove the record",
    },
    {
      what: "An instance was replaced, and the route still leads to the old one.",
      check: "see whether that ENI still exists",
      remedy: "correct eni in cluster.yaml; the next activation points the routes to it",
    },
  ],
  commands: ["baton check", "baton status"],
  guide: [],
};

/** 45: ours. */
export const DIFFERS: CodeEntry = {
  code: 45,
  title: "servers have different files or versions",
  meaning:
    "cluster.yaml or Baton itself is not the same on all servers. Rules that differ may name different servers for " +
    "a group.",
  from: ["agent"],
  causes: [
    {
      what: "The file was changed on one server only, or an agent was not restarted after it.",
      sign: /another cluster\.yaml/,
      check: "sha256sum cluster.yaml on each; the digest of the running one is in baton status --json",
      remedy: "copy one file to all, then restart the agents one after the other",
    },
    {
      what: "An upgrade has not reached all servers.",
      sign: /it runs Baton/,
      check: "baton version on each",
      remedy: "finish it",
    },
  ],
  commands: ["baton check", "baton version", "baton status"],
  guide: [],
};
