import type { CodeEntry } from "../entry.ts";

/** What a takeover stands on: found before it is needed. */

/** 46: ours. */
export const CREDENTIALS: CodeEntry = {
  code: 46,
  title: "the AWS credentials will not last",
  meaning:
    "They work now. But they are keys in a file or in the environment instead of an instance role, or they end and " +
    "nobody renews them.",
  from: ["agent"],
  causes: [
    {
      what: "Keys of a user, or of a login of somebody, are used instead of a role.",
      sign: /access key is used/,
      check: "look in the environment of the service and in ~/.aws of its account",
      remedy: "attach a role to the instance and remove the keys",
    },
    {
      what: "A session ends.",
      sign: /expire|end/,
      check: "the message says when",
      remedy: "let the SDK renew it: an instance role, or assume-role in the shared files",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 47: ours. */
export const WAY_OUT: CodeEntry = {
  code: 47,
  title: "the way to the regional endpoint depends on what moves",
  meaning:
    "This server reaches the endpoint of its region by an address or a route that a takeover changes, or by none " +
    "at all. A standby without a way out can't take over.",
  from: ["agent"],
  causes: [
    {
      what: "Only the Elastic IP leads out, and it goes to the other server.",
      sign: /no public address of its own/,
      check: "see whether the instance has a public address of its own beside the Elastic IP",
      remedy: "give each server a public address at launch, a NAT, or a VPC endpoint for EC2",
    },
    {
      what: "The HTTP proxy does not connect to the endpoint.",
      sign: /the proxy \S+ \(/,
      check: "curl -x PROXY https://ec2.REGION.amazonaws.com/ on this server",
      remedy:
        "correct aws.proxy (or HTTPS_PROXY), let this server through at the proxy, or name the endpoint in NO_PROXY",
    },
    {
      what: "The route to the NAT is a black hole.",
      sign: /default route of/,
      check: "look at 0.0.0.0/0 in the route table of this server's subnet",
      remedy: "start the NAT, or point the route to one that runs",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 48: ours. */
export const ROUTE_ROW: CodeEntry = {
  code: 48,
  title: "a route table does not lead to the VIP",
  meaning:
    "Clients in the subnets of that table do not reach the VIP, wherever the group is. Other tables do lead to it.",
  from: ["resource aws-vip"],
  causes: [
    {
      what: "The table has no route for the VIP.",
      sign: /has no route for/,
      check: "look for the VIP as /32 (IPv6: /128) in the table that the message names",
      remedy: "add it once, with the ENI of any server as target",
    },
    {
      what: "The route leads to an interface that is gone.",
      sign: /black ?hole/i,
      check: "its state in the console is blackhole",
      remedy: "nothing, if the group is about to start: its activation points it here; else delete and add it",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 49: ours. */
export const CONDITIONS: CodeEntry = {
  code: 49,
  title: "the store ignores conditions",
  meaning:
    "The store of the witness takes a conditional write and does not look at the condition. Such a witness gives its " +
    "vote to both sides of a partition: do not run with it.",
  from: ["quorum s3", "quorum dynamodb", "quorum etcd"],
  causes: [
    {
      what: "The store speaks the words of S3 without meaning them, or a proxy before it drops headers.",
      check: "the message says which write went through that must not",
      remedy: "use S3 itself, DynamoDB, etcd, or a store that keeps to conditions",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 50: ours. */
export const AUTOSTART: CodeEntry = {
  code: 50,
  title: "a service starts by itself at boot",
  meaning: "A service of a group is enabled, so after a reboot it runs on a server that does not carry the group.",
  from: ["resource service"],
  causes: [
    {
      what: "It was installed that way; most packages do it.",
      check: "systemctl is-enabled SERVICE; on Windows sc qc SERVICE",
      remedy: "systemctl disable SERVICE; on Windows sc config SERVICE start= demand",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 52: ours. */
export const UNIT: CodeEntry = {
  code: 52,
  title: "the service of the agent ends too much, too early, or not for long enough",
  meaning:
    "systemd decides what ends together with the agent. Ended with it, a stop script is cut off, or the dead man's switch " +
    "can't take down what the agent carried.",
  from: ["agent"],
  causes: [
    {
      what: "The unit was written by hand and has the defaults of systemd, which are for programs without groups.",
      sign: /^(?:KillMode|OOMPolicy|TimeoutStopSec|RuntimeMaxSec)=/,
      check: "systemctl show baton.service --property=KillMode,OOMPolicy,TimeoutStopUSec,RuntimeMaxUSec",
      remedy: "take the lines of examples/baton.service, then systemctl daemon-reload; nothing has to be restarted",
    },
    {
      what: "The agent runs as an account that may not move a process out of the cgroup of its service.",
      sign: /^User=/,
      check: "systemctl show baton.service --property=User; the journal says which way was tried",
      remedy: "run it as root",
    },
    {
      what: "The unit starts an agent again that a final action has ended, and the fault begins anew.",
      sign: /^Restart=/,
      check: "systemctl show baton.service --property=Restart,RestartPreventExitStatus",
      remedy: "systemctl edit baton.service, and write RestartPreventExitStatus=3 under [Service]",
    },
    {
      what: "systemd could not be asked.",
      sign: /can't be found out/,
      check: "systemctl show baton.service, as the account of the agent",
      remedy: "see what it says",
    },
  ],
  commands: ["baton check --here"],
  guide: [],
};
