import type { Cause } from "../entry.ts";

/** What AWS knows nothing of, or not as cluster.yaml says it. */
export const AWS_THINGS: readonly Cause[] = [
  {
    what: "The VPC id is wrong, or the VPC is in another region or account.",
    sign: /vpc ID '[^']*' does not exist|InvalidVpcI[dD]/,
    check: "compare vpc with the VPC console, in the region that the agent uses",
    remedy: "correct vpc of the aws-vip, or aws.region",
  },
  {
    what: "The ENI id is wrong, or the network interface was deleted.",
    sign: /network ?interface (?:ID )?'[^']*' does not exist|InvalidNetworkInterfaceI[dD]/i,
    check: "see the network interfaces of each instance; each server has its own",
    remedy: "correct eni, for the server in question under individually",
  },
  {
    what: "The allocation id of the Elastic IP is wrong, or the address was released.",
    sign: /allocation ID '[^']*' does not exist|InvalidAllocationID/,
    check: "see the Elastic IPs of the region",
    remedy: "correct allocation of the aws-eip",
  },
  {
    what: "The availability zone does not exist in this region.",
    sign: /availability zone/i,
    check: "compare zone with the zones of the region: a name such as ap-northeast-1a",
    remedy: "correct zone of the aws-az, or leave it out: then it is the zone the server is in",
  },
  {
    what: "AWS itself reports the zone as impaired or unavailable.",
    sign: /^AWS reports/,
    check: "the health dashboard of the region",
    remedy: "nothing on this server; move the group to a server in another zone if it is still in this one",
  },
  {
    what: "No route table of the VPC has a route for the VIP.",
    sign: /no route table of|no route defined/i,
    check: "look for the VIP as /32 (IPv6: /128) in the route tables of all subnets whose clients have to reach it",
    remedy:
      "add it once to each of them, with the ENI of any server as target, or set createRoute: true; from then on " +
      "Baton keeps it",
  },
  {
    what: "A route table that is listed does not exist, or belongs to another account.",
    sign: /routeTable ID '[^']*' does not exist|InvalidRouteTableI[dD]/,
    check: "see the owner of the table; a VPC that is shared has tables of the account that shares it",
    remedy: "correct tables of the aws-vip, or give the role of that account in assumeRole",
  },
  {
    what: "The hosted zone does not exist, or its record is one that Baton does not write over.",
    sign: /NoSuchHostedZone|InvalidChangeBatch|which Baton does not write over/,
    check: "see the hosted zone in the Route 53 console: its id, and the record of that name with its routing policy",
    remedy: "correct zone, name, record or value of the aws-dns; or make the record a plain one",
  },
  {
    what: "The ENI is not on this server, or its NIC can't be told from the others.",
    sign:
      /no network interface of this server|but \S+ runs on|this server has no network interface|can't be a name|to put \S+ on/,
    check: "compare the ids under individually with the instances: they may be interchanged",
    remedy: "correct eni, or name the NIC of this server with nic",
  },
  {
    what: "The permit of this server had ended, so the change was not sent.",
    sign: /was not sent: /,
    check: "baton status shows the votes in sight; the journal says when the permit was lost",
    remedy: "see why this server lost contact with the majority; nothing is wrong with AWS",
  },
  {
    what: "The instance to fence is unknown, protected, or can't be stopped as asked.",
    sign:
      /knows no instance|disableApiStop|IncorrectInstanceState|have the same instance|skipOsShutdown|stops nobody|StopInstances|can't be stopped without/,
    check: "baton status shows for each server whether it could be stopped",
    remedy: "correct instance, switch its stop protection off, or, when you have made sure that the server is off, " +
      "run baton confirm-stopped SERVER --yes",
  },
  {
    what:
      "The DNS record or its hosted zone does not exist, or the record is of a kind that Baton does not write over.",
    sign: /NoSuchHostedZone|InvalidChangeBatch|does not write over|was answered without an id/,
    check: "look at the zone and the record in the Route 53 console",
    remedy: "correct zone or name, or make it a plain record",
  },
  {
    what: "The service or the NIC that cluster.yaml names is not on this server.",
    sign: /there is no service|no network interface \S+$/,
    area: "machine",
    check: "systemctl status SERVICE; ip -br link",
    remedy: "install it on every server, or correct its name",
  },
  {
    what: "A quota of the account, a route table, a subnet or a network interface is full.",
    sign: /LimitExceeded|InsufficientFreeAddresses/,
    check: "the code in the brackets names what is full; Service Quotas in the console shows how much there may be",
    remedy: "free what nobody needs, or ask AWS for more; the activation is not tried in vain until then",
  },
  {
    what: "Something else has what is wanted.",
    sign: /AlreadyAss|InUse|AlreadyExists|Duplicate|Conflict,|\.Locked/,
    check: "see in the console what the address, the interface or the route is used by",
    remedy: "take it from there, or name another one; two aws-eip of one eni each need a privateIp of their own",
  },
  {
    what: "No internet gateway is attached where the Elastic IP is to lead.",
    sign: /NotAttached/,
    check: "see the internet gateways of the VPC that the network interface is in",
    remedy: "attach one to that VPC",
  },
  {
    what: "AWS can't do that to this thing at all.",
    sign: /\(Unsupported/,
    check: "AWS's own sentence says what is not supported",
    remedy: "use another type of resource or of instance",
  },
  {
    what: "AWS refuses it for a reason that its own sentence names.",
    sign: /\([A-Za-z]+ of [^)]*: [A-Za-z.]+|was refused: /,
    check: "look the code in the brackets up in AWS's list of error codes; support finds the call by the request id",
    remedy: "correct what the message names",
  },
];
