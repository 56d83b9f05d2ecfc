import type { CodeEntry } from "../entry.ts";

/** 6: the guide's "Timeout occurred". */
export const TIMEOUT: CodeEntry = {
  code: 6,
  title: "no answer in time",
  meaning:
    "What was asked did not answer before the deadline. That says nothing about what it would have answered: in a " +
    "monitor of AWS it is a warning (106) and starts no recovery, unless onUnknown says so. A ping, a port or a web " +
    "page that is silent is an error, because its silence is what the monitor watches for.",
  from: ["every"],
  causes: [
    {
      what:
        "The regional endpoint can't be reached: the NAT or its route is gone, or the instance has no public address.",
      sign:
        /endpoint|(?:Describe|Replace|Associate|Disassociate|Stop|Get|Put)\w+ of .*(?:timed out|abandoned|did not reach)|route of \S+ was not known/,
      area: "aws",
      check: "from this server, curl -m 5 https://ec2.REGION.amazonaws.com/ has to answer anything at all",
      remedy:
        "start the NAT, set the route to it, assign a public address where there is no NAT, or add a VPC endpoint",
    },
    {
      what: "A security group, a network ACL or a firewall drops the packets.",
      sign: /did not answer within|timed out|no answer from|no answer to a ping/,
      area: "network",
      check: "let TCP 443 out for AWS; for pings ICMP echo, for the others the port that is asked",
      remedy: "add the rule, for both directions in a network ACL",
    },
    {
      what: "What is pinged does not answer pings, or is off. NAT gateways never answer them.",
      sign: /no answer to a ping/,
      area: "network",
      check: "ping it from this server by hand; see whether the instance runs",
      remedy: "start it, or use the type tcp where a NAT gateway has replaced the NAT instance",
    },
    {
      what: "A script, a service or a type of your own takes longer than its deadline.",
      sign: /Timeout occurred|told to end and still runs/,
      check: "run it by hand and take the time; baton status --json shows how long each check took",
      remedy: "make it faster, or lengthen timeout (monitors) or activation and deactivation timeout (resources)",
    },
    {
      what: "The metadata service of the instance is silent.",
      sign: /metadata service/,
      area: "aws",
      check: "curl -m 2 -sX PUT 169.254.169.254/latest/api/token -H X-aws-ec2-metadata-token-ttl-seconds:60",
      remedy: "enable it, and let nothing on this server filter 169.254.169.254",
    },
    {
      what: "A server that was told to stop is not yet known to be off.",
      sign: /is not known to be off|was not off in time/,
      area: "aws",
      check: "see the state of its instance in the EC2 console",
      remedy:
        "lengthen the timeout of the fence; when you have made sure that it is off, baton confirm-stopped SERVER --yes",
    },
    {
      what: "The store of the witness does not answer.",
      sign: /got no answer from|timed out at/,
      area: "stores",
      check:
        "see that its endpoint is up and reachable from this server, and that its certificate is signed by a known CA",
      remedy: "repair the way to it; groups that run go on as long as the servers are a majority without it",
    },
  ],
  commands: ["baton status", "baton explain NAME", "baton check"],
  guide: ["vip-6", "eip-6", "az-6"],
};
