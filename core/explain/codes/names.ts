import type { CodeEntry } from "../entry.ts";

/** 21: ours. */
export const ADDRESS_TAKEN: CodeEntry = {
  code: 21,
  title: "another machine has the address",
  meaning:
    "Somebody on the network answers for the address that was to come here. It was not taken, because two machines " +
    "with one address are worse than none.",
  from: ["resource floating-ip"],
  causes: [
    {
      what: "The former carrier still has it: it is cut off from this server, or was not stopped.",
      sign: /another machine on the network/,
      check: "baton status on the other server; ip -j addr there",
      remedy: "stop what holds it there, or fence that server; the group tries again by itself",
    },
    {
      what: "The address belongs to another machine, or a DHCP server gives it away.",
      check: "look the hardware address in the message up: arp -n, the switch, the DHCP leases",
      remedy: "choose an address that nobody else has, and take it out of the DHCP range",
    },
  ],
  commands: ["baton status", "baton start GROUP"],
  guide: [],
};

/** 22: ours. */
export const NO_LINK: CodeEntry = {
  code: 22,
  title: "the NIC has no link",
  meaning: "The address is on a network interface that is connected to nothing, so no client can reach it.",
  from: ["monitor floating-ip"],
  causes: [
    {
      what: "The cable, the switch port or the virtual network is down, or the interface was set down.",
      sign: /link/,
      check: "ip link show NIC: the state has to be UP and the flags have to have LOWER_UP",
      remedy: "bring it up; until then the recovery takes the group to a server that has a link",
    },
  ],
  commands: ["baton status", "baton move GROUP SERVER"],
  guide: [],
};

/** 23: ours. */
export const RECORD_CHANGED: CodeEntry = {
  code: 23,
  title: "the DNS record names something else",
  meaning: "The record that clients follow does not have the address of the server that carries the group.",
  from: ["monitor aws-dns"],
  causes: [
    {
      what: "Another cluster, or somebody by hand, has changed the record.",
      sign: / in Z\w+ (?:is|has) /,
      check:
        "CloudTrail shows who called ChangeResourceRecordSets; look for another cluster with the same name and zone",
      remedy: "give each cluster a name of its own; the recovery writes this one again by itself",
    },
    {
      what: "The change is on its way to the name servers, or a resolver still remembers the record from before.",
      sign: / answers .* instead of | knows no /,
      check: "dig NAME @NAMESERVER for each name server of the zone",
      remedy: "wait; lengthen the monitor's startDelay if this is seen after each takeover",
    },
  ],
  commands: ["baton status", "baton explain NAME"],
  guide: [],
};
