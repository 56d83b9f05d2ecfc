import type { CodeEntry } from "../entry.ts";

/** 51: ours. */
export const UNCLEAR: CodeEntry = {
  code: 51,
  title: "a server is there, but is not understood",
  meaning:
    "Something comes from the address of another server, or in its name, that can't be taken in. Nothing of it is " +
    "believed, so that server counts for nothing; but it may carry groups. With a tie-breaker nobody begins to carry " +
    "for as long as that goes on; who carries goes on.",
  from: ["agent"],
  causes: [
    {
      what:
        "The two servers have different keys: one made with baton key on each, or one that was changed on one only.",
      sign: /another key/,
      check: "sha256sum of the key file on both (baton check --here names it); an agent reads it again within seconds",
      remedy:
        "copy the key of one to the other, mode 600. To change it while the cluster runs: baton key --add, on all servers, " +
        "then baton key --retire",
    },
    {
      what:
        "A second machine calls itself by the name of this one: an image, a copied --server NAME, a wrong hostname.",
      sign: /calls? (?:itself|themselves)|second server/,
      check: "the message names the address from which it sends; see whose it is",
      remedy: "stop the agent there, or give it its own name in cluster.yaml; each name stands for one machine",
    },
    {
      what: "The path loses large packets: a tunnel, a VPN or a peering with a smaller MTU, or blocked ICMP.",
      sign: /small packets|MTU/,
      check: "ping -M do -s 1400 ADDRESS from one to the other; it has to be answered, in both directions",
      remedy:
        "make the MTU of the NICs that of the path (ip link set dev NIC mtu N), and let ICMP type 3 code 4 through, so that " +
        "senders find out",
    },
    {
      what: "The other one runs another version of Baton, or has a cluster.yaml with another cluster name.",
      sign: /can't be (?:read|true)/,
      check: "baton version, and the first lines of cluster.yaml, on both",
      remedy: "finish the update; give both the same file",
    },
    {
      what: "Somebody forges packets with the address of a server that is down.",
      check: "tcpdump -ni any udp port 7710 shows packets while the machine is off",
      remedy: "let only the servers reach the port (security group); then baton confirm-stopped SERVER --yes",
    },
  ],
  commands: ["baton status", "baton check --all", "baton explain SERVER", "baton confirm-stopped SERVER --yes"],
  guide: [],
};
