import type { Cause } from "../entry.ts";

/** Why AWS would not even look at the request. */
export const AWS_ACCESS: readonly Cause[] = [
  {
    what: "This server has no AWS credentials: no IAM role is attached to the instance, or nobody can ask for it.",
    sign: /(?:CredentialsProviderError|Could not load credentials)(?!.*does not say)/,
    check: "see in the EC2 console which IAM role the instance has; on the server, " +
      "curl -sX PUT 169.254.169.254/latest/api/token -H X-aws-ec2-metadata-token-ttl-seconds:60 has to answer",
    remedy:
      "attach a role to the instance (that works while it runs, and Baton needs no restart), and leave its metadata " +
      "service enabled",
  },
  {
    what: "The role or user may not do this.",
    sign: /UnauthorizedOperation|AccessDenied|was denied: /,
    check:
      "the message names the action that was denied; compare it with the policies of the role, of its permissions " +
      "boundary and of the organization",
    remedy: "allow the action that is named; `baton iam-policy` prints all that this file needs (for aws-vip " +
      "ec2:ReplaceRoute, for aws-eip ec2:AssociateAddress and ec2:DisassociateAddress, ec2:Describe* for all). For " +
      "sts:AssumeRole the trust policy of the role has to name the role of this server too",
  },
  {
    what: "What is wanted belongs to somebody else: a NAT gateway or a load balancer has it, or another account.",
    sign:
      /AuthFailure.*permission to access the specified|permission to access the specified.*AuthFailure|not allowed to manage/,
    check: "see in the EC2 console what the Elastic IP or the network interface is associated with, and who owns it",
    remedy: "take it from there first, or name another one in cluster.yaml; no policy and no credentials help here",
  },
  {
    what: "The certificate of the endpoint is not trusted: a company's proxy opens TLS, or its CA is a private one.",
    sign: /certificate .* is not trusted/,
    check: "openssl s_client -connect ec2.REGION.amazonaws.com:443 shows who has signed what answers",
    remedy: "give that CA to the agent: aws: { caBundle: FILE }, or AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS in its unit",
  },
  {
    what: "The HTTP proxy does not let the call through.",
    sign: /get through the proxy/,
    check: "baton check --here shows which proxy is used, and for what",
    remedy: "correct aws: { proxy }, or HTTPS_PROXY and NO_PROXY in the unit of the agent; allow *.amazonaws.com there",
  },
  {
    what: "The thing is being changed, or a change has not reached all of AWS yet.",
    sign: /came too early: /,
    check: "see its state in the console",
    remedy: "wait: Baton tries again until the time of the resource is over",
  },
  {
    what: "The access key is unknown to AWS, does not fit its secret key, or is one of another partition.",
    sign:
      /AuthFailure(?!.*permission to access)|with these credentials: |InvalidClientTokenId|InvalidAccessKeyId|InvalidToken|SignatureDoesNotMatch|InvalidSignature|UnrecognizedClient|MissingAuthenticationToken|IncompleteSignature/,
    check:
      "see which credentials the account of the agent has: the environment of the service, then ~/.aws of that account",
    remedy: "remove the keys and attach a role, or put valid ones where the account of the agent finds them",
  },
  {
    what: "The clock of this server is wrong, or its credentials were not renewed.",
    sign: /RequestExpired|ExpiredToken|RequestTimeTooSkewed/,
    check: "compare date -u with any other clock",
    remedy: "run an NTP client; on EC2 the time service is at 169.254.169.123",
  },
  {
    what: "No region is known.",
    sign: /region is not known/,
    check: "baton check shows whether aws.region is set; AWS_REGION in the environment of the service counts too",
    remedy: "set aws.region in cluster.yaml (for a witness: its option region)",
  },
  {
    what: "The account's quota of calls in this region is used up.",
    sign: /throttled by AWS|RequestLimitExceeded|SlowDown|ThrottlingException|TooManyRequests/,
    check: "CloudWatch and CloudTrail show who calls so often; it need not be this cluster",
    remedy:
      "wait: Baton tries again. If it stays, lengthen the interval of the AWS monitors or ask AWS for a higher rate",
  },
  {
    what:
      "The metadata service of the instance is switched off, or its answers do not arrive: in a container its hop limit " +
      "has to be 2. Credentials of the instance's role come from there too.",
    sign: /metadata service (?:is|\()|ENDPOINT_MODE|does not say/,
    check: "see the metadata options of the instance: the endpoint enabled, a hop limit of 1, in a container of 2",
    remedy: "enable the metadata service (version 2), raise its hop limit (aws ec2 modify-instance-metadata-options " +
      "--instance-id ID --http-put-response-hop-limit 2), unset AWS_EC2_METADATA_DISABLED, or set aws.region and the zone",
  },
  {
    what: "AWS has a problem of its own.",
    sign: /failed inside AWS/,
    check: "the health dashboard of the region",
    remedy: "wait: Baton tries again",
  },
];
